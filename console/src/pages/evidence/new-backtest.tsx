/**
 * A new backtest: what changes, on which runs, and how much it may cost. It is estimated first; nothing is spent before that was seen.
 */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { EstimateDocument } from '../../../../src/http/backtest-jobs.ts'
import { ApiError, post } from '../../api/client.ts'
import { flowsQuery } from '../../api/queries.ts'
import { atPrices, counted, usd } from '../../parts/figures.tsx'
import { useKeys } from '../../shell/keys.ts'
import { ChangeFields } from './change-fields.tsx'
import { ChosenField } from './chosen-field.tsx'
import type { Backtest } from './documents.ts'
import { begun } from './following.ts'
import { GivenField } from './given-field.tsx'
import { bodyOf, type Field, missingIn, NEW, type Order, placeOf } from './order.ts'

export interface Filling {
  readonly order: Order
  readonly set: (change: Partial<Order>) => void
  readonly wrong: Partial<Record<Field, string>>
}

export function NewBacktest(): React.JSX.Element {
  const [order, setOrder] = useState<Order>(NEW)
  const [estimate, setEstimate] = useState<NonNullable<Backtest['estimate']>>()
  const [wrong, setWrong] = useState<Filling['wrong']>({})
  const client = useQueryClient()
  const navigate = useNavigate()
  const onError = (error: Error): void => setWrong({ [error instanceof ApiError ? placeOf(error, order) : 'form']: error.message })
  const estimating = useMutation({
    mutationFn: () => post<EstimateDocument>('/api/backtests', { ...bodyOf(order), estimateOnly: true }),
    onSuccess: (found) => setEstimate(found.estimate),
    onError,
  })
  const starting = useMutation({
    mutationFn: () => post<Backtest>('/api/backtests', bodyOf(order)),
    onSuccess: (backtest) => {
      begun(client, backtest)
      void navigate({ to: '/evidence', search: { backtest: backtest.id } })
    },
    onError,
  })
  const set = (change: Partial<Order>): void => {
    setOrder((before) => ({ ...before, ...change }))
    setWrong({})
    setEstimate(undefined)
  }
  const go = (): void => {
    const missing = missingIn(order)
    setWrong(missing)
    if (Object.keys(missing).length > 0) return
    if (estimate === undefined) estimating.mutate()
    else starting.mutate()
  }
  useKeys('New backtest', [
    { keys: 'mod+Enter', does: 'Estimate, then start', run: go, typing: true },
    { keys: 'Escape', does: 'All backtests', run: () => void navigate({ to: '/evidence', search: {} }) },
  ])
  const filling: Filling = { order, set, wrong }
  return (
    <form
      className="order"
      aria-label="New backtest"
      onSubmit={(event) => {
        event.preventDefault()
        go()
      }}
    >
      <Link to="/evidence" search={{}} className="evidence-back">
        ← All backtests
      </Link>
      <section className="card evidence-card">
        <header>
          <h2>What changes</h2>
        </header>
        <ChangeFields {...filling} />
      </section>
      <section className="card evidence-card">
        <header>
          <h2>On which runs</h2>
        </header>
        <RunFields {...filling} />
      </section>
      <section className="card evidence-card">
        <header>
          <h2>Within which limits</h2>
        </header>
        <div className="order-fields">
          <GivenField
            {...filling}
            field="usd"
            label="Budget in dollars"
            about="No run is begun that would cost more in all."
            inputMode="decimal"
          />
          <GivenField
            {...filling}
            field="margin"
            label="Margin in points"
            about="So much worse still counts as not worse."
            inputMode="decimal"
          />
        </div>
      </section>
      <Foot estimate={estimate} busy={estimating.isPending || starting.isPending} wrong={wrong.form} />
    </form>
  )
}

function RunFields(filling: Filling): React.JSX.Element {
  const { order, set, wrong } = filling
  const flows = useQuery(flowsQuery)
  return (
    <>
      <fieldset className="order-choice">
        <legend className="unseen">Which runs</legend>
        <label>
          <input type="radio" name="which" checked={!order.mustPass} onChange={() => set({ mustPass: false })} /> A random sample
        </label>
        <label>
          <input type="radio" name="which" checked={order.mustPass} onChange={() => set({ mustPass: true })} /> Must-pass: runs with a
          correction or an escalation
        </label>
      </fieldset>
      {order.mustPass && <p className="muted">They show what would break. They are no random sample, so they certify nothing.</p>}
      <div className="order-fields">
        <ChosenField
          label="Flow"
          none="All flows"
          value={order.flow}
          choices={(flows.data?.items ?? []).map(({ name }) => name)}
          wrong={wrong.flow}
          onChange={(flow) => set({ flow })}
        />
        <GivenField {...filling} field="sample" label="At most so many runs" about="Nothing: all there are." inputMode="numeric" />
        <GivenField {...filling} field="from" label="Started from" type="date" />
        <GivenField {...filling} field="until" label="To" type="date" />
        <GivenField {...filling} field="release" label="Release" about="Nothing: all." />
        <GivenField {...filling} field="segment" label="Segment" about="Nothing: all." />
        <GivenField {...filling} field="seed" label="Seed" about="The same seed draws the same runs." />
      </div>
    </>
  )
}

function Foot(props: {
  readonly estimate: Backtest['estimate']
  readonly busy: boolean
  readonly wrong: string | undefined
}): React.JSX.Element {
  const { estimate, busy, wrong } = props
  return (
    <footer className="order-foot">
      <div className="order-estimate" role="status">
        {estimate !== undefined && (
          <p>
            <strong>{counted(estimate.runs, 'run')}.</strong> What the change touches costs about {usd(estimate.usage.microUsd)}{' '}
            {atPrices(estimate.prices)}.{estimate.runs === 0 && ' Nothing is selected: widen the choice of runs.'}
          </p>
        )}
        {estimate === undefined && wrong === undefined && (
          <p className="muted">First it is estimated what this would cost. No model is asked for that.</p>
        )}
        {wrong !== undefined && (
          <p className="field-wrong" role="alert">
            {wrong}
          </p>
        )}
      </div>
      <button type="submit" className="button button-main" disabled={busy || estimate?.runs === 0}>
        {busy
          ? 'Asking…'
          : estimate === undefined
            ? 'Estimate'
            : `Start: ${counted(estimate.runs, 'run')}, about ${usd(estimate.usage.microUsd)}`}
      </button>
    </footer>
  )
}

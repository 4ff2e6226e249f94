/**
 * Trying a text on recorded runs: how many, for how much, what it would cost, and off it goes.
 */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { BacktestDocument, EstimateDocument } from '../../../../src/http/backtest-jobs.ts'
import { post } from '../../api/client.ts'
import { flowsQuery } from '../../api/queries.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { atPrices, count, tokens, usd } from '../../parts/figures.tsx'
import { useSettled } from '../../parts/settled.ts'
import { examplesQuery } from './data.ts'

const SAMPLE = 200
const USD = 1

interface Order {
  readonly sample: number
  readonly flow: string
}

export function BacktestDialog(props: { readonly name: string; readonly text: string; readonly onClose: () => void }): React.JSX.Element {
  const { name, text, onClose } = props
  const navigate = useNavigate()
  const flows = useQuery(flowsQuery).data?.items ?? []
  const [sample, setSample] = useState(SAMPLE)
  const [budget, setBudget] = useState(USD)
  const [chosen, setFlow] = useState<string>()
  // Runs of flows that never ask the prompt would say nothing of it.
  const asked = useQuery(examplesQuery(name)).data?.items[0]?.flow
  const flow = chosen ?? asked ?? ''
  const estimate = useEstimate(name, text, { sample, flow })
  const starting = useMutation({
    mutationFn: () => post<BacktestDocument>('/api/backtests', { ...orderOf(name, text, { sample, flow }), usd: budget }),
    onSuccess: ({ id }) => void navigate({ to: '/evidence', search: { view: 'backtests', backtest: id } }),
  })
  const valid = Number.isInteger(sample) && sample > 0 && budget >= 0 && Number.isFinite(budget)
  return (
    <Dialog title={`Backtest this text of ${name}`} onClose={onClose}>
      <form
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault()
          starting.mutate()
        }}
      >
        <p>
          Recorded runs are replayed as if this had been the text. Only what it touches is asked anew; nothing that changes the world runs,
          and the file stays as it is.
        </p>
        <div className="dialog-fields">
          <NumberField label="Runs, drawn at random" value={sample} step={1} onChange={setSample} />
          <NumberField label="Budget, in dollars" value={budget} step={0.01} onChange={setBudget} />
          <label className="dialog-field">
            <span>Flow</span>
            <select value={flow} onChange={(event) => setFlow(event.target.value)}>
              <option value="">all flows</option>
              {flows.map((one) => (
                <option key={one.name}>{one.name}</option>
              ))}
            </select>
          </label>
        </div>
        <Estimated estimate={estimate} budget={budget} />
        {starting.error !== null && (
          <p className="field-wrong" role="alert">
            {starting.error.message}
          </p>
        )}
        <div className="dialog-actions">
          <button
            type="submit"
            className="button button-main"
            disabled={!valid || starting.isPending || estimate.data?.estimate.runs === 0}
          >
            {starting.isPending ? 'Starting…' : 'Start the backtest'}
          </button>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function Estimated({
  estimate,
  budget,
}: {
  readonly estimate: ReturnType<typeof useEstimate>
  readonly budget: number
}): React.JSX.Element {
  const { data, error } = estimate
  if (error !== null)
    return (
      <p className="field-wrong" role="alert">
        {error.message}
      </p>
    )
  const found = data?.estimate
  if (found === undefined) return <p className="estimate muted">Looking what it would cost…</p>
  if (found.runs === 0) return <p className="estimate">There are no runs to try it on.</p>
  const { microUsd } = found.usage
  return (
    <div className="estimate" role="status">
      <p>
        <strong>About {usd(microUsd)}</strong> for {count(found.runs)} {found.runs === 1 ? 'run' : 'runs'} ({tokens(found.usage)}),{' '}
        {atPrices(found.prices)}.
      </p>
      {microUsd > budget * 1_000_000 && (
        <p className="muted">That is more than the budget: it stops when that is spent, and says how far it came.</p>
      )}
    </div>
  )
}

/** What it would cost: asked once nobody has typed for a moment. Nothing is spent for it. */
function useEstimate(name: string, text: string, { sample, flow }: Order) {
  const settled = { sample: useSettled(sample), flow: useSettled(flow) }
  return useQuery({
    queryKey: ['backtest estimate', name, text, settled],
    queryFn: ({ signal }) => post<EstimateDocument>('/api/backtests', { ...orderOf(name, text, settled), estimateOnly: true }, { signal }),
    enabled: Number.isInteger(settled.sample) && settled.sample > 0,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  })
}

function orderOf(name: string, text: string, { sample, flow }: Order): object {
  return { change: { prompts: { [name]: text } }, selection: { sample, ...(flow !== '' && { flow }) } }
}

function NumberField(props: {
  readonly label: string
  readonly value: number
  readonly step: number
  readonly onChange: (value: number) => void
}): React.JSX.Element {
  const { label, value, step, onChange } = props
  return (
    <label className="dialog-field">
      <span>{label}</span>
      <input
        type="number"
        min={step}
        step={step}
        required
        value={Number.isNaN(value) ? '' : value}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
    </label>
  )
}

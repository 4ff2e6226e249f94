/**
 * The backtests, newest first: what was changed, on which runs, what came of it, what it cost and saved. Those under way move.
 */
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useRef } from 'react'
import { piece, post } from '../../api/client.ts'
import { Empty, Trouble, Waiting } from '../../parts/empty.tsx'
import { usd } from '../../parts/figures.tsx'
import { Key } from '../../parts/key.tsx'
import { Ago } from '../../parts/time.tsx'
import { useKeys } from '../../shell/keys.ts'
import { useMayEdit } from '../../shell/may-edit.ts'
import { toastError } from '../../shell/toasts.tsx'
import type { Backtest } from './documents.ts'
import { backtestsQuery, useFollowing } from './following.ts'
import { useRowKeys } from './row-keys.ts'
import { Progress, Standing } from './standing.tsx'
import { changeWords, selectionWords } from './words.ts'

export function BacktestList(): React.JSX.Element {
  const list = useQuery(backtestsQuery)
  const navigate = useNavigate()
  const mayEdit = useMayEdit() === true
  const place = useRef<HTMLUListElement>(null)
  const fresh = (): void => void navigate({ to: '/evidence', search: { backtest: 'new' } })
  useKeys('Backtests', mayEdit ? [{ keys: 'n', does: 'New backtest', run: fresh }] : [])
  useRowKeys(place, '.backtest-main', 'backtest')
  if (list.data === undefined)
    return list.error === null ? <Waiting lines={6} /> : <Trouble error={list.error} again={() => void list.refetch()} />
  const { items } = list.data
  return (
    <>
      <div className="evidence-bar">
        <p className="muted">
          A change, tried on recorded runs. What it does not touch is served from the journal; nothing that changes the world runs.
        </p>
        {mayEdit && (
          <Link to="/evidence" search={{ backtest: 'new' }} className="button button-main">
            New backtest <Key keys="n" />
          </Link>
        )}
      </div>
      {items.length === 0 ? (
        <Empty title="Nothing was tried yet">Change a prompt, a model or the code, and see on recorded runs what it would have done.</Empty>
      ) : (
        <ul className="card backtests" aria-label="Backtests" ref={place}>
          {items.map((one) => (
            <Row key={one.id} backtest={one} mayEdit={mayEdit} />
          ))}
        </ul>
      )}
    </>
  )
}

function Row({ backtest, mayEdit }: { readonly backtest: Backtest; readonly mayEdit: boolean }): React.JSX.Element {
  const { id, change, selection, by, startedAt, status, done, of, spent, saved } = backtest
  useFollowing(id, status === 'running')
  return (
    <li className="backtest">
      <Link to="/evidence" search={{ backtest: id }} className="backtest-main">
        <span className="backtest-change">{changeWords(change)}</span>
        <span className="muted backtest-about">
          {selectionWords(selection)} · {by}, <Ago at={startedAt} />
        </span>
      </Link>
      <span className="backtest-standing">
        {status === 'running' ? <Progress done={done} of={of} /> : <Standing backtest={backtest} />}
        {status === 'running' && mayEdit && <StopButton id={id} />}
      </span>
      <span className="backtest-money">
        {spent !== undefined && <span>{usd(spent.microUsd)} spent</span>}
        {saved !== undefined && <span className="muted">{usd(saved.microUsd)} saved</span>}
      </span>
    </li>
  )
}

export function StopButton({ id }: { readonly id: string }): React.JSX.Element {
  const stop = useMutation({ mutationFn: () => post<Backtest>(`/api/backtests/${piece(id)}/stop`), onError: toastError })
  return (
    <button type="button" className="button button-small" disabled={stop.isPending || stop.isSuccess} onClick={() => stop.mutate()}>
      {stop.isSuccess ? 'Stopping…' : 'Stop'}
    </button>
  )
}

/**
 * The runs: found by text, flow and status, and scrolled however many there are.
 */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useEffect, useRef, useSyncExternalStore } from 'react'
import type { Flow, Run, RunStatus } from '../../api/documents.ts'
import { flowsQuery } from '../../api/queries.ts'
import { Status, toneOf } from '../../parts/badge.tsx'
import { Empty, Trouble, Waiting } from '../../parts/empty.tsx'
import { count, usd } from '../../parts/figures.tsx'
import { SearchField } from '../../parts/search-field.tsx'
import { Select } from '../../parts/select.tsx'
import { Ago, Lasted } from '../../parts/time.tsx'
import { lineOf } from '../../parts/value.tsx'
import { useKeys } from '../../shell/keys.ts'
import { Page } from '../../shell/page.tsx'
import { type RunFilter, RunList } from './run-list.ts'
import './runs.css'

const STATUSES: readonly RunStatus[] = ['running', 'waiting', 'queued', 'paused', 'stopped', 'failed', 'completed', 'cancelled']
const ROW = 52
const NEAR_END = 40

/** The list that was shown last, so that coming back finds it where it was. */
let kept: { readonly name: string; readonly list: RunList; scrolled: number } | undefined

export function RunsPage(): React.JSX.Element {
  const filter = useSearch({ from: '/runs' })
  const flows = useQuery(flowsQuery)
  const total = countsOf(flows.data?.items ?? [], filter.flow)
  const all = [...total.values()].reduce((sum, one) => sum + one, 0)
  return (
    <Page title="Runs" heading={<>Runs{flows.data !== undefined && <span className="heading-note">{count(all)}</span>}</>} full>
      <div className="runs">
        <Filters filter={filter} flows={flows.data?.items ?? []} counts={total} />
        <Rows key={JSON.stringify(filter)} filter={filter} />
      </div>
    </Page>
  )
}

function Filters(props: {
  readonly filter: RunFilter
  readonly flows: readonly Flow[]
  readonly counts: ReadonlyMap<RunStatus, number>
}): React.JSX.Element {
  const { filter, flows, counts } = props
  const navigate = useNavigate()
  const chosen = filter.status?.split(',') ?? []
  const set = (change: RunFilter): void => {
    const next = Object.fromEntries(Object.entries({ ...filter, ...change }).filter(([, value]) => value !== undefined && value !== ''))
    void navigate({ to: '/runs', search: next, replace: true })
  }
  const turn = (status: RunStatus): void =>
    set({ status: (chosen.includes(status) ? chosen.filter((one) => one !== status) : [...chosen, status]).join(',') })
  return (
    <search className="run-filters">
      <SearchField label="Search in id, key, input, output and error" area="Runs" value={filter.q ?? ''} onChange={(q) => set({ q })} />
      <Select
        label="Flow"
        all="All flows"
        value={filter.flow}
        options={flows.map(({ name }) => [name, name])}
        onChange={(flow) => set({ flow })}
      />
      <fieldset className="statuses">
        <legend className="unseen">Status</legend>
        {STATUSES.filter((status) => counts.has(status) || chosen.includes(status)).map((status) => (
          <button
            key={status}
            type="button"
            className={`status-choice tone-${toneOf(status)}`}
            aria-pressed={chosen.includes(status)}
            onClick={() => turn(status)}
          >
            <span className="status-dot" aria-hidden="true" />
            {status} <span className="status-count">{count(counts.get(status) ?? 0)}</span>
          </button>
        ))}
      </fieldset>
      {filter.parent !== undefined && (
        <button type="button" className="button button-small" onClick={() => set({ parent: '' })}>
          Children of {filter.parent} ×
        </button>
      )}
    </search>
  )
}

function Rows({ filter }: { readonly filter: RunFilter }): React.JSX.Element {
  const list = listOf(filter)
  const state = useSyncExternalStore(list.subscribe, () => list.state)
  const place = useRef<HTMLDivElement>(null)
  const { runs } = state
  const rows = useVirtualizer({
    count: runs.length,
    getScrollElement: () => place.current,
    estimateSize: () => ROW,
    overscan: 8,
    getItemKey: (index) => runs[index]?.id ?? index,
    initialOffset: () => kept?.scrolled ?? 0,
  })
  const navigate = useNavigate()
  const follow = (event: React.MouseEvent): void => {
    const run = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-run]')?.dataset['run'] : undefined
    if (run === undefined || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    void navigate({ to: '/runs/$run', params: { run } })
  }
  const shown = rows.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0
  useEffect(() => {
    if (state.more && last >= runs.length - NEAR_END) void list.more()
  }, [list, state.more, last, runs.length])
  useEffect(() => {
    list.open = () => (place.current?.scrollTop ?? 0) < ROW && place.current?.matches(':hover, :focus-within') === false
  }, [list])
  useRowKeys(place, runs, (index) => rows.scrollToIndex(index))
  if (state.error !== undefined && runs.length === 0) return <Trouble error={state.error} again={() => list.again()} />
  if (runs.length === 0 && (state.more || state.loading)) return <Waiting lines={8} />
  if (runs.length === 0)
    return (
      <Empty title={Object.keys(filter).length > 0 ? 'No run is like that' : 'Nothing has run yet'}>
        {Object.keys(filter).length > 0 ? <Link to="/runs">Show all runs</Link> : 'Runs appear here as soon as a flow is started.'}
      </Empty>
    )
  return (
    <div className="run-rows">
      {state.fresh.length > 0 && (
        <button
          type="button"
          className="fresh"
          onClick={() => {
            list.letIn()
            rows.scrollToOffset(0)
          }}
        >
          {count(state.fresh.length)} new
        </button>
      )}
      <div
        ref={place}
        className="run-scroll scrolls"
        onScroll={(event) => {
          if (kept?.list === list) kept.scrolled = event.currentTarget.scrollTop
        }}
      >
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the links inside are what is pressed. */}
        <ul aria-label="Runs" className="run-space" style={{ height: rows.getTotalSize() }} onClick={follow}>
          {shown.map(({ index, key, start }) => {
            const run = runs[index]
            return run === undefined ? null : (
              <li
                key={key}
                aria-setsize={state.more ? -1 : runs.length}
                aria-posinset={index + 1}
                className="run-place"
                style={{ transform: `translateY(${start}px)` }}
              >
                <Row run={run} />
              </li>
            )
          })}
        </ul>
      </div>
    </div>
  )
}

const Row = memo(function Row({ run }: { readonly run: Run }): React.JSX.Element {
  const said = run.error?.message ?? run.reason
  return (
    // A plain link: the router's own is too heavy for rows that are made thirty times a frame. The list follows it.
    <a href={`/runs/${encodeURIComponent(run.id)}`} className="run-row" data-run={run.id}>
      <Status status={run.status} />
      <span className="run-main">
        <span className="run-name">
          <strong>{run.flow}</strong> <span className="mono">{run.key ?? run.id}</span>
        </span>
        <span className="run-line">
          {said !== undefined && <span className="run-said">{lineOf(said, 140)} · </span>}
          {lineOf(run.input, 200)}
        </span>
      </span>
      <span className="run-figure run-cost">{run.usage.microUsd > 0 ? usd(run.usage.microUsd) : ''}</span>
      <span className="run-figure run-took">{run.startedAt !== undefined && <Lasted from={run.startedAt} to={run.endedAt} />}</span>
      <span className="run-figure run-when">
        <Ago at={run.createdAt} />
      </span>
    </a>
  )
})

/** j and k go from row to row; Enter follows the one in focus. */
function useRowKeys(place: React.RefObject<HTMLDivElement | null>, runs: readonly Run[], scrollTo: (index: number) => void): void {
  const move = (by: 1 | -1): void => {
    const now = place.current?.querySelector<HTMLElement>('.run-row:focus')?.closest('[aria-posinset]')?.getAttribute('aria-posinset')
    const next = Math.max(0, Math.min(runs.length - 1, now === null || now === undefined ? 0 : Number(now) - 1 + by))
    scrollTo(next)
    requestAnimationFrame(() =>
      place.current?.querySelector<HTMLElement>(`[aria-posinset="${next + 1}"] .run-row`)?.focus({ preventScroll: true }),
    )
  }
  useKeys('List', [
    { keys: 'j', does: 'Next run', run: () => move(1), repeats: true },
    { keys: 'k', does: 'Run before', run: () => move(-1), repeats: true },
  ])
}

function listOf(filter: RunFilter): RunList {
  const name = JSON.stringify(filter)
  if (kept?.name !== name) kept = { name, list: new RunList(filter), scrolled: 0 }
  return kept.list
}

function countsOf(flows: readonly Flow[], flow: string | undefined): ReadonlyMap<RunStatus, number> {
  const counts = new Map<RunStatus, number>()
  for (const one of flows) {
    if (flow !== undefined && one.name !== flow) continue
    for (const status of STATUSES) {
      const more = one.counts[status] ?? 0
      if (more > 0) counts.set(status, (counts.get(status) ?? 0) + more)
    }
  }
  return counts
}

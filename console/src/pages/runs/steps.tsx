/**
 * The steps of a run as a tree, each with its stretch on one time axis.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState } from 'react'
import type { Run } from '../../api/documents.ts'
import { Kind } from '../../parts/badge.tsx'
import { Empty } from '../../parts/empty.tsx'
import { humanDuration, usd } from '../../parts/figures.tsx'
import { coarse, useNow } from '../../parts/time.tsx'
import { useKeys } from '../../shell/keys.ts'
import type { Journal } from './journal.ts'
import { type Axis, axisOf, opensAtFirst, rowsOf, type Step } from './tree.ts'

const ROW = 30
const OVER: readonly string[] = ['completed', 'failed', 'cancelled']

export function Steps(props: {
  readonly run: Run
  readonly tree: readonly Step[]
  readonly journal: Journal
  readonly selected: string | undefined
  readonly onSelect: (path: string) => void
}): React.JSX.Element {
  const { run, tree, journal, selected, onSelect } = props
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set())
  const now = useNow()
  const end = run.endedAt === undefined ? now : Date.parse(run.endedAt)
  const isOpen = (step: Step): boolean => opensAtFirst(step) !== turned.has(step.path) && step.steps.length > 0
  const turn = (path: string): void =>
    setTurned((before) => new Set(before.has(path) ? [...before].filter((one) => one !== path) : [...before, path]))
  const rows = rowsOf(tree, isOpen)
  const axis = useMemo(() => axisOf(tree, Date.parse(run.startedAt ?? run.createdAt), end), [tree, run.startedAt, run.createdAt, end])
  const place = useRef<HTMLDivElement>(null)
  const list = useVirtualizer({ count: rows.length, getScrollElement: () => place.current, estimateSize: () => ROW, overscan: 20 })
  const move = (by: 1 | -1): void => {
    const at = rows.findIndex(({ step }) => step.path === selected)
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + by))]
    if (next === undefined) return
    onSelect(next.step.path)
    list.scrollToIndex(rows.indexOf(next))
  }
  const fold = (open: boolean): void => {
    const row = rows.find(({ step }) => step.path === selected)
    if (row !== undefined && row.step.steps.length > 0 && isOpen(row.step) !== open) turn(row.step.path)
  }
  useKeys('Steps', [
    { keys: 'j', does: 'Next step', run: () => move(1), repeats: true },
    { keys: 'k', does: 'Step before', run: () => move(-1), repeats: true },
    { keys: 'l', does: 'Open what stands in it', run: () => fold(true) },
    { keys: 'h', does: 'Fold it', run: () => fold(false) },
  ])
  if (rows.length === 0)
    return (
      <Empty
        title={OVER.includes(run.status) ? 'It took no step' : run.status === 'running' ? 'Its first step is under way' : 'No step yet'}
      >
        {run.status === 'queued' && 'It is waiting for its turn.'}
      </Empty>
    )
  return (
    <div className="steps-scroll" ref={place}>
      <div role="tree" aria-label="Steps" className="steps" style={{ height: list.getTotalSize() }}>
        <Cuts axis={axis} />
        {list.getVirtualItems().map(({ index, start }) => {
          const row = rows[index]
          if (row === undefined) return null
          const { step, depth } = row
          return (
            <div
              key={step.path}
              role="treeitem"
              aria-level={depth + 1}
              aria-selected={step.path === selected}
              {...(step.steps.length > 0 && { 'aria-expanded': isOpen(step) })}
              tabIndex={step.path === selected || (selected === undefined && index === 0) ? 0 : -1}
              className={`step step-${step.state}`}
              style={{ transform: `translateY(${start}px)` }}
              onClick={() => onSelect(step.path)}
              onKeyDown={(event) => event.key === 'Enter' && onSelect(step.path)}
            >
              <span className="step-name" style={{ paddingLeft: depth * 16 }}>
                {step.steps.length > 0 ? (
                  <button
                    type="button"
                    tabIndex={-1}
                    className="step-turn"
                    aria-label={isOpen(step) ? `Fold ${step.name}` : `Open ${step.name}`}
                    onClick={(event) => {
                      event.stopPropagation()
                      turn(step.path)
                    }}
                  >
                    {isOpen(step) ? '▾' : '▸'}
                  </button>
                ) : (
                  <span className="step-turn" />
                )}
                <Kind kind={step.kind} />
                <span className="step-title">{step.name}</span>
                <Mark step={step} over={OVER.includes(run.status)} />
                <span className="step-progress">{journal.writing.get(step.path)?.slice(-60) ?? journal.progress.get(step.path)}</span>
              </span>
              <Stretch step={step} axis={axis} end={end} />
              <span className="step-cost">{(step.usage?.microUsd ?? 0) > 0 && usd(step.usage?.microUsd ?? 0)}</span>
              <span className="step-took">{took(step, end)}</span>
            </div>
          )
        })}
      </div>
    </div>
  )
}

function took(step: Step, end: number): string {
  const ms = (step.to ?? end) - step.from
  return ms < 60_000 ? humanDuration(ms) : coarse(ms)
}

function Mark({ step, over }: { readonly step: Step; readonly over: boolean }): React.JSX.Element | null {
  const { state, entries } = step
  if (state === 'failed') return <span className="badge tone-bad">failed</span>
  if (state === 'retrying') return <span className="badge tone-warn">tries again</span>
  if (over || state === 'completed' || ['scope', 'round', 'item', 'branch'].includes(step.kind)) return null
  if (state === 'retracted') return <span className="badge tone-plain">again</span>
  if (state === 'attempted' || (step.kind === 'code' && entries.some((entry) => entry.state === 'attempted')))
    return <span className="badge tone-warn">{step.waits === undefined && state !== 'opened' ? 'attempted' : 'unknown'}</span>
  if (step.waits !== undefined) return <span className="badge tone-wait">waits</span>
  return <span className="badge tone-info">under way</span>
}

function Stretch({ step, axis, end }: { readonly step: Step; readonly axis: Axis; readonly end: number }): React.JSX.Element {
  const to = step.to ?? end
  const waits = step.waits === undefined ? to : Math.min(step.waits, to)
  const [from, mid, last] = [axis.at(step.from), axis.at(waits), axis.at(to)]
  return (
    <svg className="stretch" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
      <rect
        className={`stretch-work stretch-${step.kind} stretch-${step.state}`}
        x={from * 1000}
        width={Math.max(5, (mid - from) * 1000)}
        height="10"
      />
      {last > mid && <rect className="stretch-wait" x={mid * 1000} width={(last - mid) * 1000} height="10" />}
    </svg>
  )
}

/** Where the axis was cut short, and by how much. */
function Cuts({ axis }: { readonly axis: Axis }): React.JSX.Element {
  return (
    <div className="cuts" aria-hidden="true">
      {axis.cuts.map(({ from, to, ms }) => (
        <span
          key={from}
          className="cut"
          style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }}
          title={`${coarse(ms)} in which it only waited`}
        >
          {coarse(ms)}
        </span>
      ))}
    </div>
  )
}

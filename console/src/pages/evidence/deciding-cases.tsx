/**
 * The cases that decided a backtest: what would break first, then what would be mended, then what nobody can grade. Each opens as a diff.
 */
import { useRef, useState } from 'react'
import { Badge, type Tone } from '../../parts/badge.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { lineOf } from '../../parts/value.tsx'
import { Diff } from './diff.tsx'
import type { Decisive, Report, RunResult } from './documents.ts'
import { outermost } from './encoded.ts'
import { useRowKeys } from './row-keys.ts'

const FIRST = 12

/** One line of the lists: a decision or measure in which the sides differ, or a run that differs otherwise. */
export interface Deciding {
  readonly key: string
  readonly run: string
  readonly score: Decisive | undefined
  readonly result: RunResult | undefined
}

interface Group {
  readonly title: string
  readonly tone: Tone
  readonly items: readonly Deciding[]
}

export function DecidingCases({ report }: { readonly report: Report }): React.JSX.Element | null {
  const groups = groupsOf(report)
  const all = groups.flatMap(({ items }) => items)
  const [open, setOpen] = useState<number>()
  const place = useRef<HTMLDivElement>(null)
  useRowKeys(place, '.deciding', 'case')
  if (all.length === 0) return null
  const shown = open === undefined ? undefined : all[open]
  let before = 0
  return (
    <div ref={place} className="deciding-groups">
      {groups.map(({ title, tone, items }) => {
        const from = before
        before += items.length
        return items.length === 0 ? null : (
          <DecidingGroup key={title} title={title} tone={tone} items={items} onOpen={(index) => setOpen(from + index)} />
        )
      })}
      {shown !== undefined && open !== undefined && (
        <Dialog title={shown.score === undefined ? shown.run : `${shown.run} ${shown.score.path}`} onClose={() => setOpen(undefined)} wide>
          <Diff
            key={shown.key}
            deciding={shown}
            at={open}
            of={all.length}
            onStep={(by) => setOpen(Math.max(0, Math.min(all.length - 1, open + by)))}
          />
        </Dialog>
      )}
    </div>
  )
}

function DecidingGroup(props: {
  readonly title: string
  readonly tone: Tone
  readonly items: readonly Deciding[]
  readonly onOpen: (index: number) => void
}): React.JSX.Element {
  const { title, tone, items, onOpen } = props
  const [most, setMost] = useState(FIRST)
  return (
    <section className="card evidence-card">
      <header>
        <h2>{title}</h2>
        <Badge tone={tone}>{items.length}</Badge>
      </header>
      <ul>
        {items.slice(0, most).map((one, index) => (
          <li key={one.key}>
            <button type="button" className="deciding" onClick={() => onOpen(index)}>
              <Line deciding={one} />
            </button>
          </li>
        ))}
      </ul>
      {items.length > most && (
        <button type="button" className="link deciding-more" onClick={() => setMost(items.length)}>
          Show all {items.length}
        </button>
      )}
    </section>
  )
}

function Line({ deciding: { run, score, result } }: { readonly deciding: Deciding }): React.JSX.Element {
  return (
    <>
      <span className="deciding-said">
        {score === undefined ? (
          <>
            <span>{stepsThatDiffer(result)}</span>
            {result?.why !== undefined && <span className="muted">{lineOf(result.why, 200)}</span>}
          </>
        ) : score.answer === undefined ? (
          <span>
            {score.metric}: {score.was} → {score.would}
          </span>
        ) : (
          <>
            <Move was={score.proposed} would={score.wouldPropose} />
            <span className="muted">people said {lineOf(score.answer, 80)}</span>
          </>
        )}
      </span>
      <span className="muted mono deciding-where">
        {run} {score?.path}
      </span>
    </>
  )
}

function Move({ was, would }: { readonly was: string | undefined; readonly would: string | undefined }): React.JSX.Element {
  return (
    <span className="deciding-move">
      <span>{lineOf(was ?? 'nothing', 60)}</span> <span aria-hidden="true">→</span>
      <span className="unseen">would become</span> <strong>{lineOf(would ?? 'nothing', 60)}</strong>
    </span>
  )
}

function stepsThatDiffer(result: RunResult | undefined): string {
  const some = outermost(result?.steps ?? []).map(({ path }) => path)
  return some.length === 0 ? 'It ends otherwise.' : `Differs at ${lineOf(some.join(', '), 200)}`
}

function groupsOf({ regressions, fixes, cases }: Report): Group[] {
  const results = new Map(cases.map((one) => [one.run, one]))
  const scored = (scores: readonly Decisive[]): Deciding[] =>
    scores.map((score) => ({ key: `${score.run} ${score.path} ${score.metric}`, run: score.run, score, result: results.get(score.run) }))
  const whole = (outcome: RunResult['outcome']): Deciding[] =>
    cases
      .filter((one) => one.outcome === outcome)
      .map((result) => ({ key: `${result.run} ${outcome}`, run: result.run, score: undefined, result }))
  return [
    { title: 'Right before, wrong under the change', tone: 'bad', items: scored(regressions) },
    { title: 'Wrong before, right under the change', tone: 'good', items: scored(fixes) },
    { title: 'Went no further', tone: 'wait', items: whole('diverged') },
    { title: 'Different, and nothing says whether that is good', tone: 'info', items: whole('different') },
  ]
}

/**
 * The timeline drawn: one line a step, indented by where it stands, long stretches folded.
 */
import { humanDuration } from '../duration.ts'
import type { RunRecord } from '../journal/records.ts'
import { paint, screenWidth } from './output.ts'
import { remark, stepMark, usageText } from './step-text.ts'
import { counted, cut, largest, oneLine, pad, width } from './text.ts'
import type { TimelineStep } from './timeline.ts'

const FIRST_SHOWN = 4
const LAST_SHOWN = 8
const WIDEST_NAME = 48

interface Row {
  readonly depth: number
  readonly step: TimelineStep | undefined
  /** Instead of a step: how many were folded here. */
  readonly folded: number
}

/** The lines of a timeline. `all`: nothing is folded. */
export function timelineLines(steps: readonly TimelineStep[], run: RunRecord, now: number, all: boolean): string[] {
  const rows = [...rowsOf(steps, 0, all)]
  const labels = rows.map((row) => (row.step === undefined ? '' : `${'  '.repeat(row.depth)}${oneLine(row.step.name)}`))
  const names = Math.min(WIDEST_NAME, largest(labels.map(width), 4))
  const kinds = largest(
    rows.map((row) => row.step?.kind.length ?? 0),
    0,
  )
  const took = rows.map((row) => (row.step === undefined ? '' : tookText(row.step, run, now)))
  const times = largest(took.map(width), 0)
  const used = rows.map((row) => (row.step === undefined ? '' : usageText(row.step.usage)))
  const uses = largest(used.map(width), 0)
  const left = screenWidth() - names - kinds - times - uses - (uses > 0 ? 10 : 8)
  return rows.map(({ depth, step, folded }, index) => {
    if (step === undefined) return paint('dim', `  ${'  '.repeat(depth)}… ${counted(folded, 'more step')} here; see all with --all`)
    const cells = [
      `${stepMark(step, run.status)} ${pad(cut(labels[index] ?? '', names), names)}`,
      paint('dim', pad(step.kind, kinds)),
      pad(took[index] ?? '', times, 'right'),
      ...(uses > 0 ? [paint('dim', pad(used[index] ?? '', uses, 'right'))] : []),
      remark(step, run, now, left),
    ]
    return cells.join('  ').trimEnd()
  })
}

function* rowsOf(steps: readonly TimelineStep[], depth: number, all: boolean): Generator<Row> {
  const fold = !all && steps.length > FIRST_SHOWN + LAST_SHOWN + 1
  for (const [index, step] of steps.entries()) {
    const hidden = fold && index >= FIRST_SHOWN && index < steps.length - LAST_SHOWN
    if (fold && index === FIRST_SHOWN) yield { depth, step: undefined, folded: steps.length - FIRST_SHOWN - LAST_SHOWN }
    if (hidden) continue
    yield { depth, step, folded: 0 }
    yield* rowsOf(step.steps, depth + 1, all)
  }
}

function tookText(step: TimelineStep, run: RunRecord, now: number): string {
  if (step.endedAt !== undefined) return humanDuration(step.endedAt - step.startedAt)
  return run.endedAt === undefined ? humanDuration(Math.max(0, now - step.startedAt)) : ''
}

/**
 * What is drawn of the history of a prompt: for each figure a point per version that has it, with the number of cases behind it.
 */
import type { VersionRow } from './version-rows.ts'

export interface Point {
  readonly ref: string
  readonly name: string
  readonly value: number
  /** Of how many. */
  readonly n: number
  readonly few: boolean
  readonly form: 'share' | 'score' | 'money' | 'time'
}

export interface Chart {
  readonly name: string
  readonly note: string
  readonly points: readonly Point[]
  /** What a full bar stands for. */
  readonly scale: number
}

/** Below this, a share says little. */
const FEW = 20

export function chartsOf(rows: readonly VersionRow[]): Chart[] {
  const decisions = names(rows.flatMap(({ figures }) => figures.decisions.map(({ decision }) => decision)))
  const measures = names(rows.flatMap(({ figures }) => figures.measures.map(({ name }) => name)))
  const charts: Chart[] = [
    ...decisions.map((decision) =>
      chart(`Accepted by people: ${decision}`, 'of what people answered', rows, 'share', ({ figures }) => {
        const found = figures.decisions.find((one) => one.decision === decision)
        const of = found === undefined ? 0 : found.accepted + found.edited
        return found === undefined || of === 0 ? undefined : { value: found.accepted / of, n: of }
      }),
    ),
    ...measures.map((measure) =>
      chart(measure, 'mean of the measure in its runs', rows, 'score', ({ figures }) => {
        const found = figures.measures.find(({ name }) => name === measure)
        return found === undefined ? undefined : { value: found.mean, n: found.n }
      }),
    ),
    chart('Failed', 'of its asks', rows, 'share', ({ figures: { failed, asks } }) => ({ value: failed / asks, n: asks })),
    chart('Money for an ask', 'on average', rows, 'money', ({ figures: { microUsd, asks } }) => ({ value: microUsd / asks, n: asks })),
    chart('Time of an ask', 'median of those answered', rows, 'time', ({ figures: { p50Ms, asks, failed } }) =>
      p50Ms === undefined ? undefined : { value: p50Ms, n: asks - failed },
    ),
  ]
  return charts.filter(({ points }) => points.length > 0)
}

function chart(
  name: string,
  note: string,
  rows: readonly VersionRow[],
  form: Point['form'],
  figure: (row: VersionRow) => { readonly value: number; readonly n: number } | undefined,
): Chart {
  const points = rows.flatMap((row): Point[] => {
    const found = row.figures.asks === 0 ? undefined : figure(row)
    return found === undefined ? [] : [{ ref: row.ref, name: row.name, ...found, few: found.n < FEW, form }]
  })
  const scale = form === 'share' || form === 'score' ? 1 : Math.max(0, ...points.map(({ value }) => value))
  return { name, note, points, scale }
}

function names(all: readonly string[]): string[] {
  return [...new Set(all)].sort()
}

/**
 * How good a judge is: its scores against people's own scores of the same things.
 *
 * Owns: pairing them, and what can be said from the pairs. Never: takes a judge's word for anything: without people it says nothing.
 */
import type { MeasureRecord } from '../journal/records.ts'
import { upperBound } from '../statistics/betting.ts'

/** One version of a judge (its prompt with its model), on one measure. */
export interface JudgeReport {
  readonly name: string
  /** The judge and its version: `tone@1a2b3c4d`. */
  readonly judge: string
  /** What it scored. */
  readonly judged: number
  /** How much of that people scored as well. */
  readonly compared: number
  /** The mean distance of its score from people's, in [0,1]; `undefined` before anything is compared. */
  readonly error: number | undefined
  /** No more than this, with 95 % confidence at every look, if what people scored was drawn at random (the betting bound). */
  readonly errorAtMost: number
  /** The mean of judge minus people: above 0 it is too kind. */
  readonly bias: number | undefined
}

const ALPHA = 0.05

/** One report for each name and judge, by name. */
export async function judgeReports(judged: AsyncIterable<MeasureRecord>, people: AsyncIterable<MeasureRecord>): Promise<JudgeReport[]> {
  const own = new Map<string, number[]>()
  for await (const one of people) {
    const place = placeOf(one)
    own.set(place, [...(own.get(place) ?? []), one.value])
  }
  const judges = new Map<string, { name: string; judge: string; judged: number; pairs: { judge: number; people: number }[] }>()
  for await (const one of judged) {
    const key = JSON.stringify([one.name, one.by])
    const known = judges.get(key) ?? { name: one.name, judge: one.by ?? '', judged: 0, pairs: [] }
    judges.set(key, known)
    known.judged += 1
    const scores = own.get(placeOf(one))
    if (scores !== undefined) known.pairs.push({ judge: one.value, people: mean(scores) })
  }
  return [...judges.values()]
    .map(({ pairs, ...about }) => ({ ...about, ...comparison(pairs) }))
    .sort((one, other) => (one.name === other.name ? other.judged - one.judged : one.name < other.name ? -1 : 1))
}

function comparison(pairs: readonly { judge: number; people: number }[]): Omit<JudgeReport, 'name' | 'judge' | 'judged'> {
  const distances = pairs.map(({ judge, people }) => Math.abs(judge - people))
  const observed = distances.map((value) => ({ value, times: 1 }))
  return {
    compared: pairs.length,
    error: pairs.length === 0 ? undefined : mean(distances),
    errorAtMost: upperBound(observed, { range: [0, 1], alpha: ALPHA }),
    bias: pairs.length === 0 ? undefined : mean(pairs.map(({ judge, people }) => judge - people)),
  }
}

/** What a score is of. */
function placeOf({ run, path, name }: MeasureRecord): string {
  return JSON.stringify([run, path, name])
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/**
 * Measures in memory: which ones are meant, and what they come to taken together. Pure.
 */
import type { MeasureRecord } from '../../records.ts'
import type { MeasureFilter, MeasureGroup, MeasureKey } from '../../store.ts'

const EQUAL = ['name', 'run', 'flow', 'release', 'segment', 'origin'] as const
const KEYS = ['flow', 'release', 'segment', 'origin', 'by'] as const

export function matches(one: MeasureRecord, filter: MeasureFilter): boolean {
  const { from = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = filter
  return one.at >= from && one.at < until && EQUAL.every((key) => filter[key] === undefined || filter[key] === one[key])
}

export function grouped(measures: readonly MeasureRecord[], by: readonly MeasureKey[], everyMs: number | undefined): MeasureGroup[] {
  const keys = KEYS.filter((key) => by.includes(key))
  const placeOf = (one: MeasureRecord) => ({
    name: one.name,
    ...Object.fromEntries(keys.flatMap((key) => (one[key] === undefined ? [] : [[key, one[key]]]))),
    ...(everyMs !== undefined && { since: one.at - (one.at % everyMs) }),
  })
  const groups = Map.groupBy(measures, (one) => JSON.stringify(placeOf(one)))
  const order = ['name', ...keys, 'since'] as const
  return [...groups]
    .flatMap(([, some]) => {
      const [first] = some
      if (first === undefined) return []
      const values = some.map(({ value }) => value)
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      return [{ ...placeOf(first), n: values.length, mean, least: Math.min(...values), most: Math.max(...values) }]
    })
    .sort((one, other) => compared(one, other, order))
}

/** As a database orders: what has no value first. */
function compared(one: MeasureGroup, other: MeasureGroup, order: readonly (keyof MeasureGroup)[]): number {
  for (const key of order) {
    const [mine, theirs] = [one[key], other[key]]
    if (mine === theirs) continue
    if (mine === undefined || theirs === undefined) return mine === undefined ? -1 : 1
    return mine < theirs ? -1 : 1
  }
  return 0
}

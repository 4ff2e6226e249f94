/**
 * How values spread: their middle, and what nineteen in twenty stay under.
 */

export interface Spread {
  readonly p50: number
  readonly p95: number
}

/** The percentiles of some values (nearest rank); `undefined` of none. */
export function percentiles(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((one, other) => one - other)
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
  return { p50: at(0.5), p95: at(0.95) }
}

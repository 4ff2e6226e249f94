/**
 * The arithmetic of charts: where a value stands, where a scale ends, how a stretch of time is named.
 */

/** A round end for a scale of shares that shows everything up to `most`. */
export function niceTop(most: number): number {
  return [0.02, 0.05, 0.1, 0.2, 0.3, 0.5].find((top) => most <= top) ?? 1
}

/** Lines across a scale from 0 to `top`, top and bottom included. */
export function gridOf(top: number): number[] {
  const parts = top === 0.3 ? 3 : 2
  return Array.from({ length: parts + 1 }, (_, index) => (top * index) / parts)
}

/** The stretch a moment falls into: the last that began before it. `undefined` before the first. */
export function stretchAt(stretches: readonly { readonly from: string }[], at: string): number | undefined {
  const index = stretches.findLastIndex(({ from }) => Date.parse(from) <= Date.parse(at))
  return index === -1 ? undefined : index
}

/** Names moments: by their day, or by their time where all of them are of one day. */
export function namesOfMoments(first: string, last: string, locale?: string): (at: string) => string {
  const oneDay = Date.parse(last) - Date.parse(first) < 36 * 3_600_000
  const sameYear = new Date(first).getFullYear() === new Date(last).getFullYear()
  const format = new Intl.DateTimeFormat(
    locale,
    oneDay
      ? { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }
      : { day: 'numeric', month: 'short', ...(!sameYear && { year: 'numeric' }) },
  )
  return (at) => format.format(new Date(at))
}

/** Positions of `columns` side by side over a width. */
export function columnOf(index: number, columns: number, width: number): { readonly x: number; readonly width: number } {
  const each = width / Math.max(1, columns)
  return { x: index * each, width: each }
}

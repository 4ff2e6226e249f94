/**
 * Durations as people write them: `'4h'`, `'1d'`, `'90s'`, `'1h30m'`, or a number of milliseconds.
 */
import { RondoError } from './errors.ts'

/** Milliseconds, or text such as `'250ms'`, `'30s'`, `'15m'`, `'4h'`, `'2d'`, `'1w'`, `'1h30m'`. */
export type Duration = number | string

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** The duration in whole milliseconds. Throws `invalid_definition` for text it does not understand, and for a negative. */
export function milliseconds(duration: Duration): number {
  if (typeof duration === 'number') {
    if (Number.isFinite(duration) && duration >= 0) return Math.round(duration)
    throw misread(duration)
  }
  const text = duration.replaceAll(' ', '')
  if (!/^(\d+(\.\d+)?(ms|[smhdw]))+$/.test(text)) throw misread(duration)
  let total = 0
  for (const [, amount = '0', unit = 'ms'] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) total += Number(amount) * (UNITS[unit] ?? 0)
  return Math.round(total)
}

/** A duration as people read it: `'3d 4h'`, `'12m 5s'`, `'1.3s'`, `'85ms'`. */
export function humanDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)}ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`
  const seconds = Math.max(60, Math.floor(ms / 1000))
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ]
  const first = parts.findIndex(([amount]) => amount > 0)
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(' ')
}

function misread(duration: Duration): RondoError {
  return new RondoError(
    'invalid_definition',
    `"${duration}" is no duration. Write milliseconds as a number, or text such as '30s', '15m', '4h', '2d', '1h30m'.`,
  )
}

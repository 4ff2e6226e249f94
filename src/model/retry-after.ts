/**
 * How long a server asks to be left alone: `retry-after-ms`, or `retry-after` in seconds or as an HTTP date.
 */

/** Milliseconds from `now`; `undefined` when the headers do not say, or say something that is no time. */
export function retryAfterMs(headers: Readonly<Record<string, string>> | undefined, now: number): number | undefined {
  const exact = duration(headers?.['retry-after-ms'], 1)
  if (exact !== undefined) return exact
  const after = headers?.['retry-after']
  const seconds = duration(after, 1000)
  if (seconds !== undefined || after === undefined) return seconds
  const date = Date.parse(after)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

function duration(text: string | undefined, unit: number): number | undefined {
  if (text === undefined || !/^\d+(\.\d+)?$/.test(text.trim())) return undefined
  return Math.ceil(Number(text) * unit)
}

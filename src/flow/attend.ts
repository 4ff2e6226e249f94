/**
 * Attends to one attempt at a piece of work: until it ends, runs out of time, or is not wanted any more.
 *
 * Owns: the race between those. Never: the journal.
 * A `write` that is not wanted any more is still given time to end, so that what it did gets on the record.
 */
import type { Drive } from './drive.ts'

/** How long a `write` that was told to stop is waited for before it is left unknown. */
const GRACE_MS = 10_000

export type Attended = { kind: 'value'; value: unknown } | { kind: 'error'; error: unknown } | { kind: 'timeout' } | { kind: 'needless' }

export interface Attendance {
  readonly drive: Drive
  /** Aborting any of these aborts the work's own signal. */
  readonly outer: readonly AbortSignal[]
  /** Aborted when nobody wants the result any more. */
  readonly unwanted: AbortSignal
  readonly timeoutMs: number | undefined
  /** The work has an effect: its end is worth waiting for. */
  readonly mustFinish: boolean
  readonly work: (signal: AbortSignal) => unknown
}

export async function attend(attendance: Attendance): Promise<Attended> {
  const { drive, outer, unwanted, timeoutMs, mustFinish } = attendance
  const own = new AbortController()
  const cleanups: (() => void)[] = []
  const ends: Promise<Attended>[] = []
  drive.busier()
  try {
    const started = start(attendance.work, own.signal)
    if (!(started instanceof Promise)) return started
    ends.push(started)
    const on = (signal: AbortSignal, act: () => void): void => {
      if (signal.aborted) return act()
      signal.addEventListener('abort', act, { once: true })
      cleanups.push(() => signal.removeEventListener('abort', act))
    }
    for (const signal of outer) on(signal, () => own.abort(signal.reason))
    ends.push(
      new Promise((resolve) =>
        on(unwanted, () =>
          mustFinish
            ? cleanups.push(drive.host.clock.at(drive.now() + GRACE_MS, () => resolve({ kind: 'needless' })))
            : resolve({ kind: 'needless' }),
        ),
      ),
    )
    const given = outer.find((signal) => signal !== unwanted)
    if (given !== undefined) ends.push(new Promise((resolve) => on(given, () => resolve({ kind: 'error', error: given.reason }))))
    if (timeoutMs !== undefined) {
      ends.push(
        new Promise((resolve) => {
          cleanups.push(
            drive.host.clock.at(drive.now() + timeoutMs, () => {
              own.abort(new Error('timeout'))
              resolve({ kind: 'timeout' })
            }),
          )
        }),
      )
    }
    return await Promise.race(ends)
  } finally {
    for (const cleanup of cleanups) cleanup()
    drive.idler()
  }
}

/** The end of the work, at once when it is no promise: that spares the usual small step the machinery. */
function start(work: (signal: AbortSignal) => unknown, signal: AbortSignal): Attended | Promise<Attended> {
  try {
    const value = work(signal)
    if (value === null || typeof value !== 'object' || !('then' in value)) return { kind: 'value', value }
    return Promise.resolve(value).then(
      (settled): Attended => ({ kind: 'value', value: settled }),
      (error: unknown): Attended => ({ kind: 'error', error }),
    )
  } catch (error) {
    return { kind: 'error', error }
  }
}

/**
 * Attends to one attempt at a piece of work: until it ends, runs out of time, is given up, or is not wanted any more.
 *
 * Owns: the race between those. Never: the journal.
 * Invariants:
 *   A1. Work with an effect is waited for when it is not wanted any more, for a while, so that what it did gets on the record.
 *   A2. What a `write` throws after it was told to stop says nothing about what it did.
 */
import type { Effect } from './run.ts'
import type { Scope } from './scope.ts'

/** How long work with an effect that is not wanted any more is waited for. */
const GRACE_MS = 10_000

export type Attended =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'timeout' }
  /** The caller's own signal was aborted. */
  | { readonly kind: 'given up'; readonly reason: unknown }
  /** Nobody wants it any more, and it is not known how it ended. */
  | { readonly kind: 'unwanted' }

export interface Attendance {
  readonly scope: Scope
  readonly work: () => unknown
  /** Tells the work to stop. */
  readonly stop: (reason: unknown) => void
  readonly effect: Effect
  readonly timeoutMs: number | undefined
  /** The caller's own signal. */
  readonly given: AbortSignal | undefined
}

/** At once when the work is no promise: that spares the usual small step the machinery. */
export function attend(attendance: Attendance): Attended | Promise<Attended> {
  try {
    const value = attendance.work()
    if (value === null || typeof value !== 'object' || !('then' in value)) return { kind: 'value', value }
    return attendTo(Promise.resolve(value), attendance)
  } catch (error) {
    return { kind: 'error', error }
  }
}

function attendTo(work: Promise<unknown>, { scope, stop, effect, timeoutMs, given }: Attendance): Promise<Attended> {
  const { clock } = scope.drive.host
  const cleanups: (() => void)[] = []
  let stopped = false
  return new Promise<Attended>((resolve) => {
    const tellToStop = (reason: unknown): void => {
      stopped = true
      stop(reason)
    }
    const leave = (end: Attended, reason: unknown): void => {
      resolve(end)
      tellToStop(reason)
    }
    const unwanted = (): void => {
      const mustEnd = effect === 'write' || (effect === 'idempotent' && scope.ending !== 'needless')
      const letGo = (): void => leave({ kind: 'unwanted' }, scope.signal.reason)
      if (!mustEnd) letGo()
      else cleanups.push(clock.at(clock.now() + GRACE_MS, letGo))
      if (mustEnd && scope.ending === 'needless') tellToStop(scope.signal.reason)
    }
    work.then(
      (value) => resolve({ kind: 'value', value }),
      (error: unknown) => resolve(stopped && effect === 'write' ? { kind: 'unwanted' } : { kind: 'error', error }),
    )
    cleanups.push(onAbort(scope.signal, unwanted))
    if (given !== undefined) cleanups.push(onAbort(given, () => leave({ kind: 'given up', reason: given.reason }, given.reason)))
    if (timeoutMs !== undefined)
      cleanups.push(
        clock.at(clock.now() + timeoutMs, () => leave({ kind: 'timeout' }, new DOMException('The step ran out of time.', 'TimeoutError'))),
      )
  }).finally(() => {
    for (const cleanup of cleanups) cleanup()
  })
}

/** Acts when the signal is aborted, at once if it is. Returns what takes that back. */
function onAbort(signal: AbortSignal, act: () => void): () => void {
  if (signal.aborted) {
    act()
    return () => undefined
  }
  signal.addEventListener('abort', act, { once: true })
  return () => signal.removeEventListener('abort', act)
}

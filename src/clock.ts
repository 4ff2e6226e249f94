/**
 * Time, as everything in Rondo sees it. Nothing else may read the wall clock or set a timer, so that tests never sleep.
 *
 * Owns: the `Clock` port, the machine's clock, and a clock that tests turn by hand.
 */

/** Milliseconds since the epoch, and a way to be called at a time. */
export interface Clock {
  now(): number
  /** Calls `wake` once at or after `at`, which may be any distance ahead. Returns a function that takes it back. */
  at(at: number, wake: () => void): () => void
}

/** A timer counts the time for which the machine is awake, so the clock is looked at every so often. */
const LONGEST_TIMER = 60_000

/**
 * The machine's own clock. Its timers do not keep the process alive. A time is kept by the clock on the wall, also when that is set, or the
 * machine sleeps meanwhile.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  at(at, wake) {
    let timer: NodeJS.Timeout
    const arm = (): void => {
      timer = setTimeout(look, Math.min(Math.max(at - Date.now(), 0), LONGEST_TIMER))
      timer.unref()
    }
    const look = (): void => (Date.now() < at ? arm() : wake())
    arm()
    return () => clearTimeout(timer)
  },
}

/** A clock that stands still until it is turned: `await clock.advance(ms)` fires what has come due, in order. */
export class ManualClock implements Clock {
  #now: number
  readonly #alarms = new Set<{ at: number; wake: () => void }>()

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  at(at: number, wake: () => void): () => void {
    const alarm = { at, wake }
    this.#alarms.add(alarm)
    if (at <= this.#now) setImmediate(() => this.#alarms.delete(alarm) && wake())
    return () => this.#alarms.delete(alarm)
  }

  /** Moves time on by `ms`, firing every alarm on the way at its own time. */
  advance(ms: number): void {
    const until = this.#now + ms
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#alarms.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.wake()
    }
    this.#now = until
  }

  #next(until: number): { at: number; wake: () => void } | undefined {
    let first: { at: number; wake: () => void } | undefined
    for (const alarm of this.#alarms) if (alarm.at <= until && (first === undefined || alarm.at < first.at)) first = alarm
    return first
  }
}

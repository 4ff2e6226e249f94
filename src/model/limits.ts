/**
 * How many calls of one model may be under way, and how many requests and tokens may go out in a minute.
 *
 * Owns: one line of callers for each model, and when the next of them may go. Never: makes a call, or knows why one failed.
 * Invariants:
 *   L1. First come, first served; who gives up while waiting leaves the line at once and costs nothing.
 *   L2. A bucket fills evenly over the minute. Requests are taken when a call goes out; tokens by estimate, put right when it is known.
 *   L3. A 429 holds the whole line until the time the server named, and halves the width, which then grows by one each time as many
 *       calls as fit have come through: what was learned from one call spares the others theirs.
 *   L4. Nobody is made to wait longer than `longestWaitMs` for a held line: the caller is told and may go elsewhere.
 */
import type { Clock } from '../clock.ts'

export interface LimitOptions {
  readonly concurrency: number
  readonly requestsPerMinute?: number
  readonly tokensPerMinute?: number
  readonly longestWaitMs: number
}

/** The right to make one call; to be given back exactly once. */
export interface Pass {
  /** `tokens` as the provider counted them, where it did. */
  leave(how: 'answered' | 'failed' | 'limited', tokens?: number): void
}

/** Thrown to who would have to wait too long. */
export class LineHeld extends Error {
  readonly untilMs: number
  constructor(untilMs: number) {
    super('The line is held.')
    this.untilMs = untilMs
  }
}

interface Waiting {
  readonly tokens: number
  readonly go: (pass: Pass) => void
  readonly fail: (reason: unknown) => void
}

const MINUTE = 60_000

export class Limits {
  readonly #options: LimitOptions
  readonly #clock: Clock
  readonly #requests: Bucket | undefined
  readonly #tokens: Bucket | undefined
  readonly #line: Waiting[] = []
  #under = 0
  #width: number
  #heldUntil = 0
  #lastNow = 0
  #disarm: (() => void) | undefined

  constructor(options: LimitOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
    this.#width = options.concurrency
    this.#requests = options.requestsPerMinute === undefined ? undefined : new Bucket(options.requestsPerMinute, clock.now())
    this.#tokens = options.tokensPerMinute === undefined ? undefined : new Bucket(options.tokensPerMinute, clock.now())
  }

  /** Waits for a turn. Rejects with the signal's reason, or with `LineHeld`. */
  enter(tokens: number, signal: AbortSignal): Promise<Pass> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const leave = (): void => {
        const place = this.#line.indexOf(waiting)
        if (place >= 0) this.#line.splice(place, 1)
        reject(signal.reason)
        this.#advance()
      }
      const waiting: Waiting = {
        tokens,
        go: (pass) => {
          signal.removeEventListener('abort', leave)
          resolve(pass)
        },
        fail: (reason) => {
          signal.removeEventListener('abort', leave)
          reject(reason)
        },
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#line.push(waiting)
      this.#advance()
    })
  }

  /** Lets nobody through before `until`. */
  hold(until: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, until)
    this.#advance()
  }

  /** The time; where the clock was set back since the line was held, the hold is over, for nobody knows what is left of it. */
  #now(): number {
    const now = this.#clock.now()
    if (now < this.#lastNow) this.#heldUntil = Math.min(this.#heldUntil, now)
    this.#lastNow = now
    return now
  }

  #advance(): void {
    this.#disarm?.()
    this.#disarm = undefined
    const now = this.#now()
    if (this.#heldUntil - now > this.#options.longestWaitMs) {
      for (const waiting of this.#line.splice(0)) waiting.fail(new LineHeld(this.#heldUntil))
      return
    }
    for (let next = this.#line[0]; next !== undefined && this.#under < Math.floor(this.#width); next = this.#line[0]) {
      const at = Math.max(this.#heldUntil, this.#requests?.ready(1, now) ?? now, this.#tokens?.ready(next.tokens, now) ?? now)
      if (at > now) {
        this.#disarm = this.#clock.at(at, () => this.#advance())
        return
      }
      this.#line.shift()
      next.go(this.#pass(next.tokens, now))
    }
  }

  #pass(estimate: number, now: number): Pass {
    this.#under += 1
    this.#requests?.take(1, now)
    this.#tokens?.take(estimate, now)
    let out = false
    return {
      leave: (how, tokens) => {
        if (out) return
        out = true
        if (tokens !== undefined) this.#tokens?.take(tokens - estimate, this.#clock.now())
        if (how === 'limited') this.#width = Math.max(1, Math.floor(Math.min(this.#width, this.#under) / 2))
        if (how === 'answered') this.#width = Math.min(this.#options.concurrency, this.#width + 1 / this.#width)
        this.#under -= 1
        this.#advance()
      },
    }
  }
}

/** A token bucket that holds a minute's worth; it may be overdrawn by an estimate that was too low. */
class Bucket {
  readonly #perMinute: number
  #level: number
  #at: number

  constructor(perMinute: number, now: number) {
    this.#perMinute = perMinute
    this.#level = perMinute
    this.#at = now
  }

  /** When `amount` will be there; what is more than the bucket holds is asked of a full one. */
  ready(amount: number, now: number): number {
    const missing = Math.min(amount, this.#perMinute) - this.#filled(now)
    return missing <= 0 ? now : now + Math.ceil((missing / this.#perMinute) * MINUTE)
  }

  take(amount: number, now: number): void {
    this.#level = Math.min(this.#perMinute, this.#filled(now) - amount)
    this.#at = now
  }

  #filled(now: number): number {
    // A clock that was set back must not hold up calls until it has caught up.
    if (now < this.#at) this.#at = now
    return Math.min(this.#perMinute, this.#level + ((now - this.#at) / MINUTE) * this.#perMinute)
  }
}

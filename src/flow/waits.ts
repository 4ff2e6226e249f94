/**
 * What a run waits for, and what has come to it: answers, signals, ended children, times.
 *
 * Owns: matching the two. Never: reads the store, or decides what an arrival means.
 * Invariant W1: an arrival is in one pair of hands at a time. One that was taken stays `in hand` until its taking is in the
 * journal, so that reading the arrivals again in between does not hand it out twice.
 */
import type { ReviewRecord, RunRecord, SignalRecord } from '../journal/records.ts'
import type { Arrivals } from '../journal/store.ts'
import type { Scope } from './scope.ts'
import { suspended } from './suspended.ts'

export type Waited<Arrival> = { readonly kind: 'came'; readonly arrival: Arrival } | { readonly kind: 'due' }

interface Waiter {
  readonly scope: Scope
  readonly dueAt: number | undefined
  /** Takes what it waits for, if it is there or due, and says whether it did. */
  attempt(now: number): boolean
}

export class Waits {
  #arrivals: Arrivals
  readonly #due: (at: number) => void
  readonly #inHand = new Set<string>()
  readonly #waiters = new Set<Waiter>()

  /** `due` is told of every time that something begins to wait for. */
  constructor(arrivals: Arrivals, due: (at: number) => void) {
    this.#arrivals = arrivals
    this.#due = due
  }

  get size(): number {
    return this.#waiters.size
  }

  /** The earliest time anything here waits for. */
  wakeAt(): number | undefined {
    let first: number | undefined
    for (const { dueAt } of this.#waiters) if (dueAt !== undefined && (first === undefined || dueAt < first)) first = dueAt
    return first
  }

  arrive(arrivals: Arrivals, now: number): void {
    this.#arrivals = arrivals
    this.tick(now)
  }

  tick(now: number): void {
    for (const waiter of this.#waiters) {
      if (!waiter.attempt(now)) continue
      this.#waiters.delete(waiter)
    }
  }

  forget(scope: Scope): void {
    for (const waiter of this.#waiters) if (waiter.scope === scope) this.#waiters.delete(waiter)
  }

  review(scope: Scope, id: string, dueAt: number | undefined, now: number): Promise<Waited<ReviewRecord>> {
    return this.#wait(scope, dueAt, now, () => this.#arrivals.reviews.find((review) => review.id === id && this.#take(review.id)))
  }

  signal(scope: Scope, topic: string, dueAt: number | undefined, now: number): Promise<Waited<SignalRecord>> {
    return this.#wait(scope, dueAt, now, () => this.#arrivals.signals.find((signal) => signal.topic === topic && this.#take(signal.id)))
  }

  child(scope: Scope, id: string, now: number): Promise<Waited<RunRecord>> {
    return this.#wait(scope, undefined, now, () => this.#arrivals.children.find((child) => child.id === id && this.#take(child.id)))
  }

  async until(scope: Scope, at: number, now: number): Promise<void> {
    await this.#wait(scope, at, now, () => undefined)
  }

  /** For what nobody can say: the branch that waits for it goes no further. */
  never(scope: Scope): Promise<never> {
    return this.#wait<never>(scope, undefined, 0, () => undefined).then(() => suspended())
  }

  /** An answer was not good enough: it is forgotten, and another may come (or have come). */
  refuse(review: ReviewRecord): void {
    this.#arrivals = { ...this.#arrivals, reviews: this.#arrivals.reviews.filter((other) => other !== review) }
    this.#inHand.delete(review.id)
  }

  /** The journal says that it was taken: it may be let go. */
  release(id: string): void {
    this.#arrivals = {
      ...this.#arrivals,
      reviews: this.#arrivals.reviews.filter((review) => review.id !== id),
      signals: this.#arrivals.signals.filter((signal) => signal.id !== id),
      children: this.#arrivals.children.filter((child) => child.id !== id),
    }
    this.#inHand.delete(id)
  }

  #take(id: string): boolean {
    if (this.#inHand.has(id)) return false
    this.#inHand.add(id)
    return true
  }

  #wait<Arrival>(scope: Scope, dueAt: number | undefined, now: number, poll: () => Arrival | undefined): Promise<Waited<Arrival>> {
    const look = (time: number): Waited<Arrival> | undefined => {
      const arrival = poll()
      if (arrival !== undefined) return { kind: 'came', arrival }
      return dueAt !== undefined && dueAt <= time ? { kind: 'due' } : undefined
    }
    const already = look(now)
    if (already !== undefined) return Promise.resolve(already)
    if (scope.dead) return new Promise(() => undefined)
    return new Promise((resolve) => {
      const attempt = (time: number): boolean => {
        const waited = look(time)
        if (waited === undefined) return false
        resolve(waited)
        return true
      }
      this.#waiters.add({ scope, dueAt, attempt })
      if (dueAt !== undefined) this.#due(dueAt)
    })
  }
}

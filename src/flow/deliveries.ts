/**
 * The order in which a flow learns things: one result a turn of the event loop, lowest journal sequence first.
 *
 * Owns: that order. Never: what is delivered.
 * Invariants:
 *   D1. A flow that is re-run from its journal sees the same results in the same order as it did live, so code that
 *       combines branches (`Promise.race`, shared variables) takes the same way again.
 *   D2. All that the flow does with one result (its microtasks) is done before it sees the next.
 *   D3. Nothing is delivered while a scope is being read: it may hold an earlier result.
 */
export class Deliveries {
  readonly #waiting: { seq: number; settle: () => void }[] = []
  readonly #idle: () => void
  #held = 0
  #turning = false

  /** `idle` is called after each turn that left nothing to deliver. */
  constructor(idle: () => void) {
    this.#idle = idle
  }

  /** Queues a result, in its order among those that wait. One that was just committed waits as well: writes of one group come back together. */
  add(seq: number, settle: () => void): void {
    let place = this.#waiting.length
    while (place > 0 && (this.#waiting[place - 1]?.seq ?? 0) > seq) place -= 1
    this.#waiting.splice(place, 0, { seq, settle })
    this.turn()
  }

  /** Holds deliveries back until `reading` is done. */
  async while<Read>(reading: Promise<Read>): Promise<Read> {
    this.#held += 1
    try {
      return await reading
    } finally {
      this.#held -= 1
      this.turn()
    }
  }

  /** Delivers the next result in the next turn, or says that there is none. */
  turn(): void {
    if (this.#turning) return
    this.#turning = true
    setImmediate(() => {
      this.#turning = false
      if (this.#held > 0) return
      const next = this.#waiting.shift()
      if (next === undefined) return this.#idle()
      next.settle()
      this.turn()
    })
  }
}

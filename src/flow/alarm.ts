/**
 * The one timer of a drive: for the earliest time that something in it waits for, while it is busy beside that.
 *
 * Owns: that timer. Never: wakes a run that only waits; its engine does.
 */
import type { Clock } from '../clock.ts'

export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => number | undefined
  #set: { readonly at: number; readonly cancel: () => void } | undefined

  /** `ring` does what is due, and returns the next time there is something. */
  constructor(clock: Clock, ring: () => number | undefined) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Rings at this time, or before if it is set to. */
  by(at: number): void {
    if (this.#set !== undefined && this.#set.at <= at) return
    this.clear()
    const cancel = this.#clock.at(at, () => {
      this.#set = undefined
      const next = this.#ring()
      if (next !== undefined) this.by(next)
    })
    this.#set = { at, cancel }
  }

  clear(): void {
    this.#set?.cancel()
    this.#set = undefined
  }
}

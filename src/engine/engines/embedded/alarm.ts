/**
 * One timer for the earliest of many times.
 */
import type { Clock } from '../../../clock.ts'

export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  #at: number | undefined
  #take: (() => void) | undefined

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Rings at this time, or earlier if it is set to. */
  arm(at: number): void {
    if (this.#at !== undefined && this.#at <= at) return
    this.cancel()
    this.#at = at
    this.#take = this.#clock.at(at, () => {
      this.#at = undefined
      this.#ring()
    })
  }

  cancel(): void {
    this.#take?.()
    this.#at = undefined
  }
}

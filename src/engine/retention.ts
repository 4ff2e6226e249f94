/**
 * Retention: once a day, runs that ended longer ago than they are kept are removed.
 *
 * Owns: when. Never: what removing a run means (the store's `prune`), or touches a run that has not ended.
 */
import type { Clock } from '../clock.ts'
import type { RunStore } from '../journal/store.ts'

const EVERY_MS = 86_400_000

export interface RetentionOptions {
  readonly runs: Pick<RunStore, 'prune'>
  readonly clock: Clock
  /** Ended runs are kept this long. */
  readonly keepMs: number
  readonly warn: (message: string, cause?: unknown) => void
}

export class Retention {
  readonly #options: RetentionOptions
  #cancel: (() => void) | undefined
  #underWay: Promise<void> = Promise.resolve()

  constructor(options: RetentionOptions) {
    this.#options = options
  }

  /** Begins: the first look is in a minute, so that it does not stand in the way of starting up. */
  start(): void {
    this.#arm(60_000)
  }

  /** Looks no more, and waits for a look under way. */
  async stop(): Promise<void> {
    this.#cancel?.()
    await this.#underWay
  }

  #arm(inMs: number): void {
    const { clock } = this.#options
    this.#cancel = clock.at(clock.now() + inMs, () => {
      this.#underWay = this.#prune()
      this.#arm(EVERY_MS)
    })
  }

  async #prune(): Promise<void> {
    const { runs, clock, keepMs, warn } = this.#options
    try {
      await runs.prune({ endedBefore: clock.now() - keepMs })
    } catch (error) {
      warn('Old runs could not be removed; trying again tomorrow.', error)
    }
  }
}

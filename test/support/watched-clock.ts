/**
 * A clock that is turned by hand, and tells when somebody waits on it: a test of a wait neither sleeps nor polls.
 */
import { ManualClock } from '../../src/clock.ts'

export class WatchedClock extends ManualClock {
  readonly #set: number[] = []
  readonly #watching: { readonly wanted: (delay: number) => boolean; readonly seen: (delay: number) => void }[] = []

  override at(at: number, wake: () => void): () => void {
    const takeBack = super.at(at, wake)
    const delay = at - this.now()
    const watcher = this.#watching.findIndex(({ wanted }) => wanted(delay))
    if (watcher < 0) this.#set.push(delay)
    else for (const { seen } of this.#watching.splice(watcher, 1)) seen(delay)
    return takeBack
  }

  /** Resolves with the delay of the first wait not yet told of that is as `wanted`. */
  waited(wanted: (delay: number) => boolean): Promise<number> {
    const index = this.#set.findIndex(wanted)
    if (index >= 0) return Promise.resolve(this.#set.splice(index, 1)[0] ?? 0)
    return new Promise((seen) => this.#watching.push({ wanted, seen }))
  }
}

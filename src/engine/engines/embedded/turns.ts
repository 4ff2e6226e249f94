/**
 * Turns between flows: due runs queue per flow, and the flows take turns.
 */
import type { DueRun } from '../../../journal/store.ts'

export class Turns {
  readonly #queues = new Map<string, DueRun[]>()

  add(runs: readonly DueRun[]): void {
    for (const run of runs) {
      const queue = this.#queues.get(run.flow)
      if (queue === undefined) this.#queues.set(run.flow, [run])
      else queue.push(run)
    }
  }

  /** The next run: from the flow whose turn was longest ago. */
  next(): DueRun | undefined {
    for (const [flow, queue] of this.#queues) {
      const run = queue.shift()
      this.#queues.delete(flow)
      if (queue.length > 0) this.#queues.set(flow, queue)
      if (run !== undefined) return run
    }
    return undefined
  }

  *waiting(): Iterable<string> {
    for (const queue of this.#queues.values()) for (const { id } of queue) yield id
  }
}

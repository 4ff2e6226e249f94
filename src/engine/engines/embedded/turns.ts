/**
 * Turns between flows: due runs queue per flow, and the flows take turns.
 */
export class Turns {
  readonly #queues = new Map<string, string[]>()

  add(runs: readonly { id: string; flow: string }[]): void {
    for (const { id, flow } of runs) {
      const queue = this.#queues.get(flow)
      if (queue === undefined) this.#queues.set(flow, [id])
      else queue.push(id)
    }
  }

  /** The next run: from the flow whose turn was longest ago. */
  next(): { id: string; flow: string } | undefined {
    for (const [flow, queue] of this.#queues) {
      const id = queue.shift()
      this.#queues.delete(flow)
      if (queue.length > 0) this.#queues.set(flow, queue)
      if (id !== undefined) return { id, flow }
    }
    return undefined
  }

  *waiting(): Iterable<string> {
    for (const queue of this.#queues.values()) yield* queue
  }
}

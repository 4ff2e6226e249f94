/**
 * What is happening, for those who watch: live, in this process, and not durable. The journal is the record; this is the tap
 * on the shoulder.
 */
import type { DriveEvent } from '../flow/drive.ts'
import type { RunStatus } from '../journal/records.ts'

export type RunEvent = { readonly run: string } & (DriveEvent | { readonly type: 'status'; readonly status: RunStatus })

export class Events {
  readonly #listeners = new Set<(event: RunEvent) => void>()

  /** Calls `listener` for every event from now on. Returns a function that ends it. What a listener throws is its own affair. */
  subscribe(listener: (event: RunEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  emit(event: RunEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}

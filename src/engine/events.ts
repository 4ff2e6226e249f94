/**
 * What is happening, for those who watch: live, in this process, and not durable. The journal is the record; this is the tap
 * on the shoulder.
 */
import type { DriveEvent } from '../flow/drive.ts'
import type { RunStatus } from '../journal/records.ts'

export type RunEvent = { readonly run: string } & (DriveEvent | { readonly type: 'status'; readonly status: RunStatus })

export class Events {
  readonly #listeners = new Set<(event: RunEvent) => void>()
  readonly #warn: (message: string, cause?: unknown) => void

  constructor(warn: (message: string, cause?: unknown) => void = console.warn) {
    this.#warn = warn
  }

  /**
   * Calls `listener` for every event from now on, at once and in order. Returns a function that ends it.
   * A listener that throws (or whose promise fails) is warned about, and harms neither the run nor the other listeners.
   */
  subscribe(listener: (event: RunEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  emit(event: RunEvent): void {
    for (const listener of this.#listeners) {
      try {
        const returned: unknown = listener(event)
        if (returned instanceof Promise) returned.catch((error: unknown) => this.#complain(event, error))
      } catch (error) {
        this.#complain(event, error)
      }
    }
  }

  #complain(event: RunEvent, error: unknown): void {
    this.#warn(`A listener failed on an event "${event.type}" of run ${event.run}; the run goes on.`, error)
  }
}

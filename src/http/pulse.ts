/**
 * What changes, for the many who wait at this door: one subscription to the system, however many clients listen.
 *
 * Owns: waking whoever waits for a run, and waiting for a run with a limit. Never: carries what changed; those who are woken look at the
 * journal, so a wake too many is harmless and one that came early is not lost.
 */
import type { Clock } from '../clock.ts'
import type { Rondo, RunEvent, RunRecord, RunStatus } from '../index.ts'

/** What a run's result can be read from: over, or stopped until somebody mends its code. */
export const SETTLED: readonly RunStatus[] = ['completed', 'failed', 'cancelled', 'stopped']

export class Pulse {
  readonly #rondo: Rondo
  readonly #clock: Clock
  readonly #byRun = new Map<string, Set<(event: RunEvent | undefined) => void>>()
  readonly #all = new Set<(event: RunEvent | undefined) => void>()
  #ends: (() => void)[] = []

  constructor(rondo: Rondo, clock: Clock) {
    this.#rondo = rondo
    this.#clock = clock
  }

  /** Calls back at every event of a run, and without one when another process changed the database. Returns a function that ends it. */
  on(run: string, listener: (event: RunEvent | undefined) => void): () => void {
    const listeners = this.#byRun.get(run) ?? new Set()
    this.#byRun.set(run, listeners)
    // An object of its own for each call, so that one function may listen twice.
    const own = (event: RunEvent | undefined): void => listener(event)
    listeners.add(own)
    this.#listen()
    return () => {
      listeners.delete(own)
      if (listeners.size === 0 && this.#byRun.get(run) === listeners) this.#byRun.delete(run)
      this.#rest()
    }
  }

  /** The same for every run. */
  onAll(listener: (event: RunEvent | undefined) => void): () => void {
    const own = (event: RunEvent | undefined): void => listener(event)
    this.#all.add(own)
    this.#listen()
    return () => {
      this.#all.delete(own)
      this.#rest()
    }
  }

  /**
   * Waits until a run is over or stopped, at most for a while; gives it as it then stands, `undefined` when there is none.
   * `signal`: the client is gone, or the server stops.
   */
  async settled(id: string, ms: number, signal: AbortSignal): Promise<RunRecord | undefined> {
    let look: () => void = () => undefined
    let next = new Promise<void>((resolve) => (look = resolve))
    let late = false
    const giveUp = (): void => {
      late = true
      look()
    }
    const off = this.on(id, (event) => (event === undefined || event.type === 'status') && look())
    const takeBack = ms === 0 ? giveUp : this.#clock.at(this.#clock.now() + ms, giveUp)
    if (ms === 0) giveUp()
    signal.addEventListener('abort', giveUp)
    try {
      for (;;) {
        const run = await this.#rondo.runs.get(id)
        if (run === undefined || late || signal.aborted || SETTLED.includes(run.status)) return run
        await next
        next = new Promise<void>((resolve) => (look = resolve))
      }
    } finally {
      takeBack()
      signal.removeEventListener('abort', giveUp)
      off()
    }
  }

  #listen(): void {
    if (this.#ends.length > 0) return
    this.#ends = [
      this.#rondo.events.subscribe((event) => {
        for (const listener of this.#byRun.get(event.run) ?? []) listener(event)
        for (const listener of this.#all) listener(event)
      }),
      this.#rondo.store.watch(() => {
        for (const listeners of this.#byRun.values()) for (const listener of listeners) listener(undefined)
        for (const listener of this.#all) listener(undefined)
      }),
    ]
  }

  #rest(): void {
    if (this.#byRun.size > 0 || this.#all.size > 0) return
    for (const end of this.#ends) end()
    this.#ends = []
  }
}

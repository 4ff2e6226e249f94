/**
 * Notices what other processes change: `PRAGMA data_version` differs once another connection has committed.
 *
 * It looks once for each turn of the event loop at most, so that a clock that jumps over days makes it look once.
 */
import type { StatementSync } from 'node:sqlite'
import type { Clock } from '../../../clock.ts'
import { integer } from './columns.ts'
import type { Database } from './sqlite.ts'

const EVERY_MS = 200

export class Watch {
  readonly #clock: Clock
  readonly #version: StatementSync
  readonly #watchers = new Set<() => void>()
  #seen = 0
  #stop: (() => void) | undefined

  constructor(db: Database, clock: Clock) {
    this.#clock = clock
    this.#version = db.prepare('PRAGMA data_version')
  }

  add(changed: () => void): () => void {
    // An object of its own for each call, so that one function may watch twice.
    const watcher = (): void => changed()
    this.#watchers.add(watcher)
    if (this.#stop === undefined) {
      this.#seen = this.#read()
      this.#arm()
    }
    return () => {
      this.#watchers.delete(watcher)
      if (this.#watchers.size === 0) this.end()
    }
  }

  end(): void {
    this.#watchers.clear()
    this.#stop?.()
    this.#stop = undefined
  }

  #arm(): void {
    this.#stop = this.#clock.at(this.#clock.now() + EVERY_MS, () => this.#look())
  }

  #look(): void {
    const version = this.#read()
    const differs = version !== this.#seen
    this.#seen = version
    const next = setImmediate(() => this.#arm())
    this.#stop = () => clearImmediate(next)
    if (differs) for (const watcher of [...this.#watchers]) watcher()
  }

  /** A database that cannot be read for a moment has not changed as far as anybody can tell. */
  #read(): number {
    try {
      return integer(this.#version.get()?.data_version)
    } catch {
      return this.#seen
    }
  }
}

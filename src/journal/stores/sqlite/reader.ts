/**
 * Reads: outside of transactions, on what is committed, with SQLite's errors turned into ours.
 */
import type { StatementSync } from 'node:sqlite'
import { closed, type Database, databaseFailed } from './sqlite.ts'

export class Reader {
  readonly #db: Database
  readonly #file: string
  readonly #cached = new Map<string, StatementSync>()

  constructor(db: Database, file: string) {
    this.#db = db
    this.#file = file
  }

  read<Output>(work: () => Output): Promise<Output> {
    if (!this.#db.isOpen) return Promise.reject(closed(this.#file))
    try {
      return Promise.resolve(work())
    } catch (error) {
      return Promise.reject(databaseFailed(this.#file, error))
    }
  }

  prepare(sql: string): StatementSync {
    return this.#db.prepare(sql)
  }

  /** For texts put together from a few parts: there must be only so many of them. */
  cached(sql: string): StatementSync {
    const known = this.#cached.get(sql) ?? this.#db.prepare(sql)
    this.#cached.set(sql, known)
    return known
  }
}

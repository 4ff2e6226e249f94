/**
 * Ownership: the one process that drives the runs of a database.
 *
 * The lock is an exclusive transaction on a small database beside the file, `FILE.owner`: the operating system takes it away
 * when the process dies, however it dies. Who owns is written in the main database, for others to read.
 * Invariant: `owns` is true exactly while the lock is held.
 */
import { hostname } from 'node:os'
import type { StatementSync } from 'node:sqlite'
import { RondoError } from '../../../errors.ts'
import type { Batch } from './batch.ts'
import { integer, text } from './columns.ts'
import { type Database, DatabaseSync, databaseFailed, isSqliteError } from './sqlite.ts'

const BUSY = 5

export class Owner {
  readonly #db: Database
  readonly #file: string
  readonly #batch: Batch
  readonly #write: StatementSync
  #lock: OwnerLock | undefined

  constructor(db: Database, file: string, batch: Batch) {
    this.#db = db
    this.#file = file
    this.#batch = batch
    this.#write = db.prepare('INSERT OR REPLACE INTO owner (one, pid, host, since) VALUES (1, ?, ?, ?)')
  }

  get owns(): boolean {
    return this.#lock !== undefined
  }

  async own(patienceMs = 0): Promise<void> {
    if (this.#lock !== undefined) return
    this.#batch.mayWrite()
    this.#lock = lockOwner(this.#db, this.#file, patienceMs)
    try {
      await this.#batch.write((now) => {
        this.#write.run(process.pid, hostname(), now)
      })
    } catch (error) {
      this.release()
      throw error
    }
  }

  release(): void {
    this.#lock?.release()
    this.#lock = undefined
  }
}

export interface OwnerLock {
  release(): void
}

/** Takes the owner's lock, waiting up to `busyMs` for it, or throws `database_owned`. */
export function lockOwner(db: Database, file: string, busyMs: number): OwnerLock {
  if (file === ':memory:') return { release: () => undefined }
  let lock: Database | undefined
  try {
    lock = new DatabaseSync(`${file}.owner`, { timeout: busyMs })
    lock.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
    const held = lock
    return { release: () => held.close() }
  } catch (error) {
    lock?.close()
    throw isSqliteError(error) && (error.errcode & 0xff) === BUSY ? owned(db, file, error) : databaseFailed(`${file}.owner`, error)
  }
}

function owned(db: Database, file: string, cause: unknown): RondoError {
  const row = db.prepare('SELECT pid, host, since FROM owner').get()
  const who =
    row === undefined
      ? 'another process'
      : `process ${integer(row.pid)} on ${text(row.host)} since ${new Date(integer(row.since)).toISOString()}`
  return new RondoError(
    'database_owned',
    `${file} is owned by ${who}: one process drives its runs at a time. Stop that one first, or use another database. Reading, starting, answering and signalling work beside it.`,
    { cause, details: { file, ...(row !== undefined && { pid: row.pid, host: row.host, since: row.since }) } },
  )
}

/**
 * Group commit: the writes of one turn of the event loop share one transaction, and so one fsync.
 *
 * Invariants:
 *   B1. A write resolves after the COMMIT that contains it; if that fails, every write in it is rejected and none is kept.
 *   B2. A write that refuses (throws `Refused`) has changed nothing yet, and does no harm to the others.
 *   B3. A write that fails otherwise does no harm to the others either: the batch is rolled back and taken again, each write
 *       in a savepoint of its own. So a write may be run twice, and may keep nothing outside the database but in `forget`'s reach.
 */
import type { StatementSync } from 'node:sqlite'
import type { Clock } from '../../../clock.ts'
import type { RondoError } from '../../../errors.ts'
import { type Database, databaseFailed } from './sqlite.ts'

/** More writes than this are spread over several transactions, so that the event loop gets its turn. */
const LARGEST = 1000

/** Thrown by a write, before it changes anything, to reject with `error`. */
export class Refused {
  readonly error: unknown
  constructor(error: unknown) {
    this.error = error
  }
}

export type Work<Output> = (now: number) => Output

interface Job {
  attempt(now: number): void
  refuse(error: unknown): void
  settle(): void
}

export class Batch {
  readonly #db: Database
  readonly #file: string
  readonly #clock: Clock
  readonly #forget: () => void
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  #jobs: Job[] = []
  #refusal: RondoError | undefined

  /** `forget` is called when a transaction was rolled back: what memory has of it is void. */
  constructor(db: Database, file: string, clock: Clock, forget: () => void) {
    this.#db = db
    this.#file = file
    this.#clock = clock
    this.#forget = forget
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#commit = db.prepare('COMMIT')
  }

  /** Runs `work` in the next transaction and resolves with what it returned, once that is on disk. */
  write<Output>(work: Work<Output>): Promise<Output> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal)
    return new Promise((resolve, reject) => {
      if (this.#jobs.push(new WriteJob(work, resolve, reject)) === 1) setImmediate(() => this.#flush())
    })
  }

  /** Throws when writes are refused. */
  mayWrite(): void {
    if (this.#refusal !== undefined) throw this.#refusal
  }

  /** Refuses further writes with this error. */
  refuseFrom(error: RondoError): void {
    this.#refusal = error
  }

  /** Refuses further writes, and resolves when those under way have ended. */
  async end(error: RondoError): Promise<void> {
    const last = this.#jobs.length === 0 ? undefined : this.write(() => undefined)
    this.refuseFrom(error)
    await last?.catch(() => undefined)
  }

  #flush(): void {
    let jobs = this.#jobs
    this.#jobs = []
    if (jobs.length > LARGEST) {
      this.#jobs = jobs.slice(LARGEST)
      jobs = jobs.slice(0, LARGEST)
      setImmediate(() => this.#flush())
    }
    try {
      this.#take(jobs)
    } catch (error) {
      const failed = databaseFailed(this.#file, error)
      for (const job of jobs) job.refuse(failed)
    }
    for (const job of jobs) job.settle()
  }

  #take(jobs: readonly Job[]): void {
    let attempting = false
    try {
      this.#transaction((now) => {
        attempting = true
        for (const job of jobs) job.attempt(now)
        attempting = false
      })
    } catch (error) {
      if (!attempting || jobs.length === 1) throw error
      this.#transaction((now) => {
        for (const job of jobs) this.#alone(job, now)
      })
    }
  }

  #transaction(work: (now: number) => void): void {
    this.#begin.run()
    try {
      work(this.#clock.now())
      this.#commit.run()
    } catch (error) {
      this.#forget()
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  #alone(job: Job, now: number): void {
    this.#db.exec('SAVEPOINT alone')
    try {
      job.attempt(now)
    } catch (error) {
      // Where SQLite has rolled back all of it by itself, this throws, and the whole batch fails.
      this.#db.exec('ROLLBACK TO alone')
      this.#forget()
      job.refuse(databaseFailed(this.#file, error))
    }
    this.#db.exec('RELEASE alone')
  }
}

class WriteJob<Output> implements Job {
  readonly #work: Work<Output>
  readonly #resolve: (output: Output) => void
  readonly #reject: (error: unknown) => void
  #end: (() => void) | undefined
  #output: Output | undefined

  constructor(work: Work<Output>, resolve: (output: Output) => void, reject: (error: unknown) => void) {
    this.#work = work
    this.#resolve = resolve
    this.#reject = reject
  }

  attempt(now: number): void {
    this.#end = undefined
    try {
      this.#output = this.#work(now)
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown
      this.refuse(thrown.error)
    }
  }

  refuse(error: unknown): void {
    this.#end = () => this.#reject(error)
  }

  settle(): void {
    if (this.#end === undefined) this.#resolve(this.#output as Output)
    else this.#end()
  }
}

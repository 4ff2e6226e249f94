/**
 * What people ask of runs: cancel, pause, resume, retry. What may be asked when is `journal/requests.ts`; here it is noted.
 */
import type { StatementSync } from 'node:sqlite'
import { RondoError } from '../../../errors.ts'
import { type NewEntry, type RunRecord, splitPath } from '../../records.ts'
import { grant, type Pending, retraction } from '../../requests.ts'
import type { RunRequest } from '../../store.ts'
import { Refused } from './batch.ts'
import { integer, type Row } from './columns.ts'
import type { Entries } from './entries.ts'
import type { Payloads } from './payloads.ts'
import type { RunRows } from './run-rows.ts'
import type { Database } from './sqlite.ts'

export class Requests {
  readonly #rows: RunRows
  readonly #entries: Entries
  readonly #payloads: Payloads
  readonly #read: StatementSync
  readonly #note: StatementSync
  readonly #goOn: StatementSync

  constructor(db: Database, rows: RunRows, entries: Entries, payloads: Payloads) {
    this.#rows = rows
    this.#entries = entries
    this.#payloads = payloads
    this.#read = db.prepare('SELECT row, request FROM runs WHERE id = ?')
    this.#note = db.prepare('UPDATE runs SET status = ?, request = ?, request_reason = ?, ready_at = coalesce(ready_at, ?) WHERE row = ?')
    this.#goOn = db.prepare(`
      UPDATE runs SET status = ?, request = ?, request_reason = NULL, error = NULL, reason = NULL, ended_at = NULL, ready_at = coalesce(ready_at, ?) WHERE row = ?`)
  }

  /** Inside a write. */
  make(id: string, request: RunRequest, now: number): RunRecord {
    const run = this.#rows.get(id)
    const columns = this.#read.get(id)
    if (run === undefined || columns === undefined) throw new Refused(unknown(id))
    const row = integer(columns.row)
    const { granted, retractions } = refusable(() => ({
      granted: grant(run, pendingOf(columns), request),
      retractions: request.kind === 'retry' ? this.#retractions(id, request.paths, now) : [],
    }))
    if (granted === undefined) return run
    for (const entry of retractions) this.#entries.append(row, entry, now)
    if (request.kind === 'cancel' || request.kind === 'pause')
      this.#note.run(granted.status, granted.pending ?? null, this.#payloads.seal(granted.reason), now, row)
    else this.#goOn.run(granted.status, granted.pending ?? null, now, row)
    return this.#rows.byRow(row) ?? run
  }

  #retractions(run: string, paths: readonly string[], now: number): NewEntry[] {
    return [...new Set(paths)].flatMap((path) => {
      const { scope, name } = splitPath(path)
      return retraction(run, path, this.#entries.latest(run, scope, name), now) ?? []
    })
  }
}

export function pendingOf({ request }: Row): Pending | undefined {
  return request === 'cancel' || request === 'pause' || request === 'resume' ? request : undefined
}

function unknown(id: string): RondoError {
  return new RondoError('run_unknown', `There is no run "${id}". See what there is with "rondo runs".`, { details: { run: id } })
}

function refusable<Output>(decide: () => Output): Output {
  try {
    return decide()
  } catch (error) {
    throw new Refused(error)
  }
}

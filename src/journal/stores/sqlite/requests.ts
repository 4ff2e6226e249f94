/**
 * What people ask of runs: cancel, pause, resume, retry. What may be asked when is `journal/requests.ts`; here it is noted.
 *
 * Invariants:
 *   Q1. A request that cannot be granted is refused before anything is changed.
 *   Q2. A cancel that was noted stands: nothing that is asked later takes it back.
 */
import type { StatementSync } from 'node:sqlite'
import { RondoError } from '../../../errors.ts'
import { type NewEntry, type RunRecord, splitPath } from '../../records.ts'
import { refuseRequest, requestOutcome } from '../../requests.ts'
import type { RunRequest } from '../../store.ts'
import { Refused } from './batch.ts'
import { integer } from './columns.ts'
import type { Entries } from './entries.ts'
import type { RunRows } from './run-rows.ts'
import type { Database } from './sqlite.ts'

type Pending = 'cancel' | 'pause' | undefined

export class Requests {
  readonly #rows: RunRows
  readonly #entries: Entries
  readonly #read: StatementSync
  readonly #note: StatementSync
  readonly #goOn: StatementSync

  constructor(db: Database, rows: RunRows, entries: Entries) {
    this.#rows = rows
    this.#entries = entries
    this.#read = db.prepare('SELECT row, request FROM runs WHERE id = ?')
    this.#note = db.prepare('UPDATE runs SET status = ?, request = ?, request_reason = ?, ready_at = coalesce(ready_at, ?) WHERE row = ?')
    this.#goOn = db.prepare(`
      UPDATE runs SET status = ?, request = ?, request_reason = NULL, error = NULL, reason = NULL, ended_at = NULL, ready_at = coalesce(ready_at, ?) WHERE row = ?`)
  }

  /** Inside a write. */
  make(id: string, request: RunRequest, now: number): RunRecord {
    const run = this.#rows.get(id)
    const columns = this.#read.get(id)
    if (run === undefined || columns === undefined)
      throw new Refused(
        new RondoError('run_unknown', `There is no run "${id}". See what there is with "rondo runs".`, { details: { run: id } }),
      )
    const pending: Pending = columns.request === 'cancel' || columns.request === 'pause' ? columns.request : undefined
    if (pending === 'cancel' && (request.kind === 'cancel' || request.kind === 'pause')) return run
    checkGrantable(run, pending, request)
    const row = integer(columns.row)
    if (request.kind === 'cancel' || request.kind === 'pause')
      this.#note.run(requestOutcome(run, request).status, request.kind, request.reason ?? null, now, row)
    else if (request.kind === 'retry') this.#retry(run, row, request, now)
    else this.#resume(run, row, pending, now)
    return this.#rows.byRow(row) ?? run
  }

  #resume(run: RunRecord, row: number, pending: Pending, now: number): void {
    const status = run.status === 'paused' ? requestOutcome(run, { kind: 'resume' }).status : run.status
    // Marked, not forgotten: a driver that has seen the pause may still be on its way to it (settle, in standing.ts).
    const mark = pending === 'pause' && run.status === 'running' ? 'resume' : null
    this.#goOn.run(status, mark, now, row)
  }

  #retry(run: RunRecord, row: number, request: RunRequest & { kind: 'retry' }, now: number): void {
    const retractions = [...new Set(request.paths)].flatMap((path) => this.#retraction(run.id, path, now))
    for (const retraction of retractions) this.#entries.append(row, retraction, now)
    this.#goOn.run(requestOutcome(run, request).status, null, now, row)
  }

  #retraction(run: string, path: string, now: number): NewEntry[] {
    const { scope, name } = splitPath(path)
    const last = this.#entries.latest(run, scope, name)
    if (last?.state === 'retracted') return []
    if (last?.state !== 'failed') {
      const stands = last === undefined ? 'which is not in its journal' : `which is ${last.state}`
      throw new Refused(
        new RondoError('run_state', `Run "${run}" cannot be retried at "${path}", ${stands}. Only a step that failed can be tried again.`, {
          details: { run, path },
        }),
      )
    }
    return [{ scope, name, kind: last.kind, state: 'retracted', startedAt: now }]
  }
}

function checkGrantable(run: RunRecord, pending: Pending, request: RunRequest): void {
  if (pending === 'cancel') {
    throw new Refused(
      new RondoError('run_state', `Run ${run.id} is being cancelled: it cannot be asked to ${request.kind}. Start another run.`, {
        details: { run: run.id, status: run.status },
      }),
    )
  }
  if (pending === 'pause' && request.kind === 'resume') return
  try {
    refuseRequest(run, request)
  } catch (error) {
    throw new Refused(error)
  }
}

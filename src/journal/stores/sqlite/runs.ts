/**
 * `RunStore` on SQLite: starting, finding, asking and signalling runs.
 */
import type { SQLInputValue } from 'node:sqlite'
import { RondoError } from '../../../errors.ts'
import type { NewRun, RunRecord, RunStatus, SignalRecord } from '../../records.ts'
import type { RunFilter, RunRequest, RunStore } from '../../store.ts'
import { type Batch, Refused } from './batch.ts'
import { integer, text } from './columns.ts'
import type { Due } from './due.ts'
import type { Prune } from './prune.ts'
import type { Reader } from './reader.ts'
import type { Requests } from './requests.ts'
import type { RunRows } from './run-rows.ts'
import type { Signals } from './signals.ts'
import type { Standing } from './standing.ts'

export interface RunParts {
  readonly reader: Reader
  readonly batch: Batch
  readonly rows: RunRows
  readonly standing: Standing
  readonly due: Due
  readonly signals: Signals
  readonly requests: Requests
  readonly prune: Prune
}

const STATUSES: readonly RunStatus[] = ['queued', 'running', 'waiting', 'paused', 'stopped', 'completed', 'failed', 'cancelled']

export class SqliteRuns implements RunStore {
  readonly #parts: RunParts

  constructor(parts: RunParts) {
    this.#parts = parts
  }

  start(run: NewRun): Promise<{ started: boolean; run: RunRecord }> {
    const { batch, rows } = this.#parts
    return batch.write((now) => {
      const known = rows.get(run.id) ?? (run.key === undefined ? undefined : rows.byKey(run.flow, run.key))
      if (known !== undefined) {
        if (known.flow !== run.flow || known.inputPrint !== run.inputPrint) throw new Refused(conflict(run, known))
        return { started: false, run: known }
      }
      rows.insert(run, now)
      const started = rows.get(run.id)
      if (started === undefined) throw new Error(`Run ${run.id} was started and is not there.`)
      return { started: true, run: started }
    })
  }

  get(id: string): Promise<RunRecord | undefined> {
    return this.#parts.reader.read(() => this.#parts.rows.get(id))
  }

  list(filter: RunFilter): Promise<RunRecord[]> {
    return this.#parts.reader.read(() => {
      const most = filter.limit ?? 100
      const found = this.#rowsOf(filter, most).sort((one, other) => other - one)
      return found.slice(0, most).flatMap((row) => this.#parts.rows.byRow(row) ?? [])
    })
  }

  count(): Promise<{ flow: string; status: RunStatus; count: number }[]> {
    return this.#parts.reader.read(() =>
      this.#parts.reader
        .cached('SELECT flow, status, count(*) AS n FROM runs GROUP BY flow, status')
        .all()
        .map((row) => ({ flow: text(row.flow), status: text(row.status) as RunStatus, count: integer(row.n) })),
    )
  }

  request(id: string, request: RunRequest): Promise<RunRecord> {
    return this.#parts.batch.write((now) => this.#parts.requests.make(id, request, now))
  }

  signal(signal: Omit<SignalRecord, 'at'>): Promise<boolean> {
    const { batch, signals, standing } = this.#parts
    return batch.write((now) => {
      const isNew = signals.add(signal, now)
      if (isNew) standing.wake(signal.run, now)
      return isNew
    })
  }

  prune(filter: { endedBefore: number; flow?: string; limit?: number }): Promise<{ runs: number; payloads: number }> {
    return this.#parts.prune.run(filter)
  }

  /** The rows of the newest runs that pass: with a flow and a status the index has them in order, so each pair is asked for its own. */
  #rowsOf(filter: RunFilter, limit: number): number[] {
    const { reader, due } = this.#parts
    const before = filter.before === undefined ? undefined : this.#rowOf(filter.before)
    const older = before === undefined ? '' : 'AND row < ?'
    const newest = (condition: string, ...values: SQLInputValue[]): number[] =>
      reader
        .cached(`SELECT row FROM runs WHERE ${condition} ${older} ORDER BY row DESC LIMIT ?`)
        .all(...values, ...(before === undefined ? [] : [before]), limit)
        .map((row) => integer(row.row))
    if (filter.parent !== undefined) return this.#childRows(filter, newest)
    if (filter.flow === undefined && filter.status === undefined) return newest('TRUE')
    const flows = filter.flow === undefined ? due.flows() : [filter.flow]
    return flows.flatMap((flow) =>
      [...new Set(filter.status ?? STATUSES)].flatMap((status) => newest('flow = ? AND status = ?', flow, status)),
    )
  }

  #childRows(filter: RunFilter, newest: (condition: string, ...values: SQLInputValue[]) => number[]): number[] {
    const statuses = filter.status ?? STATUSES
    const among = `status IN (${statuses.map(() => '?').join(', ')})`
    if (filter.flow === undefined) return newest(`parent = ? AND ${among}`, filter.parent ?? '', ...statuses)
    return newest(`parent = ? AND flow = ? AND ${among}`, filter.parent ?? '', filter.flow, ...statuses)
  }

  #rowOf(id: string): number | undefined {
    const row = this.#parts.reader.cached('SELECT row FROM runs WHERE id = ?').get(id)
    return row === undefined ? undefined : integer(row.row)
  }
}

function conflict(asked: NewRun, known: RunRecord): RondoError {
  const what = known.id === asked.id ? `id "${asked.id}"` : `key "${asked.key}"`
  const how = known.flow === asked.flow ? 'with another input' : `of flow "${known.flow}"`
  return new RondoError(
    'run_conflict',
    `There is already a run with the ${what}, ${how} (run "${known.id}", ${known.status}). Use another ${known.id === asked.id ? 'id' : 'key'}, or the same input.`,
    {
      details: { run: known.id, status: known.status },
    },
  )
}

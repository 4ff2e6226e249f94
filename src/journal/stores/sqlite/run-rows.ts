/**
 * Rows of `runs`: written from a `NewRun`, read as a `RunRecord`.
 *
 * Never: changes how a run stands (see standing.ts).
 */
import type { StatementSync } from 'node:sqlite'
import type { ErrorRecord } from '../../../errors.ts'
import type { NewRun, RunRecord, RunStatus } from '../../records.ts'
import { integer, optionalInteger, optionalText, type Row, text } from './columns.ts'
import type { Payloads } from './payloads.ts'
import type { Database } from './sqlite.ts'

export class RunRows {
  readonly #payloads: Payloads
  readonly #insert: StatementSync
  readonly #byId: StatementSync
  readonly #byRow: StatementSync
  readonly #byKey: StatementSync
  readonly #endedChildren: StatementSync

  constructor(db: Database, payloads: Payloads) {
    this.#payloads = payloads
    this.#insert = db.prepare(`
      INSERT INTO runs (id, flow, key, status, input, input_print, release, parent, parent_path, traceparent, created_at, deadline_at, ready_at)
      VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
    this.#byId = db.prepare('SELECT * FROM runs WHERE id = ?')
    this.#byRow = db.prepare('SELECT * FROM runs WHERE row = ?')
    this.#byKey = db.prepare('SELECT * FROM runs WHERE flow = ? AND key = ?')
    this.#endedChildren = db.prepare(
      'SELECT * FROM runs WHERE parent = ? AND parent IS NOT NULL AND ended_at IS NOT NULL AND taken = 0 ORDER BY row',
    )
  }

  /** Puts a run in the queue, unless its id, or its key in its flow, is taken. */
  insert(run: NewRun, now: number): void {
    this.#insert.run(
      run.id,
      run.flow,
      run.key ?? null,
      this.#payloads.put(run.input),
      this.#payloads.seal(run.inputPrint),
      run.release ?? null,
      run.parent?.run ?? null,
      run.parent?.path ?? null,
      run.traceparent ?? null,
      now,
      run.deadlineAt ?? null,
      now,
    )
  }

  get(id: string): RunRecord | undefined {
    return this.#read(this.#byId.get(id))
  }

  byRow(row: number): RunRecord | undefined {
    return this.#read(this.#byRow.get(row))
  }

  byKey(flow: string, key: string): RunRecord | undefined {
    return this.#read(this.#byKey.get(flow, key))
  }

  /** Children that have ended and were not taken yet, in the order they were started. */
  endedChildren(parent: string): RunRecord[] {
    return this.#endedChildren.all(parent).map((row) => this.record(row))
  }

  #read(row: Row | undefined): RunRecord | undefined {
    return row === undefined ? undefined : this.record(row)
  }

  record(row: Row): RunRecord {
    const key = optionalText(row.key)
    const output = this.#payloads.getOptional(row.output)
    const error = this.#payloads.unsealOptional(row.error)
    const reason = this.#payloads.unsealOptional(row.reason)
    const release = optionalText(row.release)
    const parent = optionalText(row.parent)
    const traceparent = optionalText(row.traceparent)
    const startedAt = optionalInteger(row.started_at)
    const endedAt = optionalInteger(row.ended_at)
    const deadlineAt = optionalInteger(row.deadline_at)
    const wakeAt = optionalInteger(row.wake_at)
    return {
      id: text(row.id),
      flow: text(row.flow),
      ...(key !== undefined && { key }),
      status: text(row.status) as RunStatus,
      input: this.#payloads.get(row.input),
      inputPrint: this.#payloads.unseal(row.input_print),
      ...(output !== undefined && { output }),
      ...(error !== undefined && { error: JSON.parse(error) as ErrorRecord }),
      ...(reason !== undefined && { reason }),
      ...(release !== undefined && { release }),
      ...(parent !== undefined && { parent: { run: parent, path: text(row.parent_path) } }),
      ...(traceparent !== undefined && { traceparent }),
      createdAt: integer(row.created_at),
      ...(startedAt !== undefined && { startedAt }),
      ...(endedAt !== undefined && { endedAt }),
      ...(deadlineAt !== undefined && { deadlineAt }),
      ...(wakeAt !== undefined && { wakeAt }),
      epoch: integer(row.epoch),
      usage: {
        inputTokens: integer(row.input_tokens),
        outputTokens: integer(row.output_tokens),
        microUsd: integer(row.micro_usd),
        attentionMs: integer(row.attention_ms),
      },
    }
  }
}

/** An error as it stands in its column. Details that are no JSON are left out rather than that the record is lost. */
export function errorText(error: ErrorRecord | undefined): string | null {
  if (error === undefined) return null
  try {
    return JSON.stringify(error)
  } catch {
    const { details: _, cause: __, ...rest } = error
    return JSON.stringify(rest)
  }
}

/**
 * Rows of `entries`: appended, read, and never changed.
 *
 * The rowid is `seq`: SQLite gives the highest there is plus one, and pruning leaves the highest in place, so it only rises.
 */
import type { StatementSync } from 'node:sqlite'
import type { ErrorRecord } from '../../../errors.ts'
import type { Entry, EntryState, NewEntry, StepKind } from '../../records.ts'
import type { EntryReading } from '../../store.ts'
import { integer, optionalInteger, optionalText, type Row, text } from './columns.ts'
import type { Payloads } from './payloads.ts'
import { errorText } from './run-rows.ts'
import type { Database } from './sqlite.ts'

export class Entries {
  readonly #payloads: Payloads
  readonly #insert: StatementSync
  readonly #spend: StatementSync
  readonly #highest: StatementSync
  readonly #load: StatementSync
  readonly #last: StatementSync
  readonly #latest: StatementSync
  readonly #page: StatementSync
  readonly #pageOfScope: StatementSync

  constructor(db: Database, payloads: Payloads) {
    this.#payloads = payloads
    this.#insert = db.prepare(`
      INSERT INTO entries (run, scope, name, kind, state, at, started_at, value, record, error, attempt, due_at, input_tokens, output_tokens, micro_usd, attention_ms, print, version)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#spend = db.prepare(`
      UPDATE runs SET input_tokens = input_tokens + ?, output_tokens = output_tokens + ?, micro_usd = micro_usd + ?, attention_ms = attention_ms + ? WHERE row = ?`)
    this.#highest = db.prepare('SELECT max(seq) AS seq FROM entries')
    this.#load = db.prepare('SELECT * FROM entries WHERE run = (SELECT row FROM runs WHERE id = ?) AND scope = ? ORDER BY seq')
    this.#last = db.prepare(
      `SELECT * FROM entries WHERE run = (SELECT row FROM runs WHERE id = ?) AND scope = ? AND state = 'completed' ORDER BY seq DESC LIMIT 1`,
    )
    this.#latest = db.prepare(
      'SELECT * FROM entries WHERE run = (SELECT row FROM runs WHERE id = ?) AND scope = ? AND name = ? ORDER BY seq DESC LIMIT 1',
    )
    this.#pageOfScope = db.prepare(
      'SELECT * FROM entries WHERE run = (SELECT row FROM runs WHERE id = ?) AND scope = ? AND seq > ? ORDER BY seq LIMIT ?',
    )
    this.#page = db.prepare(`
      SELECT * FROM entries WHERE seq IN (SELECT seq FROM entries INDEXED BY entries_by_scope WHERE run = (SELECT row FROM runs WHERE id = ?) AND seq > ? ORDER BY seq LIMIT ?)
      ORDER BY seq`)
  }

  /** Appends, adds what was used up to the run's totals, and returns the entry's place in the journal. */
  append(run: number, entry: NewEntry, now: number): number {
    const { usage, error } = entry
    const added = this.#insert.run(
      run,
      entry.scope,
      entry.name,
      entry.kind,
      entry.state,
      now,
      entry.startedAt,
      this.#payloads.putOptional(entry.value),
      this.#payloads.putOptional(entry.record),
      this.#payloads.seal(errorText(error)),
      entry.attempt ?? null,
      entry.dueAt ?? null,
      usage?.inputTokens ?? null,
      usage?.outputTokens ?? null,
      usage?.microUsd ?? null,
      usage?.attentionMs ?? null,
      this.#payloads.seal(entry.print),
      entry.version ?? null,
    )
    if (usage !== undefined) this.#spend.run(usage.inputTokens, usage.outputTokens, usage.microUsd, usage.attentionMs, run)
    return Number(added.lastInsertRowid)
  }

  /** The last place given, 0 in an empty journal. */
  highest(): number {
    return optionalInteger(this.#highest.get()?.seq ?? null) ?? 0
  }

  load(run: string, scope: string): Entry[] {
    return this.#load.all(run, scope).map((row) => this.#entry(row))
  }

  last(run: string, scope: string): Entry | undefined {
    const row = this.#last.get(run, scope)
    return row === undefined ? undefined : this.#entry(row)
  }

  /** How one path stands. */
  latest(run: string, scope: string, name: string): Entry | undefined {
    const row = this.#latest.get(run, scope, name)
    return row === undefined ? undefined : this.#entry(row)
  }

  page(run: string, reading: EntryReading): Entry[] {
    const { after = 0, limit = 1000, scope } = reading
    const rows = scope === undefined ? this.#page.all(run, after, limit) : this.#pageOfScope.all(run, scope, after, limit)
    return rows.map((row) => this.#entry(row, reading))
  }

  #entry(row: Row, { values = true, records = true }: EntryReading = {}): Entry {
    const wanted = (which: boolean | readonly StepKind[]): boolean =>
      typeof which === 'boolean' ? which : which.some((kind) => kind === row.kind)
    const value = wanted(values) ? this.#payloads.getOptional(row.value) : undefined
    const record = wanted(records) ? this.#payloads.getOptional(row.record) : undefined
    const error = this.#payloads.unsealOptional(row.error)
    const attempt = optionalInteger(row.attempt)
    const dueAt = optionalInteger(row.due_at)
    const print = this.#payloads.unsealOptional(row.print)
    const version = optionalText(row.version)
    return {
      seq: integer(row.seq),
      scope: text(row.scope),
      name: text(row.name),
      kind: text(row.kind) as StepKind,
      state: text(row.state) as EntryState,
      at: integer(row.at),
      startedAt: integer(row.started_at),
      ...(value !== undefined && { value }),
      ...(record !== undefined && { record }),
      ...(error !== undefined && { error: JSON.parse(error) as ErrorRecord }),
      ...(attempt !== undefined && { attempt }),
      ...(dueAt !== undefined && { dueAt }),
      ...(row.input_tokens !== null && {
        usage: {
          inputTokens: integer(row.input_tokens),
          outputTokens: integer(row.output_tokens),
          microUsd: integer(row.micro_usd),
          attentionMs: integer(row.attention_ms),
        },
      }),
      ...(print !== undefined && { print }),
      ...(version !== undefined && { version }),
    }
  }
}

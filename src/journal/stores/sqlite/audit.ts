/**
 * `AuditStore` on SQLite. The last line is read in the transaction that appends the next, so two processes never fork the chain.
 */
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { type ActOutcome, type ActRecord, chained, FIRST, type NewAct } from '../../access-records.ts'
import type { AuditFilter, AuditStore } from '../../store.ts'
import type { Batch } from './batch.ts'
import { integer, optionalText, type Row, text } from './columns.ts'
import type { Reader } from './reader.ts'

export class SqliteAudit implements AuditStore {
  readonly #reader: Reader
  readonly #batch: Batch
  readonly #last: StatementSync
  readonly #insert: StatementSync

  constructor(reader: Reader, batch: Batch) {
    this.#reader = reader
    this.#batch = batch
    this.#last = reader.prepare('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1')
    this.#insert = reader.prepare(`
      INSERT INTO audit (seq, at, by, credential, what, about, outcome, came_from, request, detail, previous, hash)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  }

  append(acts: readonly NewAct[]): Promise<ActRecord[]> {
    return this.#batch.write((now) => this.insert(acts, now))
  }

  /** Inside a write. */
  insert(acts: readonly NewAct[], now: number): ActRecord[] {
    const row = acts.length === 0 ? undefined : this.#last.get()
    let last = row === undefined ? FIRST : { seq: integer(row.seq), hash: text(row.hash) }
    return acts.map((act) => {
      const line = chained(last, act, now)
      this.#keep(line)
      last = line
      return line
    })
  }

  list({ by, what, on, after, before, limit = 1000 }: AuditFilter): Promise<ActRecord[]> {
    const conditions: readonly [string, SQLInputValue | undefined][] = [
      ['by = ?', by],
      ['what = ?', what],
      ['about = ?', on],
      ['seq > ?', after],
      ['seq < ?', before],
    ]
    const wanted = conditions.flatMap(([condition, value]) => (value === undefined ? [] : [{ condition, value }]))
    const where = wanted.length === 0 ? '' : `WHERE ${wanted.map(({ condition }) => condition).join(' AND ')}`
    const order = before === undefined ? 'ASC' : 'DESC'
    return this.#reader.read(() =>
      this.#reader
        .cached(`SELECT * FROM audit ${where} ORDER BY seq ${order} LIMIT ?`)
        .all(...wanted.map(({ value }) => value), limit)
        .map(recordOf),
    )
  }

  #keep({ seq, at, by, credential, what, on, outcome, from, request, detail, previous, hash }: ActRecord): void {
    const optional = (field: string | undefined): string | null => field ?? null
    const [about, cameFrom] = [optional(on), optional(from)]
    this.#insert.run(seq, at, by, optional(credential), what, about, outcome, cameFrom, optional(request), optional(detail), previous, hash)
  }
}

function recordOf(row: Row): ActRecord {
  const field = (name: string, column: string): Record<string, string> => {
    const value = optionalText(row[column])
    return value === undefined ? {} : { [name]: value }
  }
  return {
    seq: integer(row.seq),
    at: integer(row.at),
    by: text(row.by),
    ...field('credential', 'credential'),
    what: text(row.what),
    ...field('on', 'about'),
    outcome: text(row.outcome) as ActOutcome,
    ...field('from', 'came_from'),
    ...field('request', 'request'),
    ...field('detail', 'detail'),
    previous: text(row.previous),
    hash: text(row.hash),
  }
}

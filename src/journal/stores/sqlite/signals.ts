/**
 * Rows of `signals`: delivered once per run and id, in order, whether or not the run exists yet.
 */
import type { StatementSync } from 'node:sqlite'
import type { SignalRecord } from '../../records.ts'
import { integer, text } from './columns.ts'
import type { Payloads } from './payloads.ts'
import type { Database } from './sqlite.ts'

export class Signals {
  readonly #payloads: Payloads
  readonly #known: StatementSync
  readonly #insert: StatementSync
  readonly #toTake: StatementSync
  readonly #take: StatementSync

  constructor(db: Database, payloads: Payloads) {
    this.#payloads = payloads
    this.#known = db.prepare('SELECT 1 FROM signals WHERE run = ? AND id = ?')
    this.#insert = db.prepare('INSERT INTO signals (run, id, topic, value, at) VALUES (?, ?, ?, ?, ?)')
    this.#toTake = db.prepare('SELECT * FROM signals INDEXED BY signals_to_take WHERE run = ? AND taken = 0 ORDER BY seq')
    this.#take = db.prepare('UPDATE signals SET taken = 1 WHERE run = ? AND id = ?')
  }

  /** Says whether it is new. */
  add(signal: Omit<SignalRecord, 'at'>, now: number): boolean {
    if (this.#known.get(signal.run, signal.id) !== undefined) return false
    this.#insert.run(signal.run, signal.id, signal.topic, this.#payloads.put(signal.value), now)
    return true
  }

  toTake(run: string): SignalRecord[] {
    return this.#toTake.all(run).map((row) => ({
      id: text(row.id),
      run: text(row.run),
      topic: text(row.topic),
      value: this.#payloads.get(row.value),
      at: integer(row.at),
    }))
  }

  take(run: string, id: string): void {
    this.#take.run(run, id)
  }
}

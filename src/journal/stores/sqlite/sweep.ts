/**
 * Removes payloads that nothing uses any more: mark and sweep, among those that lost a reference.
 *
 * Invariants:
 *   W1. Only what was a suspect before the look through the rows began is removed after it. A payload that found a new use
 *       meanwhile is no suspect any more (payloads.ts), and if it lost that too it is a later suspect.
 *   W2. So it is safe beside any other process that writes, or prunes.
 */
import type { StatementSync } from 'node:sqlite'
import type { Batch } from './batch.ts'
import { optionalInteger } from './columns.ts'
import type { Database } from './sqlite.ts'

/** Every column that may hold a payload. */
const USES: readonly { readonly table: string; readonly key: string; readonly columns: readonly string[] }[] = [
  { table: 'runs', key: 'row', columns: ['input', 'output'] },
  { table: 'entries', key: 'seq', columns: ['value', 'record'] },
  { table: 'reviews', key: 'row', columns: ['question'] },
  { table: 'signals', key: 'seq', columns: ['value'] },
  { table: 'cases', key: 'seq', columns: ['question', 'answer', 'predicted', 'answers'] },
]

const KEYS_AT_ONCE = 2000
const REMOVED_AT_ONCE = 250

/** The statements for one table. */
interface Use {
  readonly span: StatementSync
  /** Clears the suspects that rows within a span of keys use. */
  readonly clear: StatementSync
  readonly columns: number
}

export class Sweep {
  readonly #batch: Batch
  readonly #uses: readonly Use[]
  readonly #suspect: StatementSync
  readonly #latest: StatementSync
  readonly #some: StatementSync
  readonly #remove: StatementSync
  readonly #acquit: StatementSync

  constructor(db: Database, batch: Batch) {
    this.#batch = batch
    this.#uses = USES.map(({ table, key, columns }) => {
      const used = columns.map((column) => `SELECT ${column} FROM ${table} WHERE ${key} > ? AND ${key} <= ? AND typeof(${column}) = 'blob'`)
      return {
        span: db.prepare(`SELECT min(${key}) AS first, max(${key}) AS last FROM ${table}`),
        clear: db.prepare(`DELETE FROM suspects WHERE hash IN (${used.join(' UNION ALL ')})`),
        columns: columns.length,
      }
    })
    this.#suspect = db.prepare('INSERT OR IGNORE INTO suspects (hash) VALUES (?)')
    this.#latest = db.prepare('SELECT max(id) AS id FROM suspects')
    this.#some = db.prepare(`SELECT max(id) AS id FROM (SELECT id FROM suspects WHERE id <= ? ORDER BY id LIMIT ${REMOVED_AT_ONCE})`)
    this.#remove = db.prepare('DELETE FROM payloads WHERE hash IN (SELECT hash FROM suspects WHERE id <= ?)')
    this.#acquit = db.prepare('DELETE FROM suspects WHERE id <= ?')
  }

  /** Inside a write: a row that used this payload is gone. */
  suspect(hash: Uint8Array): void {
    this.#suspect.run(hash)
  }

  /** Returns how many payloads it removed. */
  async run(): Promise<number> {
    const latest = await this.#batch.write(() => optionalInteger(this.#latest.get()?.id ?? null))
    if (latest === undefined) return 0
    for (const use of this.#uses) await this.#clearUsed(use)
    let removed = 0
    for (let more = true; more; ) {
      more = await this.#batch.write(() => {
        const upTo = optionalInteger(this.#some.get(latest)?.id ?? null)
        if (upTo === undefined) return false
        removed += Number(this.#remove.run(upTo).changes)
        this.#acquit.run(upTo)
        return true
      })
    }
    return removed
  }

  async #clearUsed({ span, clear, columns }: Use): Promise<void> {
    const { first, last } = await this.#batch.write(() => {
      const row = span.get()
      return { first: optionalInteger(row?.first ?? null) ?? 1, last: optionalInteger(row?.last ?? null) ?? 0 }
    })
    for (let key = first - 1; key < last; key += KEYS_AT_ONCE) {
      const bounds = [key, key + KEYS_AT_ONCE]
      await this.#batch.write(() => clear.run(...Array.from({ length: columns }, () => bounds).flat()))
    }
  }
}

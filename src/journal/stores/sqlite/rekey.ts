/**
 * Encrypting anew: everything under the key that is written under now, in small transactions beside whoever else works.
 *
 * It is also how a plain database becomes an encrypted one. Invariants:
 *   R1. What is read at any moment can be read: a row and what it points to change in one transaction.
 *   R2. It may be stopped and begun again: what is done already is passed over.
 *   R3. The other keys are forgotten only when nothing is left under them.
 */
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import type { RekeyProgress } from '../../store.ts'
import type { Batch } from './batch.ts'
import { bytes, integer, optionalInteger, type Row, text } from './columns.ts'
import { isAddress, MEMO, type Payloads } from './payloads.ts'
import type { Database } from './sqlite.ts'
import type { Sweep } from './sweep.ts'
import { forgetOtherKeys, isSealed, type Vault } from './vault.ts'

interface Table {
  readonly name: string
  readonly key: string
  /** Columns that hold a payload, or its address. */
  readonly payloads: readonly string[]
  /** Columns of text that is sealed where it stands. */
  readonly texts: readonly string[]
}

const TABLES: readonly Table[] = [
  { name: 'runs', key: 'row', payloads: ['input', 'output'], texts: ['input_print', 'error', 'reason', 'request_reason'] },
  { name: 'entries', key: 'seq', payloads: ['value', 'record'], texts: ['error', 'print'] },
  { name: 'reviews', key: 'row', payloads: ['question'], texts: ['title', 'answers', 'comments'] },
  { name: 'signals', key: 'seq', payloads: ['value'], texts: [] },
  { name: 'cases', key: 'seq', payloads: ['question', 'answer', 'predicted', 'answers'], texts: [] },
  { name: 'measures', key: 'seq', payloads: [], texts: ['why'] },
]

const ROWS_AT_ONCE = 200

/** One page: what to do with the rows after a key. */
type Page = (after: number) => { readonly rows: number; readonly last: number }

export class Rekey {
  readonly #db: Database
  readonly #batch: Batch
  readonly #payloads: Payloads
  readonly #sweep: Sweep
  readonly #vault: Vault

  constructor(parts: { db: Database; batch: Batch; payloads: Payloads; sweep: Sweep; vault: Vault }) {
    this.#db = parts.db
    this.#batch = parts.batch
    this.#payloads = parts.payloads
    this.#sweep = parts.sweep
    this.#vault = parts.vault
  }

  async run(progress: (progress: RekeyProgress) => void): Promise<RekeyProgress> {
    const pages: readonly [string, Page][] = [
      ...TABLES.map((table): [string, Page] => [table.name, this.#rowsOf(table)]),
      ['payloads', this.#bodies()],
      ['memos', this.#memos()],
    ]
    const counts = pages.map(([name]) => this.#db.prepare(`SELECT count(*) AS n FROM ${name}`))
    const of = counts.reduce((sum, count) => sum + integer(count.get()?.n), 0)
    let done = 0
    for (const [, page] of pages)
      for (let after = 0, more = true; more; ) {
        const { rows, last } = await this.#batch.write(() => page(after))
        after = last
        done += rows
        more = rows === ROWS_AT_ONCE
        progress({ done: Math.min(done, of), of })
      }
    await this.#sweep.run()
    await this.#batch.write(() => forgetOtherKeys(this.#db, this.#vault.keyId))
    // What was there before stands in the log until it is worked into the file.
    this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    return { done: of, of }
  }

  #rowsOf({ name, key, payloads, texts }: Table): Page {
    const columns = [...payloads, ...texts]
    const select = this.#db.prepare(
      `SELECT ${[key, ...columns].join(', ')} FROM ${name} WHERE ${key} > ? ORDER BY ${key} LIMIT ${ROWS_AT_ONCE}`,
    )
    const update = this.#db.prepare(`UPDATE ${name} SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE ${key} = ?`)
    return paged(select, key, (row) => {
      const before = columns.map((column) => row[column] ?? null)
      const after = [
        ...payloads.map((column) => this.#payload(row[column] ?? null)),
        ...texts.map((column) => this.#text(row[column] ?? null)),
      ]
      if (after.some((value, index) => value !== before[index])) update.run(...after, integer(row[key]))
    })
  }

  #payload(column: Row[string]): SQLInputValue {
    if (column === null || column === undefined) return null
    if (column instanceof Uint8Array && isAddress(column)) {
      const body = this.#db.prepare('SELECT body FROM payloads WHERE hash = ?').get(column)?.body
      if (body instanceof Uint8Array && isSealed(body)) return column
      const moved = this.#payloads.put(this.#payloads.get(column))
      this.#sweep.suspect(column)
      return moved
    }
    if (column instanceof Uint8Array && this.#vault.isCurrent(column)) return column
    return this.#payloads.put(this.#payloads.get(column))
  }

  #text(column: Row[string]): SQLInputValue {
    if (column === null || column === undefined) return null
    const kept = text(column)
    return this.#vault.isCurrent(kept) ? kept : this.#payloads.seal(this.#payloads.unseal(kept))
  }

  /** Those that are plain still are nobody's any more, and go with the sweep. */
  #bodies(): Page {
    const select = this.#db.prepare(`SELECT rowid AS place, hash, body FROM payloads WHERE rowid > ? ORDER BY rowid LIMIT ${ROWS_AT_ONCE}`)
    const update = this.#db.prepare('UPDATE payloads SET body = ? WHERE rowid = ?')
    return paged(select, 'place', ({ place, hash, body }) => {
      if (!(body instanceof Uint8Array) || !isSealed(body)) this.#sweep.suspect(bytes(hash))
      else if (!this.#vault.isCurrent(body)) update.run(this.#vault.seal(this.#vault.open(body, bytes(hash)), bytes(hash)), integer(place))
    })
  }

  #memos(): Page {
    const select = this.#db.prepare(`SELECT rowid AS place, key, value FROM memos WHERE rowid > ? ORDER BY rowid LIMIT ${ROWS_AT_ONCE}`)
    const update = this.#db.prepare('UPDATE OR REPLACE memos SET key = ?, value = ? WHERE rowid = ?')
    return paged(select, 'place', ({ place, key, value }) => {
      const kept = bytes(value)
      const plain = this.#vault.tryOpen(kept, MEMO)
      if (plain === undefined) update.run(this.#payloads.memoKey(text(key)), this.#payloads.sealBytes(kept), integer(place))
      else if (!this.#vault.isCurrent(kept)) update.run(text(key), this.#payloads.sealBytes(plain), integer(place))
    })
  }
}

function paged(select: StatementSync, key: string, each: (row: Row) => void): Page {
  return (after) => {
    const rows = select.all(after)
    for (const row of rows) each(row)
    return { rows: rows.length, last: optionalInteger(rows.at(-1)?.[key] ?? null) ?? after }
  }
}

/**
 * Payloads: encoded text, kept once per content.
 *
 * Text of up to 128 bytes stands in the row that uses it. Longer text is kept in `payloads` under its sha256, compressed
 * above 1 KiB when that helps, and the row holds the hash.
 * Invariant: whoever comes to use a payload that was there already clears it of the suspicion of being an orphan, in the same
 * transaction; so pruning never removes what a row still uses, whichever process wrote that row.
 */
import { hash } from 'node:crypto'
import type { SQLOutputValue, StatementSync } from 'node:sqlite'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { RondoError } from '../../../errors.ts'
import { text as textOf } from './columns.ts'
import type { Database } from './sqlite.ts'

const INLINE_BYTES = 128
const COMPRESS_FROM = 1024
const FAST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

export class Payloads {
  readonly #known: StatementSync
  readonly #insert: StatementSync
  readonly #clear: StatementSync
  readonly #read: StatementSync

  constructor(db: Database) {
    this.#known = db.prepare('SELECT 1 FROM payloads WHERE hash = ?')
    this.#insert = db.prepare('INSERT INTO payloads (hash, body) VALUES (?, ?)')
    this.#clear = db.prepare('DELETE FROM suspects WHERE hash = ?')
    this.#read = db.prepare('SELECT body FROM payloads WHERE hash = ?')
  }

  /** What stands in the row for a text. Call it inside a write. */
  put(text: string): string | Uint8Array {
    if (text.length <= INLINE_BYTES && Buffer.byteLength(text) <= INLINE_BYTES) return text
    const key = hash('sha256', text, 'buffer')
    if (this.#known.get(key) === undefined) this.#insert.run(key, packed(text))
    else this.#clear.run(key)
    return key
  }

  putOptional(text: string | undefined): string | Uint8Array | null {
    return text === undefined ? null : this.put(text)
  }

  /** The text that a row's column stands for. */
  get(column: SQLOutputValue | undefined): string {
    if (!(column instanceof Uint8Array)) return textOf(column)
    const body = this.#read.get(column)?.body
    if (body === undefined)
      throw new RondoError(
        'database_failed',
        `The database has lost the payload ${Buffer.from(column).toString('hex')}. Restore it from a backup.`,
      )
    return body instanceof Uint8Array ? zstdDecompressSync(body).toString() : textOf(body)
  }

  getOptional(column: SQLOutputValue | undefined): string | undefined {
    return column === null ? undefined : this.get(column)
  }
}

function packed(text: string): string | Uint8Array {
  if (text.length < COMPRESS_FROM) return text
  const compressed = zstdCompressSync(text, FAST)
  return compressed.byteLength < Buffer.byteLength(text) * 0.9 ? compressed : text
}

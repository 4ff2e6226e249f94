/**
 * Payloads: encoded text, kept once per content.
 *
 * Text of up to 128 bytes stands in the row that uses it. Longer text is kept in `payloads` under its sha256, compressed
 * above 1 KiB when that helps, and the row holds the hash. Where the database is encrypted, all of it is sealed, the address is an HMAC
 * (vault.ts), and so are the columns of other text that people or models wrote.
 * Invariant: whoever comes to use a payload that was there already clears it of the suspicion of being an orphan, in the same
 * transaction; so pruning never removes what a row still uses, whichever process wrote that row.
 */
import { hash } from 'node:crypto'
import type { SQLOutputValue, StatementSync } from 'node:sqlite'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { RondoError } from '../../../errors.ts'
import { text as textOf } from './columns.ts'
import type { Database } from './sqlite.ts'
import { isSealed, isSealedText, type Vault } from './vault.ts'

const INLINE_BYTES = 128
const COMPRESS_FROM = 1024
const FAST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
const ADDRESS_BYTES = 32
/** How zstd begins, and no text in UTF-8 does. */
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

export class Payloads {
  readonly #vault: Vault | undefined
  readonly #known: StatementSync
  readonly #insert: StatementSync
  readonly #clear: StatementSync
  readonly #read: StatementSync

  constructor(db: Database, vault?: Vault) {
    this.#vault = vault
    this.#known = db.prepare('SELECT 1 FROM payloads WHERE hash = ?')
    this.#insert = db.prepare('INSERT INTO payloads (hash, body) VALUES (?, ?)')
    this.#clear = db.prepare('DELETE FROM suspects WHERE hash = ?')
    this.#read = db.prepare('SELECT body FROM payloads WHERE hash = ?')
  }

  /** What stands in the row for a text. Call it inside a write. */
  put(text: string): string | Uint8Array {
    const vault = this.#vault
    if (text.length <= INLINE_BYTES && Buffer.byteLength(text) <= INLINE_BYTES)
      return vault === undefined ? text : vault.seal(Buffer.from(text))
    const key = vault === undefined ? hash('sha256', text, 'buffer') : vault.address(text)
    if (this.#known.get(key) === undefined)
      this.#insert.run(key, vault === undefined ? packed(text) : vault.seal(Buffer.from(packed(text)), key))
    else this.#clear.run(key)
    return key
  }

  putOptional(text: string | undefined): string | Uint8Array | null {
    return text === undefined ? null : this.put(text)
  }

  /** The text that a row's column stands for. */
  get(column: SQLOutputValue | undefined): string {
    if (!(column instanceof Uint8Array)) return textOf(column)
    if (!isAddress(column)) return this.#open(column).toString()
    const body = this.#read.get(column)?.body
    if (body === undefined)
      throw new RondoError(
        'database_failed',
        `The database has lost the payload ${Buffer.from(column).toString('hex')}. Restore it from a backup.`,
      )
    if (!(body instanceof Uint8Array)) return textOf(body)
    return unpacked(isSealed(body) ? this.#open(body, column) : body)
  }

  getOptional(column: SQLOutputValue | undefined): string | undefined {
    return column === null ? undefined : this.get(column)
  }

  /** Other text, which stands in its row whatever its length. */
  seal(text: string | null | undefined): string | null {
    if (text === null || text === undefined) return null
    return this.#vault === undefined ? text : this.#vault.sealText(text)
  }

  unseal(column: SQLOutputValue | undefined): string {
    const text = textOf(column)
    if (!isSealedText(text)) return text
    if (this.#vault === undefined) throw noKey()
    return this.#vault.openText(text)
  }

  unsealOptional(column: SQLOutputValue | undefined): string | undefined {
    return column === null || column === undefined ? undefined : this.unseal(column)
  }

  sealBytes(plain: Uint8Array): Uint8Array {
    return this.#vault === undefined ? plain : this.#vault.seal(plain, MEMO)
  }

  unsealBytes(column: Uint8Array): Uint8Array {
    return this.#vault === undefined || !isSealed(column) ? column : new Uint8Array(this.#vault.open(column, MEMO))
  }

  /** What a memo is kept under: a key may be the plain hash of a text. */
  memoKey(key: string): string {
    return this.#vault === undefined ? key : this.#vault.address(key).toString('base64url')
  }

  #open(blob: Uint8Array, place?: Uint8Array): Buffer {
    if (this.#vault === undefined) throw noKey()
    return this.#vault.open(blob, place)
  }
}

/** What the bytes of a memo are sealed for. */
export const MEMO = Buffer.from('memo')

/** Whether a blob in a row is the address of a payload: what is sealed in the row itself is longer. */
export function isAddress(column: Uint8Array): boolean {
  return column.length === ADDRESS_BYTES
}

function packed(text: string): string | Uint8Array {
  if (text.length < COMPRESS_FROM) return text
  const compressed = zstdCompressSync(text, FAST)
  return compressed.byteLength < Buffer.byteLength(text) * 0.9 ? compressed : text
}

function unpacked(bytes: Uint8Array): string {
  return ZSTD.equals(bytes.subarray(0, ZSTD.length)) ? zstdDecompressSync(bytes).toString() : Buffer.from(bytes).toString()
}

function noKey(): RondoError {
  return new RondoError('key_missing', 'The database holds something encrypted, and was opened without a key. Give it: RONDO_KEY.')
}

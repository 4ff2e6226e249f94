/**
 * Encryption of what a database holds: AES-256-GCM, the id of the key in front.
 *
 * Owns: the form of what is sealed, and the secret by which payloads are addressed. Invariants:
 *   V1. Equal texts are not seen to be equal without a key: each is sealed under a nonce of its own, and addressed by an HMAC.
 *   V2. The secret of the addresses never changes, so a new key moves nothing; it is kept sealed under every key that may open it.
 *   V3. A database that is encrypted is not opened without its key: not to be read, and not to be written plainly into.
 * Form: 1 byte version, 4 bytes key id, 12 bytes nonce, what is sealed, 16 bytes tag; as text, a mark and the same in base64.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { RondoError } from '../../../errors.ts'
import type { EncryptionKey, KeyRing } from '../../encryption-keys.ts'
import { bytes, text } from './columns.ts'
import type { Database } from './sqlite.ts'

const VERSION = 1
const ID_END = 5
const NONCE_END = 17
const TAG_BYTES = 16
const SECRET_BYTES = 32
const MARK = '\u0001sealed:'
const NOTHING = Buffer.alloc(0)

export class Vault {
  readonly keyId: string
  readonly #keys: ReadonlyMap<string, EncryptionKey>
  readonly #current: EncryptionKey
  readonly #head: Buffer
  readonly #addresses: Buffer

  constructor(keys: KeyRing, addresses: Buffer) {
    ;[this.#current] = keys
    this.#keys = new Map(keys.map((key) => [key.id, key]))
    this.keyId = this.#current.id
    this.#head = Buffer.concat([Buffer.from([VERSION]), Buffer.from(this.keyId, 'hex')])
    this.#addresses = addresses
  }

  /** Where a text is kept. */
  address(content: string): Buffer {
    return createHmac('sha256', this.#addresses).update(content).digest()
  }

  /** `place`: what it must be opened for; empty unless given. */
  seal(plain: Uint8Array, place: Uint8Array = NOTHING): Buffer {
    return sealed(this.#current, this.#head, plain, place)
  }

  /** Throws `key_wrong`, naming the key that is missing. */
  open(blob: Uint8Array, place: Uint8Array = NOTHING): Buffer {
    const id = keyIdOf(blob)
    const key = this.#keys.get(id)
    if (key === undefined) throw wrong(`Something in the database is encrypted under the key ${id}, which is not among those given.`, id)
    return opened(key, blob, place)
  }

  /** `undefined` for what is not sealed at all. */
  tryOpen(blob: Uint8Array, place: Uint8Array): Buffer | undefined {
    const key = isSealed(blob) ? this.#keys.get(keyIdOf(blob)) : undefined
    try {
      return key === undefined ? undefined : opened(key, blob, place)
    } catch {
      return undefined
    }
  }

  sealText(plain: string): string {
    return MARK + this.seal(Buffer.from(plain)).toString('base64')
  }

  openText(column: string): string {
    return isSealedText(column) ? this.open(blobOf(column)).toString() : column
  }

  /** Whether it is sealed, and under the key that is written under now. */
  isCurrent(column: string | Uint8Array): boolean {
    if (typeof column === 'string') return isSealedText(column) && keyIdOf(blobOf(column)) === this.keyId
    return isSealed(column) && keyIdOf(column) === this.keyId
  }
}

/** What zstd wrote begins otherwise, and an address is shorter. */
export function isSealed(column: Uint8Array): boolean {
  return column[0] === VERSION && column.length >= NONCE_END + TAG_BYTES
}

export function isSealedText(column: string): boolean {
  return column.startsWith(MARK)
}

/**
 * The vault of a database, for these keys; `undefined` where nothing is encrypted. Throws `key_missing` and `key_wrong`. A database that was
 * plain becomes one that is encrypted from here on.
 */
export function openVault(db: Database, file: string, keys: KeyRing | undefined, readOnly: boolean): Vault | undefined {
  const known = sealedSecrets(db)
  if (keys === undefined) {
    if (known.size === 0) return undefined
    throw new RondoError(
      'key_missing',
      `${file} is encrypted (under the key ${[...known.keys()].join(', ')}). Give its key: RONDO_KEY, RONDO_KEY_FILE, or \`encryption\` in the config.`,
      {
        details: { file, keys: [...known.keys()] },
      },
    )
  }
  if (readOnly) return new Vault(keys, known.size === 0 ? randomBytes(SECRET_BYTES) : secretOf(known, keys, file))
  db.exec('BEGIN IMMEDIATE')
  try {
    const vault = new Vault(keys, keepSecret(db, keys, file))
    db.exec('COMMIT')
    // What is deleted or moved is not left to be found.
    db.exec('PRAGMA secure_delete = ON')
    return vault
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** Forgets under which other keys the secret was kept: they open nothing any more. */
export function forgetOtherKeys(db: Database, keyId: string): void {
  db.prepare('DELETE FROM secrets WHERE key_id <> ?').run(keyId)
}

function sealedSecrets(db: Database): Map<string, Uint8Array> {
  const rows = db.prepare("SELECT key_id, sealed FROM secrets WHERE name = 'addresses'").all()
  return new Map(rows.map((row) => [text(row.key_id), bytes(row.sealed)]))
}

function secretOf(known: ReadonlyMap<string, Uint8Array>, keys: KeyRing, file: string): Buffer {
  for (const key of keys) {
    const blob = known.get(key.id)
    if (blob !== undefined) return opened(key, blob, Buffer.from('addresses'))
  }
  const given = keys.map(({ id }) => id).join(', ')
  throw wrong(
    `${file} is encrypted under the key ${[...known.keys()].join(', ')}, and given was ${given}. Give the right one; after a change of keys, also the old one (RONDO_OLD_KEYS).`,
    given,
  )
}

function keepSecret(db: Database, keys: KeyRing, file: string): Buffer {
  const known = sealedSecrets(db)
  const secret = known.size === 0 ? randomBytes(SECRET_BYTES) : secretOf(known, keys, file)
  const [current] = keys
  if (!known.has(current.id)) {
    const head = Buffer.concat([Buffer.from([VERSION]), Buffer.from(current.id, 'hex')])
    const blob = sealed(current, head, secret, Buffer.from('addresses'))
    db.prepare("INSERT INTO secrets (name, key_id, sealed) VALUES ('addresses', ?, ?)").run(current.id, blob)
  }
  return secret
}

function sealed(key: EncryptionKey, head: Buffer, plain: Uint8Array, place: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_END - ID_END)
  const cipher = createCipheriv('aes-256-gcm', key.secret, nonce)
  cipher.setAAD(place)
  return Buffer.concat([head, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function opened(key: EncryptionKey, blob: Uint8Array, place: Uint8Array): Buffer {
  const end = blob.length - TAG_BYTES
  const cipher = createDecipheriv('aes-256-gcm', key.secret, blob.subarray(ID_END, NONCE_END), { authTagLength: TAG_BYTES })
  cipher.setAAD(place)
  cipher.setAuthTag(blob.subarray(end))
  try {
    return Buffer.concat([cipher.update(blob.subarray(NONCE_END, end)), cipher.final()])
  } catch (error) {
    throw new RondoError(
      'database_failed',
      'Something encrypted in the database was changed since it was written. Restore it from a backup.',
      {
        cause: error,
      },
    )
  }
}

function keyIdOf(blob: Uint8Array): string {
  return Buffer.from(blob.subarray(1, ID_END)).toString('hex')
}

function blobOf(column: string): Buffer {
  return Buffer.from(column.slice(MARK.length), 'base64')
}

function wrong(message: string, key: string): RondoError {
  return new RondoError('key_wrong', message, { details: { key } })
}

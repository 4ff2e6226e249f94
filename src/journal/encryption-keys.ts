/**
 * The keys that payloads are encrypted under: read from text or a file, told apart by ids that open nothing.
 *
 * Never: keeps a key anywhere but in memory, or says one in a message.
 */
import { createHmac, hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { RondoError } from '../errors.ts'

export interface EncryptionOptions {
  /** 32 bytes as base64 or hex: `openssl rand -base64 32`. What is written from now on is written under it. */
  readonly key?: string
  /** A file that holds it instead. */
  readonly keyFile?: string
  /** Keys that things are still encrypted under, until `rondo rekey` has been through. */
  readonly oldKeys?: readonly string[]
}

export interface EncryptionKey {
  /** Eight hex digits: stands in front of what is encrypted. */
  readonly id: string
  readonly secret: Buffer
}

/** The first is the one to write under. */
export type KeyRing = readonly [EncryptionKey, ...EncryptionKey[]]

const KEY_BYTES = 32

/** The keys of a configuration; `undefined`: nothing is to be encrypted. Throws `config_invalid`. */
export function keyRing({ key, keyFile, oldKeys = [] }: EncryptionOptions): KeyRing | undefined {
  const text = key ?? (keyFile === undefined ? undefined : fileText(keyFile))
  if (text === undefined) {
    if (oldKeys.length === 0) return undefined
    throw new RondoError(
      'config_invalid',
      'There are old keys of the encryption, but no key to write under. Give `encryption.key` (RONDO_KEY).',
    )
  }
  return [keyOf(text, 'encryption.key'), ...oldKeys.map((old) => keyOf(old, 'encryption.oldKeys'))]
}

function keyOf(text: string, where: string): EncryptionKey {
  const plain = text.trim()
  const bytes = /^[0-9a-f]{64}$/i.test(plain) ? Buffer.from(plain, 'hex') : Buffer.from(plain, 'base64')
  if (bytes.length !== KEY_BYTES || !/^[\w+/=-]+$/.test(plain))
    throw new RondoError(
      'config_invalid',
      `\`${where}\` is no key: it takes ${KEY_BYTES} bytes as base64 or hex, as "openssl rand -base64 32" makes them.`,
    )
  const secret = Buffer.from(hkdfSync('sha256', bytes, '', 'rondo payloads', KEY_BYTES))
  return { id: createHmac('sha256', bytes).update('rondo key id').digest('hex').slice(0, 8), secret }
}

function fileText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new RondoError('config_invalid', `The key file ${file} cannot be read. Check its path and permissions.`, { cause: error })
  }
}

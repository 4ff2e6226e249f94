/**
 * Secrets that this system makes: tokens and session cookies. 256 bits of chance each, so a plain sha256 is all that is kept of them.
 */
import { createHash, randomBytes } from 'node:crypto'

const TOKEN_PREFIX = 'rondo_'

/** What a cookie holds. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** A token, told from other secrets by its beginning, so that a scanner finds it where it should not be. */
export function newToken(): string {
  return `${TOKEN_PREFIX}${newSecret()}`
}

/** A short name for a record, that opens nothing. */
export function newId(): string {
  return randomBytes(8).toString('hex')
}

/** What is kept of a secret, and what it is found by: no comparison tells by its time how much of a guess was right. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/**
 * Passwords: hashed with scrypt under a salt of their own, and compared in constant time.
 *
 * The cost is OWASP's (N=2^15, r=8, p=3: 32 MiB, some tenths of a second), and stands in each hash, so it can be raised later.
 * Invariant: a name that nobody has costs as much to try as one that somebody has.
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { RondoError } from '../errors.ts'

export interface PasswordCost {
  /** A power of two. */
  readonly n: number
  readonly r: number
  readonly p: number
}

const COST: PasswordCost = { n: 2 ** 15, r: 8, p: 3 }
const SALT_BYTES = 16
const HASH_BYTES = 32
const SHORTEST = 12
const LONGEST = 256

/** Throws `invalid_input` for a password that is too short to be one. */
export function checkPassword(password: string, name: string): void {
  const normal = password.normalize('NFKC')
  const length = [...normal].length
  if (length < SHORTEST || length > LONGEST)
    throw new RondoError('invalid_input', `A password has ${SHORTEST} to ${LONGEST} characters. A few words make a good one.`)
  if (new Set(normal).size < 4 || normal.toLowerCase() === name)
    throw new RondoError('invalid_input', 'This password is too easy to guess. A few words make a good one.')
}

export class Passwords {
  readonly #cost: PasswordCost
  #nobody: Promise<string> | undefined

  constructor(cost: PasswordCost = COST) {
    this.#cost = cost
  }

  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES)
    const hash = await derive(password, salt, this.#cost)
    const { n, r, p } = this.#cost
    return ['scrypt', n, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$')
  }

  /** Against the hash of a user, or of nobody: that takes as long, and is never right. */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    this.#nobody ??= this.hash(randomBytes(SALT_BYTES).toString('hex'))
    const [kind, n, r, p, salt = '', kept = ''] = (hash ?? (await this.#nobody)).split('$')
    const expected = Buffer.from(kept, 'base64url')
    const cost = { n: Number(n), r: Number(r), p: Number(p) }
    const given = await derive(password.slice(0, 4 * LONGEST), Buffer.from(salt, 'base64url'), cost)
    const isRight = kind === 'scrypt' && expected.length === given.length && timingSafeEqual(expected, given)
    return isRight && hash !== undefined
  }

  /** Whether a hash was made at another cost than today's. */
  isOutdated(hash: string): boolean {
    const { n, r, p } = this.#cost
    return !hash.startsWith(`scrypt$${n}$${r}$${p}$`)
  }
}

function derive(password: string, salt: Buffer, { n, r, p }: PasswordCost): Promise<Buffer> {
  const options: ScryptOptions = { N: n, r, p, maxmem: 256 * n * r }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, hash) => (error === null ? resolve(hash) : reject(error)))
  })
}

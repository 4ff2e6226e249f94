/**
 * The records of access: users, their tokens and sessions, attempts to sign in, and the lines of the audit log.
 *
 * Owns: their shapes, and the rule by which one line of the audit log vouches for all before it. Never: holds a secret: passwords are
 * kept as salted hashes, tokens and session cookies as sha256. Times are milliseconds since the epoch.
 */
import { createHash } from 'node:crypto'

/**
 * - `viewer`: sees everything
 * - `reviewer`: answers, too
 * - `operator`: starts, steers and mends, too; edits prompts and cases
 * - `admin`: everything, and the users
 */
export type UserRole = 'viewer' | 'reviewer' | 'operator' | 'admin'

export interface UserRecord {
  /** Lower case. */
  readonly name: string
  readonly role: UserRole
  /** The roles whose questions they may answer; `*` is every one. */
  readonly reviews: readonly string[]
  /** Absent: signs in elsewhere, or not at all. */
  readonly passwordHash?: string
  /** Who they are at the OpenID provider they sign in with. */
  readonly identity?: { readonly issuer: string; readonly subject: string }
  readonly createdAt: number
  readonly disabledAt?: number
}

export interface TokenRecord {
  /** Tells it from others, and opens nothing. */
  readonly id: string
  /** sha256 of the token, hex. */
  readonly hash: string
  readonly user: string
  /** What it is for, in its owner's words. */
  readonly label: string
  readonly scopes: readonly string[]
  readonly createdAt: number
  readonly endsAt?: number
  /** To within some minutes. */
  readonly usedAt?: number
  readonly revokedAt?: number
}

/** How somebody signed in. */
export type SignInWay = 'password' | 'openid'

export interface SessionRecord {
  readonly id: string
  /** sha256 of what the cookie holds, hex. */
  readonly hash: string
  readonly user: string
  readonly way: SignInWay
  readonly from?: string
  readonly createdAt: number
  /** When it was last used, to within a minute. */
  readonly seenAt: number
  /** When it ends, however much it is used. */
  readonly endsAt: number
}

/** Failed attempts that share something: an account, an address. */
export interface AttemptRecord {
  readonly key: string
  readonly failed: number
  /** When the last one was. */
  readonly at: number
  /** Until then nothing is tried. */
  readonly until: number
}

/**
 * - `asked`: written before it is done; unless a line with the same request says otherwise, it was
 * - `done`: written in one transaction with what it tells of
 * - `refused`: it was not done
 */
export type ActOutcome = 'asked' | 'done' | 'refused'

/** What a person did, or tried. Never holds what was answered or written, only what it was about. */
export interface NewAct {
  /** The person; what was claimed, where nobody proved who they are. */
  readonly by: string
  /** By which token, session or command. */
  readonly credential?: string
  /** `inbox.accept`, `run.cancel`, `sign-in`. */
  readonly what: string
  /** A run, a question, a prompt, a user. */
  readonly on?: string
  readonly outcome: ActOutcome
  /** The address it came from. */
  readonly from?: string
  /** The id of the HTTP request. */
  readonly request?: string
  /** In a few words: an error's code, what changed. */
  readonly detail?: string
}

export interface ActRecord extends NewAct {
  /** 1, 2, 3 …, without a gap. */
  readonly seq: number
  readonly at: number
  /** The hash of the line before; of the first, 64 zeros. */
  readonly previous: string
  readonly hash: string
}

/** What stands before the first line. */
export const FIRST: Pick<ActRecord, 'seq' | 'hash'> = { seq: 0, hash: '0'.repeat(64) }

/** The next line of the log. */
export function chained(last: Pick<ActRecord, 'seq' | 'hash'>, act: NewAct, at: number): ActRecord {
  const line = { ...act, seq: last.seq + 1, at, previous: last.hash }
  return { ...line, hash: actHash(line) }
}

/** sha256 over all of a line but the hash itself, in a fixed order. */
export function actHash(line: Omit<ActRecord, 'hash'>): string {
  const { seq, at, previous, by, credential, what, on, outcome, from, request, detail } = line
  const fields = [seq, at, previous, by, credential, what, on, outcome, from, request, detail].map((field) => field ?? null)
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex')
}

/**
 * Signing in: with a password, or by what an OpenID provider says.
 *
 * Invariants:
 *   I1. A wrong name and a wrong password are told apart by nothing: not by words, not by time, not by how often one may try.
 *   I2. An attempt is counted, on disk, before it is looked at; a restart forgives nothing.
 *   I3. Each sign-in, and each that failed, is in the audit log; what was typed as the name of nobody is not: it may be a password.
 *   I4. Who signs in elsewhere is known by issuer and subject; a name that another user has is never given to them.
 */
import { RondoError } from '../errors.ts'
import type { NewAct, UserRecord, UserRole } from '../journal/access-records.ts'
import type { AccessStore } from '../journal/store.ts'
import { barredUntil, cleared, counted, type Keys, keysOf } from './attempts.ts'
import type { Passwords } from './passwords.ts'
import type { Arrival, Sessions, SignedIn } from './sessions.ts'
import { checkAdmins, describe, userName } from './users.ts'

export type SignInResult =
  | ({ readonly kind: 'signed in' } & SignedIn)
  /** Name or password are wrong. */
  | { readonly kind: 'refused' }
  /** Too many were wrong: nothing is tried before this time. */
  | { readonly kind: 'barred'; readonly until: number }

/** What an OpenID provider says of somebody, as far as it matters here. */
export interface Identified {
  readonly issuer: string
  readonly subject: string
  /** What they are to be called here. */
  readonly name: string
  readonly role: UserRole
  readonly reviews: readonly string[]
}

const NOBODY = '?'
const LONGEST_NAME = 500

export class SignIn {
  readonly #store: AccessStore
  readonly #passwords: Passwords
  readonly #sessions: Sessions

  constructor(store: AccessStore, passwords: Passwords, sessions: Sessions) {
    this.#store = store
    this.#passwords = passwords
    this.#sessions = sessions
  }

  async withPassword(given: string, password: string, arrival: Arrival, now: number): Promise<SignInResult> {
    const name = given.slice(0, LONGEST_NAME).normalize('NFKC').trim().toLowerCase()
    const keys = keysOf(name, arrival.from)
    const seen = await this.#count(keys, now)
    if (seen !== undefined) return { kind: 'barred', until: seen }
    const user = await this.#store.read((view) => view.user(name))
    const isRight = await this.#passwords.verify(password, user?.passwordHash)
    if (user === undefined || !isRight || user.disabledAt !== undefined || user.passwordHash === undefined) {
      await this.#store.change(() => ({
        output: undefined,
        acts: [failed(user, arrival, user?.disabledAt === undefined ? 'wrong' : 'disabled')],
      }))
      return { kind: 'refused' }
    }
    const { passwordHash } = user
    const fresh = this.#passwords.isOutdated(passwordHash) ? await this.#passwords.hash(password) : undefined
    return this.#store.change<SignInResult>((view, at) => {
      const current = view.user(name)
      if (current?.passwordHash !== passwordHash || current.disabledAt !== undefined) return { output: { kind: 'refused' } }
      const begun = this.#sessions.begin(view, current, 'password', arrival, at)
      const users = fresh === undefined ? [] : [{ ...current, passwordHash: fresh }]
      return { ...begun, output: { kind: 'signed in', ...begun.output }, users, attempts: cleared(view, keys, at) }
    })
  }

  /** Signs in whom an OpenID provider named. Throws `sign_in_refused` for a user who is disabled here, or a name that is another's. */
  async withIdentity(identified: Identified, arrival: Arrival): Promise<SignedIn> {
    const { issuer, subject, role, reviews } = identified
    const name = userName(identified.name)
    const outcome = await this.#store.change<SignedIn | RondoError>((view, now) => {
      const before = view.userOf({ issuer, subject })
      const refuse = (why: string, user: UserRecord | undefined, message: string) => ({
        output: new RondoError('sign_in_refused', message),
        acts: [failed(user, arrival, why)],
      })
      if (before?.disabledAt !== undefined) return refuse('disabled', before, 'This user is disabled here. Ask an administrator.')
      if (before === undefined && view.user(name) !== undefined)
        return refuse('name is taken', view.user(name), `The name "${name}" is another user's here. Ask an administrator.`)
      const user: UserRecord = { createdAt: now, name, identity: { issuer, subject }, ...before, role, reviews }
      checkAdmins(view, user)
      const begun = this.#sessions.begin(view, user, 'openid', arrival, now)
      const isNew = before === undefined || describe(before) !== describe(user)
      const by = { by: user.name, ...(arrival.from !== undefined && { from: arrival.from }) }
      const act: NewAct = {
        ...by,
        credential: issuer,
        what: before === undefined ? 'user.create' : 'user.change',
        on: user.name,
        outcome: 'done',
        detail: describe(user),
      }
      return { ...begun, users: [user], acts: [...(isNew ? [act] : []), ...(begun.acts ?? [])] }
    })
    if (outcome instanceof RondoError) throw outcome
    return outcome
  }

  /** Notes a sign-in that came to nothing elsewhere. */
  async failedElsewhere(arrival: Arrival, why: string): Promise<void> {
    await this.#store.change(() => ({ output: undefined, acts: [failed(undefined, arrival, why)] }))
  }

  /** Whether this is a user's password. Counts as an attempt to sign in; throws `too_many_attempts`. */
  async isPassword(name: string, password: string, from: string | undefined, now: number): Promise<boolean> {
    const keys = keysOf(name, from)
    const until = await this.#count(keys, now)
    if (until !== undefined) throw tooMany(until)
    const user = await this.#store.read((view) => view.user(name))
    const isRight = await this.#passwords.verify(password, user?.passwordHash)
    if (isRight) await this.#store.change((view, at) => ({ output: undefined, attempts: cleared(view, keys, at) }))
    return isRight
  }

  /** Counts an attempt, or says until when none is taken. Who is barred costs a read. */
  async #count(keys: Keys, now: number): Promise<number | undefined> {
    const until = await this.#store.read((view) => barredUntil(view, keys, now))
    if (until !== undefined) return until
    return this.#store.change((view, at) => {
      const barred = barredUntil(view, keys, at)
      return barred === undefined ? { output: undefined, attempts: counted(view, keys, at) } : { output: barred }
    })
  }
}

export function tooMany(until: number): RondoError {
  return new RondoError('too_many_attempts', `Too many attempts. Try again after ${new Date(until).toISOString()}.`, { details: { until } })
}

function failed(user: UserRecord | undefined, { from, request }: Arrival, detail: string): NewAct {
  return {
    by: user?.name ?? NOBODY,
    what: 'sign-in',
    outcome: 'refused',
    detail,
    ...(from !== undefined && { from }),
    ...(request !== undefined && { request }),
  }
}

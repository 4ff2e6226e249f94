/**
 * Users: who there is, what they may do, and their passwords.
 *
 * Invariants:
 *   U1. What is changed is in the audit log, in the same transaction.
 *   U2. There is always an administrator who can sign in, once there was one.
 *   U3. A user who is disabled, or whose password is set, has no session left but the one it was done in.
 */
import { RondoError } from '../errors.ts'
import type { UserRecord, UserRole } from '../journal/access-records.ts'
import type { AccessStore, AccessView } from '../journal/store.ts'
import { type Actor, doneBy } from './actor.ts'
import { checkPassword, type Passwords } from './passwords.ts'
import { isUserRole, USER_ROLES } from './scopes.ts'

/** A user as others see them: nothing of the password. */
export interface User {
  readonly name: string
  readonly role: UserRole
  readonly reviews: readonly string[]
  /** How they sign in. */
  readonly signsInBy: 'password' | 'openid' | 'nothing'
  readonly createdAt: number
  readonly disabledAt?: number
}

export interface NewUser {
  readonly name: string
  readonly role: UserRole
  /** The roles whose questions they may answer. Default: every one for an `admin`, else none. */
  readonly reviews?: readonly string[]
  readonly password?: string
}

export interface UserChange {
  readonly role?: UserRole
  readonly reviews?: readonly string[]
  readonly disabled?: boolean
}

const LONGEST_NAME = 100
const MOST_REVIEWS = 100

export class Users {
  readonly #store: AccessStore
  readonly #passwords: Passwords

  constructor(store: AccessStore, passwords: Passwords) {
    this.#store = store
    this.#passwords = passwords
  }

  list(): Promise<User[]> {
    return this.#store.read((view) => view.users().map(shown))
  }

  /** Throws `user_unknown`. */
  get(name: string): Promise<User> {
    return this.#store.read((view) => shown(known(view, name)))
  }

  /** Throws `user_taken`, `invalid_input`. */
  async create(actor: Actor, { name: given, role, reviews, password }: NewUser): Promise<User> {
    const name = userName(given)
    checkRole(role)
    if (password !== undefined) checkPassword(password, name)
    const passwordHash = password === undefined ? undefined : await this.#passwords.hash(password)
    const kept = checkReviews(reviews ?? (role === 'admin' ? ['*'] : []))
    return this.#store.change((view, now) => {
      if (view.user(name) !== undefined)
        throw new RondoError('user_taken', `There is a user "${name}" already. Change that one, or take another name.`, {
          details: { name },
        })
      const user: UserRecord = { name, role, reviews: kept, createdAt: now, ...(passwordHash !== undefined && { passwordHash }) }
      return { output: shown(user), users: [user], acts: [doneBy(actor, 'user.create', name, describe(user))] }
    })
  }

  /** Throws `user_unknown`, `invalid_input`; `last_admin` when nobody would be left who may do this. */
  change(actor: Actor, name: string, { role, reviews, disabled }: UserChange): Promise<User> {
    if (role !== undefined) checkRole(role)
    const kept = reviews === undefined ? undefined : checkReviews(reviews)
    return this.#store.change((view, now) => {
      const { disabledAt, ...before } = known(view, name)
      const isDisabled = disabled ?? disabledAt !== undefined
      const user: UserRecord = {
        ...before,
        ...(role !== undefined && { role }),
        ...(kept !== undefined && { reviews: kept }),
        ...(isDisabled && { disabledAt: disabledAt ?? now }),
      }
      checkAdmins(view, user)
      const endSessions = isDisabled ? view.sessions(user.name).map(({ id }) => id) : []
      return { output: shown(user), users: [user], endSessions, acts: [doneBy(actor, 'user.change', user.name, describe(user))] }
    })
  }

  /** Sets a password, and ends the user's sessions but `keep`. */
  async setPassword(actor: Actor, name: string, password: string, keep?: string): Promise<User> {
    checkPassword(password, userName(name))
    const passwordHash = await this.#passwords.hash(password)
    return this.#store.change((view) => {
      const user = { ...known(view, name), passwordHash }
      const endSessions = view.sessions(user.name).flatMap(({ id }) => (id === keep ? [] : [id]))
      return { output: shown(user), users: [user], endSessions, acts: [doneBy(actor, 'user.password', user.name)] }
    })
  }
}

/** The one form of a name. Throws `invalid_input` for text that is none. */
export function userName(text: string): string {
  const name = text.normalize('NFKC').trim().toLowerCase()
  if (name !== '' && name.length <= LONGEST_NAME && /^[\p{L}\p{N}][\p{L}\p{N}._@+-]*$/u.test(name)) return name
  throw new RondoError(
    'invalid_input',
    `A user's name has 1 to ${LONGEST_NAME} letters, digits and "._@+-", and begins with a letter or digit.`,
  )
}

/** Throws `user_unknown`. */
export function known(view: AccessView, name: string): UserRecord {
  const user = view.user(name.normalize('NFKC').trim().toLowerCase())
  if (user !== undefined) return user
  throw new RondoError('user_unknown', 'There is no user of this name. "rondo user list" shows those there are.', { details: { name } })
}

export function shown({ name, role, reviews, passwordHash, identity, createdAt, disabledAt }: UserRecord): User {
  const signsInBy = identity !== undefined ? 'openid' : passwordHash !== undefined ? 'password' : 'nothing'
  return { name, role, reviews, signsInBy, createdAt, ...(disabledAt !== undefined && { disabledAt }) }
}

/** What a user may do, for the audit log. */
export function describe({ role, reviews, disabledAt }: UserRecord): string {
  const parts: string[] = [
    role,
    ...(reviews.length === 0 ? [] : [`reviews ${reviews.join(', ')}`]),
    ...(disabledAt === undefined ? [] : ['disabled']),
  ]
  return parts.join('; ')
}

/** Throws `last_admin` when this change would leave nobody who may change users. */
export function checkAdmins(view: AccessView, changed: UserRecord): void {
  const can = (user: UserRecord): boolean => user.role === 'admin' && user.disabledAt === undefined
  const before = view.users()
  if (!before.some(can) || can(changed) || before.some((user) => user.name !== changed.name && can(user))) return
  throw new RondoError('last_admin', `"${changed.name}" is the last administrator. Make another one first.`, {
    details: { name: changed.name },
  })
}

function checkRole(role: string): void {
  if (!isUserRole(role)) throw new RondoError('invalid_input', `"${role}" is no role of a user. There are: ${USER_ROLES.join(', ')}.`)
}

function checkReviews(reviews: readonly string[]): readonly string[] {
  if (reviews.length <= MOST_REVIEWS && reviews.every((role) => role !== '' && role.length <= LONGEST_NAME)) return [...new Set(reviews)]
  throw new RondoError(
    'invalid_input',
    `A user reviews for at most ${MOST_REVIEWS} roles, each with a name of 1 to ${LONGEST_NAME} characters.`,
  )
}

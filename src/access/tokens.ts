/**
 * Tokens: what programs send instead of signing in. Shown once, kept as a hash.
 *
 * Invariants:
 *   K1. A token can never do more than its user may do at the moment.
 *   K2. Nobody makes a token that may do more than the credential they make it with.
 */
import { RondoError } from '../errors.ts'
import type { TokenRecord } from '../journal/access-records.ts'
import type { AccessStore } from '../journal/store.ts'
import { type Actor, doneBy, type KnownUser, knownUser } from './actor.ts'
import { SCOPES, scopesOf, scopesWithin } from './scopes.ts'
import { hashOf, newId, newToken } from './secrets.ts'
import { known } from './users.ts'

/** A token as it is listed: nothing that opens anything. */
export type Token = Omit<TokenRecord, 'hash'>

export interface NewTokenOptions {
  /** What it is for. */
  readonly label: string
  readonly scopes: readonly string[]
  /** Milliseconds. */
  readonly lastsMs?: number
}

const LONGEST_LABEL = 200
const MOST_TOKENS = 100
const NOTE_EVERY_MS = 5 * 60_000

export class Tokens {
  readonly #store: AccessStore

  constructor(store: AccessStore) {
    this.#store = store
  }

  /** Of one user, or of all; oldest first. */
  list(user?: string): Promise<Token[]> {
    return this.#store.read((view) => view.tokens(user).map(shown))
  }

  /**
   * A new token for a user; `secret` is told here and never again. `within`: the scopes of the credential it is made with.
   * Throws `user_unknown`, `invalid_input`, and `scope_missing` for more than the user, or the credential, may do.
   */
  create(
    actor: Actor,
    name: string,
    options: NewTokenOptions,
    within: readonly string[] = ['*'],
  ): Promise<{ token: Token; secret: string }> {
    const { label, scopes, lastsMs } = options
    check(options)
    const secret = newToken()
    return this.#store.change((view, now) => {
      const user = known(view, name)
      const missing = scopes.filter((scope) => !allowed(scopesOf(user.role), scope) || !allowed(within, scope))
      if (missing.length > 0)
        throw new RondoError(
          'scope_missing',
          `This token cannot be made: its maker, or "${user.name}", may not ${missing.join(', ')} themselves.`,
          {
            details: { scopes: missing },
          },
        )
      if (view.tokens(user.name).filter(({ revokedAt }) => revokedAt === undefined).length >= MOST_TOKENS)
        throw new RondoError('invalid_input', `"${user.name}" has ${MOST_TOKENS} tokens, which is as many as one may have. Revoke some.`)
      const token: TokenRecord = {
        id: newId(),
        hash: hashOf(secret),
        user: user.name,
        label,
        scopes: [...new Set(scopes)],
        createdAt: now,
        ...(lastsMs !== undefined && { endsAt: now + lastsMs }),
      }
      const act = doneBy(actor, 'token.create', token.id, `for ${user.name}; ${token.scopes.join(', ')}`)
      return { output: { token: shown(token), secret }, tokens: [token], acts: [act] }
    })
  }

  /** Throws `token_unknown`; also for one of another than `owner`, where that is given. Revoked twice, it stays as it was. */
  revoke(actor: Actor, id: string, owner?: string): Promise<Token> {
    return this.#store.change((view, now) => {
      const token = view.tokens(owner).find((one) => one.id === id)
      if (token === undefined) throw new RondoError('token_unknown', `There is no token "${id}".`, { details: { token: id } })
      if (token.revokedAt !== undefined) return { output: shown(token) }
      const revoked = { ...token, revokedAt: now }
      return { output: shown(revoked), tokens: [revoked], acts: [doneBy(actor, 'token.revoke', id, `of ${token.user}`)] }
    })
  }

  /** Who sends this token; `undefined` when it is none, is over, or its user is disabled. */
  async holder(secret: string, now: number): Promise<KnownUser | undefined> {
    const hash = hashOf(secret)
    const { token, user } = await this.#store.read((view) => {
      const found = view.token(hash)
      return { token: found, user: found === undefined ? undefined : view.user(found.user) }
    })
    if (token === undefined || user === undefined || !isAlive(token, now) || user.disabledAt !== undefined) return undefined
    if (now - (token.usedAt ?? 0) > NOTE_EVERY_MS) await this.#note(hash)
    return knownUser(user, scopesWithin(user.role, token.scopes), `token ${token.id}`)
  }

  #note(hash: string): Promise<void> {
    return this.#store.change((view, now) => {
      const token = view.token(hash)
      return { output: undefined, tokens: token === undefined ? [] : [{ ...token, usedAt: now }] }
    })
  }
}

function isAlive({ endsAt, revokedAt }: TokenRecord, now: number): boolean {
  return revokedAt === undefined && (endsAt === undefined || endsAt > now)
}

function allowed(scopes: readonly string[], scope: string): boolean {
  return scopes.includes('*') || (scope === '*' ? SCOPES.every((one) => scopes.includes(one)) : scopes.includes(scope))
}

function check({ label, scopes, lastsMs }: NewTokenOptions): void {
  const unknown = scopes.filter((scope) => scope !== '*' && !SCOPES.some((one) => one === scope))
  if (unknown.length > 0)
    throw new RondoError(
      'invalid_input',
      `There is no scope ${unknown.map((scope) => `"${scope}"`).join(', ')}. There are: ${SCOPES.join(', ')}.`,
    )
  if (scopes.length === 0) throw new RondoError('invalid_input', `A token needs a scope: ${SCOPES.join(', ')}, or *.`)
  if (label.trim() === '' || label.length > LONGEST_LABEL)
    throw new RondoError('invalid_input', `A token needs a label of 1 to ${LONGEST_LABEL} characters that says what it is for.`)
  if (lastsMs !== undefined && !(lastsMs > 0)) throw new RondoError('invalid_input', 'A token lasts for longer than nothing.')
}

function shown({ hash: _, ...token }: TokenRecord): Token {
  return token
}

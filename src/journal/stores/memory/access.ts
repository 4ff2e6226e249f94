/**
 * Who may come in, and the audit log, in memory.
 */
import {
  type ActRecord,
  type AttemptRecord,
  chained,
  FIRST,
  type NewAct,
  type SessionRecord,
  type TokenRecord,
  type UserRecord,
} from '../../access-records.ts'
import type { AccessChange, AccessView, AuditFilter } from '../../store.ts'

export class AccessGround implements AccessView {
  readonly #users = new Map<string, UserRecord>()
  readonly #tokens = new Map<string, TokenRecord>()
  readonly #sessions = new Map<string, SessionRecord>()
  readonly #attempts = new Map<string, AttemptRecord>()
  readonly #acts: ActRecord[] = []

  user(name: string): UserRecord | undefined {
    return this.#users.get(name)
  }

  userOf({ issuer, subject }: NonNullable<UserRecord['identity']>): UserRecord | undefined {
    return this.users().find(({ identity }) => identity?.issuer === issuer && identity.subject === subject)
  }

  users(): UserRecord[] {
    return [...this.#users.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  token(hash: string): TokenRecord | undefined {
    return [...this.#tokens.values()].find((token) => token.hash === hash)
  }

  tokens(user?: string): TokenRecord[] {
    return [...this.#tokens.values()].filter((token) => user === undefined || token.user === user).sort(byAge)
  }

  session(hash: string): SessionRecord | undefined {
    return [...this.#sessions.values()].find((session) => session.hash === hash)
  }

  sessions(user: string): SessionRecord[] {
    return [...this.#sessions.values()].filter((session) => session.user === user).sort(byAge)
  }

  attempts(key: string): AttemptRecord | undefined {
    return this.#attempts.get(key)
  }

  keep<Output>(change: AccessChange<Output>, now: number): Output {
    const { forgetBefore = Number.NEGATIVE_INFINITY } = change
    for (const [id, { endsAt }] of this.#sessions) if (endsAt < forgetBefore) this.#sessions.delete(id)
    for (const [key, { at, until }] of this.#attempts) if (Math.max(at, until) < forgetBefore) this.#attempts.delete(key)
    for (const user of change.users ?? []) this.#users.set(user.name, user)
    for (const token of change.tokens ?? []) this.#tokens.set(token.id, token)
    for (const session of change.sessions ?? []) this.#sessions.set(session.id, session)
    for (const id of change.endSessions ?? []) this.#sessions.delete(id)
    for (const attempts of change.attempts ?? [])
      if (attempts.failed === 0) this.#attempts.delete(attempts.key)
      else this.#attempts.set(attempts.key, attempts)
    this.append(change.acts ?? [], now)
    return change.output
  }

  append(acts: readonly NewAct[], now: number): ActRecord[] {
    return acts.map((act) => {
      const line = chained(this.#acts.at(-1) ?? FIRST, act, now)
      this.#acts.push(line)
      return line
    })
  }

  acts({ by, what, on, after = 0, before, limit = 1000 }: AuditFilter): ActRecord[] {
    const wanted = this.#acts.filter(
      (act) =>
        act.seq > after &&
        act.seq < (before ?? Number.POSITIVE_INFINITY) &&
        (by === undefined || act.by === by) &&
        (what === undefined || act.what === what) &&
        (on === undefined || act.on === on),
    )
    return (before === undefined ? wanted : wanted.reverse()).slice(0, limit)
  }
}

function byAge(one: { createdAt: number; id: string }, other: { createdAt: number; id: string }): number {
  return one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1)
}

/**
 * Sessions: what is left of a sign-in in a browser.
 *
 * Invariants:
 *   S1. A session ends when nobody used it for a while, at a time that was set when it began, and whenever its user is disabled.
 *   S2. A sign-in makes a new secret, and ends the session the browser came with: nobody can bring one along for somebody else.
 */
import { type Duration, milliseconds } from '../duration.ts'
import { RondoError } from '../errors.ts'
import type { NewAct, SessionRecord, SignInWay, UserRecord } from '../journal/access-records.ts'
import type { AccessChange, AccessStore, AccessView } from '../journal/store.ts'
import { type Actor, doneBy, type KnownUser, knownUser } from './actor.ts'
import { scopesOf } from './scopes.ts'
import { hashOf, newId, newSecret } from './secrets.ts'

/** A session as it is listed: nothing that opens anything. */
export type Session = Omit<SessionRecord, 'hash'>

export interface SessionOptions {
  /** How long a session lasts that nobody uses. Default `12h`. */
  readonly idle?: Duration
  /** How long it lasts at most. Default `7d`. */
  readonly longest?: Duration
}

/** Where somebody signs in. */
export interface Arrival {
  readonly from?: string
  readonly request?: string
  /** What the browser's cookie held. */
  readonly before?: string
}

const NOTE_EVERY_MS = 60_000
const FORGET_AFTER_MS = 24 * 3_600_000

export class Sessions {
  readonly #store: AccessStore
  readonly #idleMs: number
  readonly longestMs: number

  constructor(store: AccessStore, { idle = '12h', longest = '7d' }: SessionOptions = {}) {
    this.#store = store
    this.#idleMs = milliseconds(idle)
    this.longestMs = milliseconds(longest)
  }

  /** What is to be kept when a user has signed in: a part of the change that says so. */
  begin(view: AccessView, user: UserRecord, way: SignInWay, { from, request, before }: Arrival, now: number): Begun {
    const secret = newSecret()
    const session: SessionRecord = {
      id: newId(),
      hash: hashOf(secret),
      user: user.name,
      way,
      ...(from !== undefined && { from }),
      createdAt: now,
      seenAt: now,
      endsAt: now + this.longestMs,
    }
    const old = before === undefined ? undefined : view.session(hashOf(before))
    const act: NewAct = {
      by: user.name,
      credential: `session ${session.id}`,
      what: 'sign-in',
      outcome: 'done',
      detail: way,
      ...(from !== undefined && { from }),
      ...(request !== undefined && { request }),
    }
    return {
      output: { user: user.name, secret, session: shown(session) },
      sessions: [session],
      endSessions: old === undefined ? [] : [old.id],
      forgetBefore: now - FORGET_AFTER_MS,
      acts: [act],
    }
  }

  /** Who sends this cookie; `undefined` when it is none, or its session is over. */
  async holder(secret: string, now: number): Promise<(KnownUser & { readonly session: string }) | undefined> {
    const hash = hashOf(secret)
    const { session, user } = await this.#store.read((view) => {
      const found = view.session(hash)
      return { session: found, user: found === undefined ? undefined : view.user(found.user) }
    })
    if (session === undefined || user === undefined || user.disabledAt !== undefined || !this.#isAlive(session, now)) return undefined
    if (now - session.seenAt > NOTE_EVERY_MS) await this.#note(hash)
    return { ...knownUser(user, scopesOf(user.role), `session ${session.id}`), session: session.id }
  }

  /** Those of a user that go on, oldest first. */
  list(user: string, now: number): Promise<Session[]> {
    return this.#store.read((view) =>
      view
        .sessions(user)
        .filter((session) => this.#isAlive(session, now))
        .map(shown),
    )
  }

  /** Ends a session of a user. Throws `session_unknown`. */
  end(actor: Actor, user: string, id: string): Promise<void> {
    return this.#store.change((view) => {
      if (!view.sessions(user).some((session) => session.id === id))
        throw new RondoError('session_unknown', `"${user}" has no session "${id}".`, { details: { session: id } })
      return { output: undefined, endSessions: [id], acts: [doneBy(actor, 'session.end', id, `of ${user}`)] }
    })
  }

  /** Ends the session of this cookie, when there is one. */
  signOut(secret: string, arrival: Pick<Arrival, 'from' | 'request'>): Promise<void> {
    return this.#store.change((view) => {
      const session = view.session(hashOf(secret))
      if (session === undefined) return { output: undefined }
      const act: NewAct = { by: session.user, credential: `session ${session.id}`, what: 'sign-out', outcome: 'done', ...arrival }
      return { output: undefined, endSessions: [session.id], acts: [act] }
    })
  }

  #isAlive({ seenAt, endsAt }: SessionRecord, now: number): boolean {
    return endsAt > now && seenAt + this.#idleMs > now
  }

  #note(hash: string): Promise<void> {
    return this.#store.change((view, now) => {
      const session = view.session(hash)
      return { output: undefined, sessions: session === undefined ? [] : [{ ...session, seenAt: now }] }
    })
  }
}

/** Somebody who has signed in, with the secret for the cookie. */
export interface SignedIn {
  readonly user: string
  readonly secret: string
  readonly session: Session
}

export type Begun = AccessChange<SignedIn>

function shown({ hash: _, ...session }: SessionRecord): Session {
  return session
}

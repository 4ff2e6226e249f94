/**
 * `AccessStore` on SQLite: what is decided on is read inside the write that keeps it.
 */
import type { StatementSync } from 'node:sqlite'
import type { AttemptRecord, SessionRecord, SignInWay, TokenRecord, UserRecord, UserRole } from '../../access-records.ts'
import type { AccessChange, AccessStore, AccessView } from '../../store.ts'
import type { SqliteAudit } from './audit.ts'
import { type Batch, Refused } from './batch.ts'
import { integer, optionalInteger, optionalText, type Row, text } from './columns.ts'
import type { Reader } from './reader.ts'

export class SqliteAccess implements AccessStore {
  readonly #reader: Reader
  readonly #batch: Batch
  readonly #audit: SqliteAudit
  readonly #view: AccessView
  readonly #putUser: StatementSync
  readonly #putToken: StatementSync
  readonly #putSession: StatementSync
  readonly #endSession: StatementSync
  readonly #putAttempts: StatementSync
  readonly #forgetAttempts: StatementSync
  readonly #forget: readonly StatementSync[]

  constructor(reader: Reader, batch: Batch, audit: SqliteAudit) {
    this.#reader = reader
    this.#batch = batch
    this.#audit = audit
    this.#view = viewOf(reader)
    this.#putUser = reader.prepare(`
      INSERT INTO users (name, role, reviews, password_hash, issuer, subject, created_at, disabled_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (name) DO UPDATE SET role = excluded.role, reviews = excluded.reviews, password_hash = excluded.password_hash,
        issuer = excluded.issuer, subject = excluded.subject, created_at = excluded.created_at, disabled_at = excluded.disabled_at`)
    this.#putToken = reader.prepare(`
      INSERT OR REPLACE INTO tokens (id, hash, user, label, scopes, created_at, ends_at, used_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#putSession = reader.prepare(`
      INSERT OR REPLACE INTO sessions (id, hash, user, way, came_from, created_at, seen_at, ends_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#endSession = reader.prepare('DELETE FROM sessions WHERE id = ?')
    this.#putAttempts = reader.prepare('INSERT OR REPLACE INTO attempts (key, failed, at, until) VALUES (?, ?, ?, ?)')
    this.#forgetAttempts = reader.prepare('DELETE FROM attempts WHERE key = ?')
    this.#forget = [
      reader.prepare('DELETE FROM sessions WHERE ends_at < ?'),
      reader.prepare('DELETE FROM attempts WHERE max(at, until) < ?'),
    ]
  }

  read<Output>(look: (view: AccessView) => Output): Promise<Output> {
    return this.#reader.read(() => look(this.#view))
  }

  change<Output>(decide: (view: AccessView, now: number) => AccessChange<Output>): Promise<Output> {
    return this.#batch.write((now) => {
      const change = attempt(() => decide(this.#view, now))
      this.#keep(change, now)
      return change.output
    })
  }

  #keep(change: AccessChange<unknown>, now: number): void {
    if (change.forgetBefore !== undefined) for (const forget of this.#forget) forget.run(change.forgetBefore)
    for (const user of change.users ?? []) {
      const { name, role, reviews, passwordHash, identity, createdAt, disabledAt } = user
      const [issuer, subject] = [identity?.issuer ?? null, identity?.subject ?? null]
      this.#putUser.run(name, role, JSON.stringify(reviews), passwordHash ?? null, issuer, subject, createdAt, disabledAt ?? null)
    }
    for (const { id, hash, user, label, scopes, createdAt, endsAt, usedAt, revokedAt } of change.tokens ?? []) {
      const times = [createdAt, endsAt ?? null, usedAt ?? null, revokedAt ?? null]
      this.#putToken.run(id, hash, user, label, JSON.stringify(scopes), ...times)
    }
    for (const { id, hash, user, way, from, createdAt, seenAt, endsAt } of change.sessions ?? [])
      this.#putSession.run(id, hash, user, way, from ?? null, createdAt, seenAt, endsAt)
    for (const id of change.endSessions ?? []) this.#endSession.run(id)
    for (const { key, failed, at, until } of change.attempts ?? [])
      if (failed === 0) this.#forgetAttempts.run(key)
      else this.#putAttempts.run(key, failed, at, until)
    this.#audit.insert(change.acts ?? [], now)
  }
}

function viewOf(reader: Reader): AccessView {
  const user = reader.prepare('SELECT * FROM users WHERE name = ?')
  const userOf = reader.prepare('SELECT * FROM users WHERE issuer = ? AND subject = ?')
  const users = reader.prepare('SELECT * FROM users ORDER BY name')
  const token = reader.prepare('SELECT * FROM tokens WHERE hash = ?')
  const tokens = reader.prepare('SELECT * FROM tokens WHERE user = coalesce(?, user) ORDER BY created_at, id')
  const session = reader.prepare('SELECT * FROM sessions WHERE hash = ?')
  const sessions = reader.prepare('SELECT * FROM sessions WHERE user = ? ORDER BY created_at, id')
  const attempts = reader.prepare('SELECT * FROM attempts WHERE key = ?')
  const found = <Record>(row: Row | undefined, read: (row: Row) => Record): Record | undefined =>
    row === undefined ? undefined : read(row)
  return {
    user: (name) => found(user.get(name), userRecord),
    userOf: ({ issuer, subject }) => found(userOf.get(issuer, subject), userRecord),
    users: () => users.all().map(userRecord),
    token: (hash) => found(token.get(hash), tokenRecord),
    tokens: (name) => tokens.all(name ?? null).map(tokenRecord),
    session: (hash) => found(session.get(hash), sessionRecord),
    sessions: (name) => sessions.all(name).map(sessionRecord),
    attempts: (key) => found(attempts.get(key), attemptRecord),
  }
}

function userRecord(row: Row): UserRecord {
  const passwordHash = optionalText(row.password_hash)
  const issuer = optionalText(row.issuer)
  const disabledAt = optionalInteger(row.disabled_at)
  return {
    name: text(row.name),
    role: text(row.role) as UserRole,
    reviews: JSON.parse(text(row.reviews)) as string[],
    ...(passwordHash !== undefined && { passwordHash }),
    ...(issuer !== undefined && { identity: { issuer, subject: text(row.subject) } }),
    createdAt: integer(row.created_at),
    ...(disabledAt !== undefined && { disabledAt }),
  }
}

function tokenRecord(row: Row): TokenRecord {
  const endsAt = optionalInteger(row.ends_at)
  const usedAt = optionalInteger(row.used_at)
  const revokedAt = optionalInteger(row.revoked_at)
  return {
    id: text(row.id),
    hash: text(row.hash),
    user: text(row.user),
    label: text(row.label),
    scopes: JSON.parse(text(row.scopes)) as string[],
    createdAt: integer(row.created_at),
    ...(endsAt !== undefined && { endsAt }),
    ...(usedAt !== undefined && { usedAt }),
    ...(revokedAt !== undefined && { revokedAt }),
  }
}

function sessionRecord(row: Row): SessionRecord {
  const from = optionalText(row.came_from)
  return {
    id: text(row.id),
    hash: text(row.hash),
    user: text(row.user),
    way: text(row.way) as SignInWay,
    ...(from !== undefined && { from }),
    createdAt: integer(row.created_at),
    seenAt: integer(row.seen_at),
    endsAt: integer(row.ends_at),
  }
}

function attemptRecord(row: Row): AttemptRecord {
  return { key: text(row.key), failed: integer(row.failed), at: integer(row.at), until: integer(row.until) }
}

function attempt<Output>(decide: () => Output): Output {
  try {
    return decide()
  } catch (error) {
    throw new Refused(error)
  }
}

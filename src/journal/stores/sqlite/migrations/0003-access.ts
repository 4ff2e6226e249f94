/**
 * Version 3: users, tokens, sessions, attempts to sign in, the audit log, and the secrets of an encrypted database.
 *
 * `lists` of names are JSON. The triggers keep lines of the audit log from being changed by mistake; that they were not changed on
 * purpose is what their hashes are for.
 */
export const access = `
CREATE TABLE users (
  name TEXT NOT NULL PRIMARY KEY,
  role TEXT NOT NULL,
  reviews TEXT NOT NULL,
  password_hash TEXT,
  issuer TEXT,
  subject TEXT,
  created_at INTEGER NOT NULL,
  disabled_at INTEGER
) STRICT;
CREATE UNIQUE INDEX users_by_identity ON users (issuer, subject) WHERE subject IS NOT NULL;

CREATE TABLE tokens (
  id TEXT NOT NULL PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  user TEXT NOT NULL,
  label TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ends_at INTEGER,
  used_at INTEGER,
  revoked_at INTEGER
) STRICT;

CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  user TEXT NOT NULL,
  way TEXT NOT NULL,
  came_from TEXT,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user);

CREATE TABLE attempts (key TEXT NOT NULL PRIMARY KEY, failed INTEGER NOT NULL, at INTEGER NOT NULL, until INTEGER NOT NULL) STRICT;

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  credential TEXT,
  what TEXT NOT NULL,
  about TEXT,
  outcome TEXT NOT NULL,
  came_from TEXT,
  request TEXT,
  detail TEXT,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_person ON audit (by);
CREATE INDEX audit_by_object ON audit (about) WHERE about IS NOT NULL;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log is not changed'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log is not removed'); END;

-- what an encrypted database keeps secret of itself, sealed under each key that may open it
CREATE TABLE secrets (name TEXT NOT NULL, key_id TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (name, key_id)) STRICT;
`

/**
 * The versions of the schema, and the way from one to the next.
 *
 * Invariants:
 *   M1. A migration that was released is never changed; a new one is appended.
 *   M2. All of an upgrade is one transaction: a database has the version it says it has.
 *   M3. A file that is not ours is never written to.
 */
import { RondoError } from '../../../errors.ts'
import { integer } from './columns.ts'
import { journal } from './migrations/0001-journal.ts'
import { traceparent } from './migrations/0002-traceparent.ts'
import { access } from './migrations/0003-access.ts'
import { cancels } from './migrations/0004-cancels.ts'
import type { Database } from './sqlite.ts'

/** Each takes the schema from the version of its index to the next. */
export const MIGRATIONS: readonly string[] = [journal, traceparent, access, cancels]

/** "Rond" in ASCII, in SQLite's header: tells our databases from others. */
const APPLICATION_ID = 0x526f6e64

/** The version of a database, 0 for an empty one. Throws for one that is not ours, or newer than this code. */
export function versionOf(db: Database, file: string, migrations: readonly string[]): number {
  const version = pragma(db, 'user_version')
  if (pragma(db, 'application_id') !== APPLICATION_ID) {
    if (version === 0 && integer(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n) === 0) return 0
    throw new RondoError(
      'database_failed',
      `${file} is an SQLite database, but not one of Rondo's. Name another file; this one was left as it is.`,
      { details: { file } },
    )
  }
  if (version > migrations.length) {
    throw new RondoError(
      'database_newer',
      `${file} was written by a newer Rondo (database version ${version}; this one knows up to ${migrations.length}). Update the package "rondo"; the database was left as it is.`,
      { details: { file, version, known: migrations.length } },
    )
  }
  return version
}

/** Brings the schema to the newest version, unless another process did so meanwhile. */
export function migrate(db: Database, file: string, migrations: readonly string[]): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    const version = versionOf(db, file, migrations)
    for (const migration of migrations.slice(version)) db.exec(migration)
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}; COMMIT`)
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

function pragma(db: Database, name: 'user_version' | 'application_id'): number {
  return integer(db.prepare(`PRAGMA ${name}`).get()?.[name])
}

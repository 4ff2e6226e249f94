/**
 * One connection to a database file, checked, set up and brought to the newest version.
 *
 * Invariant: nothing is changed in a file before it is known to be ours, or empty.
 */
import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { RondoError } from '../../../errors.ts'
import { migrate, versionOf } from './migrations.ts'
import { lockOwner } from './owner.ts'
import { type Database, DatabaseSync, databaseFailed } from './sqlite.ts'

const MEMORY = ':memory:'

/** 16 MB of log before it is worked into the file: with many runs at once a commit touches many pages, and SQLite's 4 MB are soon full. */
const WAL_PAGES = 4000

export interface ConnectOptions {
  readonly file: string
  readonly readOnly: boolean
  readonly busyMs: number
  readonly migrations: readonly string[]
}

export interface Connection {
  readonly db: Database
  /** The real path, so that two ways to name a file have one owner; or `:memory:`. */
  readonly file: string
}

export function connect(options: ConnectOptions): Connection {
  const { readOnly, busyMs, migrations } = options
  prepareFolder(options)
  let db: Database | undefined
  try {
    db = new DatabaseSync(options.file, { readOnly, timeout: busyMs, enableForeignKeyConstraints: false })
    const file = options.file === MEMORY ? MEMORY : realpathSync(options.file)
    const version = versionOf(db, file, migrations)
    if (readOnly) mustBeCurrent(file, version, migrations)
    else {
      db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${WAL_PAGES}; PRAGMA temp_store = MEMORY`)
      if (version < migrations.length) upgrade(db, file, version, options)
    }
    return { db, file }
  } catch (error) {
    db?.close()
    throw databaseFailed(options.file, error)
  }
}

function prepareFolder({ file, readOnly }: ConnectOptions): void {
  if (file === MEMORY) return
  if (!readOnly) makeFolder(file)
  else if (!existsSync(file))
    throw new RondoError('database_failed', `There is no database at ${file}. Start Rondo once, which creates it, or name another file.`, {
      details: { file },
    })
}

function makeFolder(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new RondoError('database_failed', `The folder of ${file} could not be made (${why}). Name another file, or make the folder.`, {
      cause: error,
      details: { file },
    })
  }
}

/** An upgrade must not happen under a process that drives runs with older code. */
function upgrade(db: Database, file: string, version: number, { busyMs, migrations }: ConnectOptions): void {
  const lock = version === 0 ? undefined : lockOwner(db, file, busyMs)
  try {
    migrate(db, file, migrations)
  } finally {
    lock?.release()
  }
}

function mustBeCurrent(file: string, version: number, migrations: readonly string[]): void {
  if (version === migrations.length) return
  const why = version === 0 ? 'is empty' : `is of version ${version}, older than this Rondo (${migrations.length})`
  throw new RondoError(
    'database_failed',
    `${file} ${why}, and was opened only to be read. Start Rondo on it once, which brings it up to date.`,
    { details: { file, version } },
  )
}

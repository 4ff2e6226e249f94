/**
 * The door to `node:sqlite`, and the one place that turns its errors into ours.
 *
 * Node warns that the module is experimental when it is first loaded; that one warning is kept back, no other.
 */
import type { DatabaseSync as Database } from 'node:sqlite'
import { RondoError } from '../../../errors.ts'

export type { Database }

function loadQuietly(): NonNullable<ReturnType<typeof process.getBuiltinModule<'node:sqlite'>>> {
  const emitWarning = process.emitWarning
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    if (!String(warning).includes('SQLite is an experimental feature')) Reflect.apply(emitWarning, process, [warning, ...rest])
  }
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}

export const { DatabaseSync } = loadQuietly()

/** SQLite's primary result codes that deserve advice of their own. */
const ADVICE: ReadonlyMap<number, string> = new Map([
  [1, 'its tables are not those of the version it says it has: another build of Rondo wrote it. Open it with that one, or move it away.'],
  [5, 'another process kept it locked for too long. Try again, or see what holds it.'],
  [8, 'it, or its folder, must not be written to. Check the permissions.'],
  [10, 'the disk did not do what it was asked. Check the disk.'],
  [11, 'it is damaged. Restore it from a backup, or save what can be read with "sqlite3 FILE .recover".'],
  [13, 'the disk is full. Make room; nothing half-done was kept.'],
  [14, 'it could not be opened. Check that the folder exists and may be written to.'],
  [26, 'it is no SQLite database. Name another file, or move this one away.'],
])

export function isSqliteError(thrown: unknown): thrown is Error & { readonly errcode: number } {
  return thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number'
}

/** `database_failed` for what SQLite threw; anything else as it came. */
export function databaseFailed(file: string, thrown: unknown): unknown {
  if (!isSqliteError(thrown)) return thrown
  const advice = ADVICE.get(thrown.errcode & 0xff)
  const why = advice === undefined ? `${thrown.message}.` : `${advice} (SQLite says: ${thrown.message})`
  return new RondoError('database_failed', `The database ${file} failed: ${why}`, {
    cause: thrown,
    details: { file, errcode: thrown.errcode },
  })
}

export function closed(file: string): RondoError {
  return new RondoError('database_failed', `${file} was closed. Open it again.`, { details: { file } })
}

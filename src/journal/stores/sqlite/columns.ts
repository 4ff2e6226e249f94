/**
 * Reading SQLite's columns: each reader says which type a column has, and a column of another is a damaged database.
 */
import type { SQLOutputValue } from 'node:sqlite'
import { RondoError } from '../../../errors.ts'

export type Row = Record<string, SQLOutputValue>
type Column = SQLOutputValue | undefined

export function text(column: Column): string {
  if (typeof column === 'string') return column
  throw unreadable('text', column)
}

export function integer(column: Column): number {
  if (typeof column === 'number') return column
  if (typeof column === 'bigint') return Number(column)
  throw unreadable('a number', column)
}

export function bytes(column: Column): Uint8Array {
  if (column instanceof Uint8Array) return column
  throw unreadable('bytes', column)
}

export function optionalText(column: Column): string | undefined {
  return column === null ? undefined : text(column)
}

export function optionalInteger(column: Column): number | undefined {
  return column === null ? undefined : integer(column)
}

function unreadable(expected: string, column: Column): RondoError {
  return new RondoError(
    'database_failed',
    `The database holds ${column === null ? 'nothing' : typeof column} where ${expected} belongs: it is damaged, or was changed by something else.`,
  )
}

/**
 * A definition's failure that still has something to say: what was shown and known, and what was used up before it failed.
 *
 * Owns: how a failed `take` has its record and usage journaled. A plain error fails a step as well, with neither.
 */
import { RondoError } from '../errors.ts'
import type { Usage } from '../money.ts'

export class FailedTake extends RondoError {
  readonly record: unknown
  readonly usage: Usage | undefined

  constructor(error: RondoError, told: { record?: unknown; usage?: Usage | undefined }) {
    super(error.code, error.message, { cause: error.cause, details: error.details, terminal: error.terminal })
    this.record = told.record
    this.usage = told.usage
    if (error.stack !== undefined) this.stack = error.stack
  }
}

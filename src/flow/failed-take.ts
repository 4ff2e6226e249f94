/**
 * A definition's failure that still has something to say: what was shown and known, and what was used up before it failed.
 *
 * Owns: how a failed `take` has its record and usage journaled. Any other error fails a step as well, with neither.
 */
import type { Usage } from '../money.ts'

/** An envelope: the step fails with `failure`, as if that had been thrown. */
export class FailedTake extends Error {
  readonly failure: unknown
  readonly record: unknown
  readonly usage: Usage | undefined
  readonly version: string | undefined

  constructor(failure: unknown, told: { readonly record?: unknown; readonly usage?: Usage | undefined; readonly version?: string }) {
    super('A step failed.', { cause: failure })
    this.name = 'FailedTake'
    this.failure = failure
    this.record = told.record
    this.usage = told.usage
    this.version = told.version
  }
}

/**
 * How a step came out, live or from the journal, in the one form in which it is delivered to the flow.
 */
import { type ErrorRecord, StepError } from '../errors.ts'
import type { Entry } from '../journal/records.ts'
import { decode } from '../json.ts'

export type Outcome<Output> = {
  readonly seq: number
  readonly at: number
  /** Under a counterfactual: it came out otherwise than it is recorded. */
  readonly differs?: boolean
} & ({ readonly kind: 'value'; readonly value: Output } | { readonly kind: 'error'; readonly error: StepError })

/**
 * How the work of a step ended: with an outcome, with an error that code of the flow threw in a turn or branch (it goes to
 * the flow as it is, for it comes about again on replay), or needless.
 */
export type Ended<Output> = Outcome<Output> | Thrown | undefined

export interface Thrown {
  readonly kind: 'thrown'
  readonly error: unknown
  readonly differs?: boolean
}

export function valueOutcome<Output>(at: { seq: number; at: number }, value: Output): Outcome<Output> {
  return { seq: at.seq, at: at.at, kind: 'value', value }
}

export function errorOutcome(at: { seq: number; at: number }, path: string, record: ErrorRecord): Outcome<never> {
  return { seq: at.seq, at: at.at, kind: 'error', error: new StepError(path, record) }
}

/** The outcome an entry records; `undefined` when the step is not over. */
export function recordedOutcome<Output>(entry: Entry | undefined, path: string): Outcome<Output> | undefined {
  if (entry?.state === 'completed') return valueOutcome(entry, decodeAs<Output>(entry.value))
  if (entry?.state === 'failed' && entry.error !== undefined) return errorOutcome(entry, path, entry.error)
  return undefined
}

/** The journal gives back what was put in under the same path and kind; here, and only here, that is taken at its word. */
export function decodeAs<Output>(text: string | undefined): Output {
  return (text === undefined ? undefined : decode(text)) as Output
}

/**
 * Errors as the door says them: a status, and a body with code, message and details.
 *
 * Owns: which code is which status, and what may be told. Invariant: what is not a `RondoError` is told as "something went wrong"
 * and nothing else; its own words go to the log.
 */
import { type ErrorCode, type ErrorRecord, RondoError } from '../errors.ts'

export type Status = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 500 | 503

const STATUS: Partial<Record<ErrorCode, Status>> = {
  unauthenticated: 401,
  scope_missing: 403,
  origin_refused: 403,
  host_refused: 403,
  role_missing: 403,
  sign_in_refused: 403,
  too_many_attempts: 429,
  user_unknown: 404,
  token_unknown: 404,
  session_unknown: 404,
  user_taken: 409,
  last_admin: 409,
  flow_unknown: 404,
  run_unknown: 404,
  review_unknown: 404,
  prompt_unknown: 404,
  not_found: 404,
  run_conflict: 409,
  run_state: 409,
  review_taken: 409,
  review_closed: 409,
  review_claimed: 409,
  prompt_conflict: 409,
  body_too_large: 413,
  body_type: 415,
  answer_refused: 422,
  body_malformed: 400,
  invalid_input: 400,
  // Of a duration, a budget or a text in the request: what the code defines wrongly is found before a door opens.
  invalid_definition: 400,
  prompt_invalid: 400,
  usage: 400,
  not_serialisable: 400,
  stopped: 503,
  database_failed: 503,
}

export interface Problem {
  readonly status: Status
  readonly body: {
    readonly error: { readonly code: string; readonly message: string; readonly details?: Readonly<Record<string, unknown>> }
  }
}

export function problemOf(thrown: unknown): Problem {
  if (!(thrown instanceof RondoError))
    return { status: 500, body: { error: { code: 'internal', message: 'Something went wrong here. The server’s log says what.' } } }
  const { code, message, details } = thrown
  return {
    status: STATUS[code] ?? 500,
    body: { error: { code, message, ...(Object.keys(details).length > 0 && { details }) } },
  }
}

/** A run's error as a client sees it: without the stack, which is for those who can read the journal. */
export function shownError({ name, message, code, path }: ErrorRecord): { name: string; message: string; code?: string; path?: string } {
  return { name, message, ...(code !== undefined && { code }), ...(path !== undefined && { path }) }
}

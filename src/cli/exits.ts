/**
 * Exit codes: what each means, and which error ends with which. `docs/cli.md` lists them for people.
 */
import type { ErrorCode } from '../errors.ts'

export const EXIT = {
  ok: 0,
  /** A run failed, a check of `doctor` did, or something went wrong that nothing below names. */
  failed: 1,
  /** The command line, or the value given on it, is not right. */
  usage: 2,
  /** There is no such run, flow, review, step or database. */
  notFound: 3,
  /** It is there and must not be done: taken, closed, over, owned by another process. */
  refused: 4,
  /** The configuration, the database or an installation does not let Rondo start. */
  setup: 5,
  /** The run waits still: `--wait` was over, or there is nobody to drive it. */
  waiting: 6,
  interrupted: 130,
} as const

const BY_CODE: Partial<Record<ErrorCode, number>> = {
  usage: EXIT.usage,
  invalid_input: EXIT.usage,
  run_unknown: EXIT.notFound,
  flow_unknown: EXIT.notFound,
  review_unknown: EXIT.notFound,
  user_unknown: EXIT.notFound,
  token_unknown: EXIT.notFound,
  user_taken: EXIT.refused,
  last_admin: EXIT.refused,
  scope_missing: EXIT.refused,
  key_missing: EXIT.setup,
  key_wrong: EXIT.setup,
  run_conflict: EXIT.refused,
  run_state: EXIT.refused,
  answer_refused: EXIT.refused,
  review_taken: EXIT.refused,
  review_closed: EXIT.refused,
  review_claimed: EXIT.refused,
  role_missing: EXIT.refused,
  measure_conflict: EXIT.refused,
  database_owned: EXIT.refused,
  config_invalid: EXIT.setup,
  invalid_definition: EXIT.setup,
  package_missing: EXIT.setup,
  prompt_invalid: EXIT.setup,
  prompt_unknown: EXIT.setup,
  model_unknown: EXIT.setup,
  database_newer: EXIT.setup,
  database_failed: EXIT.setup,
}

/** The exit code for an error's code. */
export function exitCodeOf(code: string | undefined): number {
  return code !== undefined && Object.hasOwn(BY_CODE, code) ? (BY_CODE[code as ErrorCode] ?? EXIT.failed) : EXIT.failed
}

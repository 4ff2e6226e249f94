/**
 * Every error Rondo throws on purpose, and the one place that turns an error into a record.
 *
 * Owns: `RondoError`, its literal codes, and `ErrorRecord`, the form in which an error is journaled and sent.
 * Never: carries a secret or the content of a message; what is expected (declined, budget spent) is a value, not an error.
 */

export type ErrorCode =
  // the language
  | 'invalid_definition'
  | 'invalid_input'
  | 'invalid_output'
  | 'name_taken'
  | 'diverged'
  | 'nested_step'
  | 'not_awaited'
  | 'not_serialisable'
  | 'result_too_large'
  | 'step_failed'
  | 'step_timeout'
  | 'deadline_passed'
  | 'child_failed'
  | 'budget_ended'
  | 'review_expired'
  // runs and the store
  | 'flow_unknown'
  | 'run_unknown'
  | 'run_conflict'
  | 'run_state'
  | 'database_owned'
  | 'database_newer'
  | 'database_failed'
  | 'fenced'
  | 'stopped'
  // models
  | 'model_unknown'
  | 'model_failed'
  | 'model_rate_limited'
  | 'answer_invalid'
  | 'prompt_invalid'
  | 'prompt_unknown'
  | 'tool_failed'
  // people
  | 'review_unknown'
  | 'review_taken'
  | 'review_closed'
  | 'review_claimed'
  | 'answer_refused'
  | 'role_missing'
  // learning
  | 'measure_conflict'
  // access
  | 'user_unknown'
  | 'user_taken'
  | 'last_admin'
  | 'token_unknown'
  | 'session_unknown'
  | 'sign_in_refused'
  | 'too_many_attempts'
  | 'key_missing'
  | 'key_wrong'
  // doors
  | 'config_invalid'
  | 'package_missing'
  | 'usage'
  // the HTTP door
  | 'unauthenticated'
  | 'scope_missing'
  | 'origin_refused'
  | 'host_refused'
  | 'body_too_large'
  | 'body_type'
  | 'body_malformed'
  | 'not_found'
  | 'prompt_conflict'

/** An error with a literal `code`, a message that says what to do, and the `cause` it came from. */
export class RondoError extends Error {
  readonly code: ErrorCode
  /** Small, secret-free facts a program can act on: paths, ids, limits. */
  readonly details: Readonly<Record<string, unknown>>
  /** Trying again cannot help: no retry policy repeats it. */
  readonly terminal: boolean

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: Record<string, unknown>; terminal?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'RondoError'
    this.code = code
    this.details = options.details ?? {}
    this.terminal = options.terminal ?? false
  }
}

/** An error as it stands in the journal: enough to read, to show, and to throw again on replay. */
export interface ErrorRecord {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly terminal?: boolean
  /** The path of the step it came from, when it came from one. */
  readonly path?: string
  readonly cause?: ErrorRecord
}

const CAUSES_KEPT = 4
const LONGEST_TEXT = 500
const LONGEST_MESSAGE = 10_000

/** The journaled form of anything thrown. Messages are kept to 10,000 characters, stacks to 12 lines, causes to four. */
export function toErrorRecord(thrown: unknown, depth = 0): ErrorRecord {
  if (!(thrown instanceof Error)) return { name: 'Error', message: cut(textOf(thrown)) }
  if (thrown instanceof StepError) return passedOn(thrown)
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
  const path = 'path' in thrown && typeof thrown.path === 'string' ? thrown.path : undefined
  const stack = thrown.stack?.split('\n', 12).join('\n')
  return {
    name: thrown.name,
    message: cut(thrown.message),
    ...(code !== undefined && { code }),
    ...(stack !== undefined && { stack: cut(stack) }),
    ...(thrown instanceof RondoError && Object.keys(thrown.details).length > 0 && { details: thrown.details }),
    ...(isTerminal(thrown) && { terminal: true }),
    ...(path !== undefined && { path }),
    ...(thrown.cause !== undefined && depth < CAUSES_KEPT && { cause: toErrorRecord(thrown.cause, depth + 1) }),
  }
}

function cut(text: string): string {
  return text.length <= LONGEST_MESSAGE
    ? text
    : `${text.slice(0, LONGEST_MESSAGE)}… (${text.length - LONGEST_MESSAGE} more characters were not kept)`
}

/** What can be said of something thrown that is no error. */
function textOf(thrown: unknown): string {
  if (thrown === null || typeof thrown !== 'object') return String(thrown)
  if ('message' in thrown && typeof thrown.message === 'string') return thrown.message
  try {
    return JSON.stringify(thrown).slice(0, LONGEST_TEXT)
  } catch {
    return 'Something that is no error was thrown, and cannot be written down.'
  }
}

/** A step's failure that went on to fail something around it: its record, with the paths of both. */
function passedOn({ path, record }: StepError): ErrorRecord {
  return record.path === undefined || record.path === path ? { ...record, path } : { ...record, path, cause: record }
}

/** Did the thrower say that trying again cannot help? (`terminal: true` on any error is understood.) */
export function isTerminal(thrown: unknown): boolean {
  return thrown instanceof Error && 'terminal' in thrown && thrown.terminal === true
}

/** Throw this from a step to say that no retry can help: the step fails at once, whatever its retry policy. */
export class TerminalError extends Error {
  readonly terminal = true
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TerminalError'
  }
}

/**
 * What a flow catches when a step failed: thrown live and on replay alike, so that code which looks at `name`, `message`
 * or `code` takes the same way both times.
 */
export class StepError extends Error {
  readonly path: string
  readonly code: string
  readonly record: ErrorRecord
  constructor(path: string, record: ErrorRecord) {
    super(record.message, record.cause === undefined ? undefined : { cause: record.cause })
    this.name = record.name
    this.path = path
    this.code = record.code ?? 'step_failed'
    this.record = record
    if (record.stack !== undefined) this.stack = record.stack
  }
}

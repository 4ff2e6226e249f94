/**
 * `run.step`: a piece of work, done once.
 *
 * Owns: attempts, their journal entries, timeouts, retries, and what becomes of a write whose outcome is unknown.
 * Invariants:
 *   T1. A `write` has its `attempted` entry on disk before its work begins.
 *   T2. A `write` without an outcome is never repeated unless a person says that it did not happen.
 *   T3. A failed attempt that is tried again is journaled with the time of the next, so neither count nor wait is lost.
 *   T4. A `write` that was journaled as attempted and then not begun, because its run was told to stop, says so in the journal.
 */
import { milliseconds } from '../duration.ts'
import { type ErrorRecord, RondoError, toErrorRecord } from '../errors.ts'
import { type Entry, type NewEntry, pathOf } from '../journal/records.ts'
import { encode, printed } from '../json.ts'
import { attend } from './attend.ts'
import { type Met, underCounterfactual } from './counterfactual.ts'
import { result } from './kept.ts'
import { errorOutcome, type Outcome, recordedOutcome, valueOutcome } from './outcome.ts'
import { retryDelay, seededUuid } from './retry.ts'
import type { Effect, StepCall, StepOptions } from './run.ts'
import type { Scope } from './scope.ts'
import { standing } from './standing.ts'
import { askWhetherItHappened } from './unknown.ts'

export interface Work {
  readonly scope: Scope
  readonly name: string
  readonly path: string
  readonly options: StepOptions
  readonly work: (call: StepCall) => unknown
}

/** Takes a `code` step. */
export function step<Output>(
  scope: Scope,
  name: string,
  work: (call: StepCall) => Output | Promise<Output>,
  options: StepOptions,
): Promise<Output> {
  const recorded = scope.claim(name, 'code')
  const path = pathOf(scope.path, name)
  const last = recorded.at(-1)
  const { counterfactual } = scope.drive.host
  if (counterfactual !== undefined) {
    const { effect = 'write' } = options
    const met: Met = { path, name, kind: 'code', recorded, changed: scope.changed, print: printOf(options), effect }
    return underCounterfactual(scope, counterfactual, met, () => attempts<Output>({ scope, name, path, options, work }, []))
  }
  const over = recordedOutcome<Output>(last, path)
  if (over !== undefined) return scope.drive.replay(scope, over)
  return scope.drive.operation(scope, () => attempts<Output>({ scope, name, path, options, work }, recorded))
}

function printOf({ input }: StepOptions): string | undefined {
  return input === undefined ? undefined : printed(input)
}

async function attempts<Output>(job: Work, recorded: readonly Entry[]): Promise<Outcome<Output> | undefined> {
  const { scope } = job
  if (scope.drive.replaying && (await scope.endsInReplay())) return undefined
  const last = recorded.at(-1)
  let attempt = attemptsSoFar(recorded)
  if (last?.state === 'retrying' && last.dueAt !== undefined) await waitUntil(scope, last.dueAt)
  let unknown = last?.state === 'attempted' || last?.state === 'opened'
  for (;;) {
    if (unknown) {
      const answer = await askWhetherItHappened(job, recorded)
      if (answer.kind === 'happened') return answer.outcome as Outcome<Output>
      attempt = 0
    }
    attempt += 1
    const tried = await attemptOnce<Output>(job, attempt)
    if (tried.kind === 'outcome') return tried.outcome
    if (tried.kind === 'unwanted') return undefined
    if (tried.kind === 'later') await waitUntil(scope, tried.at)
    unknown = tried.kind === 'unknown'
  }
}

/** Attempts that count: a failure that somebody took back, or a write that did not happen, gives the step all its attempts again. */
function attemptsSoFar(recorded: readonly Entry[]): number {
  const last = recorded.findLast(({ state }) => state === 'attempted' || state === 'retrying' || state === 'retracted')
  return last === undefined || last.state === 'retracted' ? 0 : (last.attempt ?? 0)
}

type Tried<Output> =
  | { readonly kind: 'outcome'; readonly outcome: Outcome<Output> }
  | { readonly kind: 'later'; readonly at: number }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unwanted' }

/** The run counts as busy from before the attempt is journaled until its outcome is: whoever ends it meanwhile waits for that. */
async function attemptOnce<Output>(job: Work, attempt: number): Promise<Tried<Output>> {
  const { drive } = job.scope
  drive.busier()
  try {
    return await tryOnce<Output>(job, attempt, drive.now())
  } finally {
    drive.idler()
  }
}

async function tryOnce<Output>(job: Work, attempt: number, startedAt: number): Promise<Tried<Output>> {
  const { scope, name, path, options } = job
  const effect = options.effect ?? 'write'
  const entry = (rest: Pick<NewEntry, 'state'> & Partial<NewEntry>): NewEntry => ({
    scope: scope.path,
    name,
    kind: 'code',
    startedAt,
    attempt,
    ...rest,
  })
  const print = printOf(options)
  const closing = print === undefined ? {} : { print }
  const fail = async (thrown: ErrorRecord): Promise<Tried<Output>> => {
    const error = scope.drive.redaction?.error(thrown) ?? thrown
    return { kind: 'outcome', outcome: errorOutcome(await scope.commit(entry({ state: 'failed', error, ...closing })), path, error) }
  }
  if (options.signal?.aborted === true) return fail(toErrorRecord(givenUp(path, options.signal.reason)))
  if (effect === 'write') {
    await scope.commit(entry({ state: 'attempted' }))
    if (scope.ending === 'held' || scope.ending === 'needless') {
      await scope.commit(entry({ state: 'retracted', record: encode({ note: 'It was not begun: the run was told to stop.' }) }))
      return { kind: 'unwanted' }
    }
  }
  const perhaps = perform(job, effect, attempt)
  const ended = perhaps instanceof Promise ? await perhaps : perhaps
  if (ended.kind === 'unwanted') return ended
  if (ended.kind === 'value') {
    const kept = result(scope.drive, path, ended.value as Output, options.maxBytes)
    if (kept instanceof RondoError) return fail(toErrorRecord(kept))
    const committed = await scope.commit(entry({ state: 'completed', value: kept.text, ...closing }))
    return { kind: 'outcome', outcome: valueOutcome(committed, kept.value) }
  }
  if (ended.kind !== 'error' && effect === 'write') return { kind: 'unknown' }
  if (ended.kind === 'given up') return fail(toErrorRecord(givenUp(path, ended.reason)))
  const error = ended.kind === 'timeout' ? timedOut(path, options) : ended.error
  const delay = retryDelay(options.retry, effect, attempt, error, `${scope.drive.run.id}:${path}`)
  if (delay === undefined) return fail(toErrorRecord(error))
  const dueAt = scope.drive.now() + delay
  await scope.commit(entry({ state: 'retrying', error: toErrorRecord(error), dueAt }))
  return { kind: 'later', at: dueAt }
}

/** Calls the work, for as long as it may take and is still wanted. */
function perform(job: Work, effect: Effect, attempt: number): ReturnType<typeof attend> {
  const { scope, path, options } = job
  const call = new Call(scope, path, attempt)
  return attend({
    scope,
    work: () => standing.run({ kind: 'work', drive: scope.drive, path, draws: 0 }, job.work, call),
    stop: (reason) => call.stop(reason),
    effect,
    timeoutMs: options.timeout === undefined ? undefined : milliseconds(options.timeout),
    given: options.signal,
  })
}

/** What the work of a step is handed. Key and signal are made when they are asked for: most small steps never do. */
class Call implements StepCall {
  readonly attempt: number
  readonly emit: StepCall['emit']
  readonly #run: string
  readonly #path: string
  #controller: AbortController | undefined
  #stopped: { readonly reason: unknown } | undefined

  constructor(scope: Scope, path: string, attempt: number) {
    const { run, host } = scope.drive
    this.attempt = attempt
    this.emit = (event) => host.emit(run.id, { ...event, path })
    this.#run = run.id
    this.#path = path
  }

  get key(): string {
    return stepKey(this.#run, this.#path)
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#stopped !== undefined) this.#controller.abort(this.#stopped.reason)
    return this.#controller.signal
  }

  stop(reason: unknown): void {
    this.#stopped = { reason }
    this.#controller?.abort(reason)
  }
}

/** The idempotency key of a step: the same at every attempt, in every process. */
export function stepKey(run: string, path: string): string {
  return seededUuid(`key:${run}:${path}`)
}

async function waitUntil(scope: Scope, at: number): Promise<void> {
  await scope.drive.waits.until(scope, at, scope.drive.now())
}

function timedOut(path: string, options: StepOptions): RondoError {
  return new RondoError(
    'step_timeout',
    `Step "${path}" took longer than its timeout (${options.timeout}). Give it more time with { timeout }, or make the work end when its AbortSignal does.`,
    { details: { path } },
  )
}

function givenUp(path: string, reason: unknown): RondoError {
  return new RondoError(
    'step_failed',
    `Step "${path}" was given up: the signal it was given was aborted (${toErrorRecord(reason).message}).`,
    {
      details: { path },
      terminal: true,
    },
  )
}

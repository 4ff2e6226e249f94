/**
 * `run.step`: a piece of work, done once.
 *
 * Owns: attempts, their journal entries, timeouts, retries, and what becomes of a write whose outcome is unknown.
 * Invariants:
 *   T1. A `write` has its `attempted` entry on disk before its work begins.
 *   T2. A `write` without an outcome is never repeated unless a person says that it did not happen.
 *   T3. A failed attempt that is tried again is journaled with the time of the next, so neither count nor wait is lost.
 */
import { milliseconds } from '../duration.ts'
import { RondoError, toErrorRecord } from '../errors.ts'
import { type Entry, type NewEntry, pathOf } from '../journal/records.ts'
import { attend } from './attend.ts'
import { resultText } from './kept.ts'
import { errorOutcome, type Outcome, recordedOutcome, valueOutcome } from './outcome.ts'
import { retryDelay, seededUuid } from './retry.ts'
import type { StepCall, StepOptions } from './run.ts'
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
  const over = recordedOutcome<Output>(last, path)
  if (over !== undefined) return scope.drive.replay(scope, over)
  return scope.drive.operation(scope, () => attempts<Output>({ scope, name, path, options, work }, recorded))
}

async function attempts<Output>(job: Work, recorded: readonly Entry[]): Promise<Outcome<Output> | undefined> {
  const last = recorded.at(-1)
  let attempt = recorded.findLast((entry) => entry.state === 'attempted' || entry.state === 'retrying')?.attempt ?? 0
  if (last?.state === 'retrying' && last.dueAt !== undefined) await waitUntil(job.scope, last.dueAt)
  if (last?.state === 'attempted' || last?.state === 'opened') {
    const answer = await askWhetherItHappened(job, recorded)
    if (answer.kind === 'happened') return answer.outcome as Outcome<Output>
  }
  for (;;) {
    attempt += 1
    const tried = await attemptOnce<Output>(job, attempt)
    if (tried.kind === 'outcome') return tried.outcome
    if (tried.kind === 'needless') return undefined
    if (tried.kind === 'later') await waitUntil(job.scope, tried.at)
    if (tried.kind !== 'unknown') continue
    const answer = await askWhetherItHappened(job, [])
    if (answer.kind === 'happened') return answer.outcome as Outcome<Output>
  }
}

type Tried<Output> =
  | { kind: 'outcome'; outcome: Outcome<Output> }
  | { kind: 'later'; at: number }
  | { kind: 'unknown' }
  | { kind: 'needless' }

async function attemptOnce<Output>(job: Work, attempt: number): Promise<Tried<Output>> {
  const { scope, name, path, options } = job
  const effect = options.effect ?? 'write'
  const startedAt = scope.drive.now()
  const entry = (rest: Pick<NewEntry, 'state'> & Partial<NewEntry>): NewEntry => ({
    scope: scope.path,
    name,
    kind: 'code',
    startedAt,
    attempt,
    ...rest,
  })
  if (effect === 'write') await scope.commit(entry({ state: 'attempted' }))
  const ended = await perform(job, attempt)
  if (ended.kind === 'needless') return { kind: 'needless' }
  if (ended.kind === 'timeout' && effect === 'write') return { kind: 'unknown' }
  if (ended.kind === 'value') {
    const value = ended.value as Output
    const encoded = resultText(path, value, options.maxBytes)
    if (typeof encoded === 'string')
      return { kind: 'outcome', outcome: valueOutcome(await scope.commit(entry({ state: 'completed', value: encoded })), value) }
    return {
      kind: 'outcome',
      outcome: errorOutcome(await scope.commit(entry({ state: 'failed', error: toErrorRecord(encoded) })), path, toErrorRecord(encoded)),
    }
  }
  const error = ended.kind === 'timeout' ? timedOut(path, options) : ended.error
  const record = toErrorRecord(error)
  const delay = retryDelay(options.retry, effect, attempt, error, `${scope.drive.run.id}:${path}`)
  if (delay === undefined)
    return { kind: 'outcome', outcome: errorOutcome(await scope.commit(entry({ state: 'failed', error: record })), path, record) }
  const dueAt = scope.drive.now() + delay
  await scope.commit(entry({ state: 'retrying', error: record, dueAt }))
  return { kind: 'later', at: dueAt }
}

/** Calls the work, for as long as it may take and is still wanted. */
function perform(job: Work, attempt: number): ReturnType<typeof attend> {
  const { scope, path, options } = job
  const signals = [scope.signal, ...(options.signal === undefined ? [] : [options.signal])]
  return attend({
    drive: scope.drive,
    outer: signals,
    unwanted: scope.signal,
    timeoutMs: options.timeout === undefined ? undefined : milliseconds(options.timeout),
    mustFinish: (options.effect ?? 'write') === 'write',
    work: (signal) =>
      standing.run({ kind: 'work', path }, () =>
        job.work({
          key: stepKey(scope.drive.run.id, path),
          signal,
          attempt,
          emit: (event) => scope.drive.host.emit(scope.drive.run.id, { ...event, path }),
        }),
      ),
  })
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

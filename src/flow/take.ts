/**
 * `run.ask`, `run.decide`, `run.review`, `run.context`: a definition takes a step, with a scope of its own below its path.
 *
 * Owns: that scope, and the one entry that closes it. Never: knows a prompt from a decision.
 */
import { RondoError, toErrorRecord } from '../errors.ts'
import { type Entry, type NewEntry, pathOf } from '../journal/records.ts'
import { decode, encode, printed } from '../json.ts'
import { NO_USAGE } from '../money.ts'
import { type Entering, type Met, underCounterfactual } from './counterfactual.ts'
import type { Definition, LiveEvent, Question, QuestionOutcome, StepScope, Taken, Was } from './definition.ts'
import { FailedTake } from './failed-take.ts'
import { result } from './kept.ts'
import { afford } from './meter.ts'
import { decodeAs, errorOutcome, type Outcome, recordedOutcome, valueOutcome } from './outcome.ts'
import { askPeople, type Position } from './question.ts'
import type { Run } from './run.ts'
import type { Along, Ending, Scope } from './scope.ts'
import type { ServiceKey } from './service.ts'
import { stepKey } from './step.ts'

export type DefinitionKind = 'ask' | 'decide' | 'context' | 'review'

export function take<Input, Output>(
  scope: Scope,
  definition: Definition<DefinitionKind, Input, Output>,
  input: Input,
  name: string,
): Promise<Output> {
  const recorded = scope.claim(name, definition.kind)
  const at: Position = { scope, name, kind: definition.kind, path: pathOf(scope.path, name) }
  const { counterfactual } = scope.drive.host
  if (counterfactual !== undefined) {
    const { path } = at
    const met: Met = { path, name, kind: definition.kind, recorded, changed: scope.changed, print: printOf(definition, input), definition }
    return underCounterfactual(scope, counterfactual, met, (entering) => takeOnce(at, definition, input, recorded, entering))
  }
  const over = recordedOutcome<Output>(recorded.at(-1), at.path)
  if (over !== undefined) return scope.drive.replay(scope, over)
  return scope.drive.operation(scope, () => takeOnce(at, definition, input, recorded))
}

async function takeOnce<Input, Output>(
  at: Position,
  definition: Definition<DefinitionKind, Input, Output>,
  input: Input,
  recorded: readonly Entry[],
  entering?: Entering,
): Promise<Outcome<Output> | undefined> {
  const { scope, name, kind, path } = at
  const startedAt = scope.drive.now()
  const print = printOf(definition, input)
  const entry = (rest: Pick<NewEntry, 'state'> & Partial<NewEntry>): NewEntry => ({ scope: scope.path, name, kind, startedAt, ...rest })
  // Under a counterfactual the step begins anew, whatever is recorded of it.
  const since = entering !== undefined ? [] : recorded.slice(recorded.findLastIndex((past) => past.state === 'retracted') + 1)
  if (since.length === 0) await afford(scope, kind === 'ask' || kind === 'context' ? 'model' : 'people')
  const opened = since.some((past) => past.state === 'opened')
  const inner = await scope.open(path, { fresh: recorded.length === 0, ...(!opened && { opener: entry({ state: 'opened' }) }) })
  if (entering?.changed === true) inner.change()
  const was = entering?.again === true ? wasOf<Output>(recorded.at(-1)) : undefined
  const held = new TakeScope(at, inner, since)
  try {
    const taken: Taken<Output> = await inner.play(() =>
      was === undefined || definition.again === undefined ? definition.take(input, held) : definition.again(input, held, was),
    )
    const kept = result(scope.drive, path, taken.value)
    if (kept instanceof RondoError) throw kept
    const completed = entry({
      state: 'completed',
      value: kept.text,
      ...noted(taken.record, inner),
      ...(print !== undefined && { print }),
      ...(taken.version !== undefined && { version: taken.version }),
      ...(taken.usage !== undefined && { usage: taken.usage }),
    })
    const newCase = taken.newCase === undefined ? {} : { newCase: { ...taken.newCase, path } }
    const measures = taken.measures === undefined ? {} : { newMeasures: taken.measures.map((one) => ({ path, ...one })) }
    return valueOutcome(await scope.commit(completed, { ...held.finish('over'), ...newCase, ...measures }), kept.value)
  } catch (error) {
    if (scope.dead) return undefined
    const told = error instanceof FailedTake ? error : undefined
    const thrown = toErrorRecord(told === undefined ? error : told.failure)
    const record = scope.drive.redaction?.error(thrown) ?? thrown
    const failed = entry({
      state: 'failed',
      error: record,
      ...noted(told?.record, inner),
      ...(print !== undefined && { print }),
      ...(told?.version !== undefined && { version: told.version }),
      ...(told?.usage !== undefined && { usage: told.usage }),
    })
    return errorOutcome(await scope.commit(failed, held.finish('needless')), path, record)
  }
}

/** How a step came out that is taken again. */
function wasOf<Output>(entry: Entry | undefined): Was<Output> | undefined {
  if (entry?.state !== 'completed') return undefined
  return { value: decodeAs<Output>(entry.value), record: entry.record === undefined ? undefined : decode(entry.record) }
}

/** What says whether a step is given the same again; `undefined` for what has no such print, as a function among an input has none. */
function printOf<Input, Output>(definition: Definition<DefinitionKind, Input, Output>, input: Input): string | undefined {
  const asked = definition.asks === undefined ? input : definition.asks(input)
  return asked === undefined ? undefined : printed(asked)
}

/** The record of a step that is over, with what the steps inside it used up: on resume they are not read again, and yet they count. */
function noted(record: unknown, inner: Scope): Pick<NewEntry, 'record'> {
  if (inner.usage === NO_USAGE) return record === undefined ? {} : { record: encode(record) }
  return { record: encode(record === null || typeof record !== 'object' ? { spent: inner.usage } : { ...record, spent: inner.usage }) }
}

class TakeScope implements StepScope {
  readonly runId: string
  readonly flow: string
  readonly path: string
  readonly key: string
  readonly run: Run
  readonly #at: Position
  readonly #inner: Scope
  readonly #recorded: readonly Entry[]
  #question: 'none' | 'asked' | 'answered' = 'none'

  constructor(at: Position, inner: Scope, recorded: readonly Entry[]) {
    const { run } = at.scope.drive
    this.runId = run.id
    this.flow = run.flow
    this.path = at.path
    this.key = stepKey(run.id, at.path)
    this.run = at.scope.drive.runIn(inner)
    this.#at = at
    this.#inner = inner
    this.#recorded = recorded
  }

  get signal(): AbortSignal {
    return this.#inner.signal
  }

  now(): number {
    return this.#at.scope.drive.now()
  }

  service<Service>(key: ServiceKey<Service>): Service {
    const { host } = this.#at.scope.drive
    return (host.counterfactual?.services(this.path) ?? host.services).get(key)
  }

  emit(event: LiveEvent): void {
    this.#at.scope.drive.host.emit(this.runId, { ...event, path: this.path })
  }

  async question(question: Question): Promise<QuestionOutcome> {
    if (this.#question !== 'none')
      throw new RondoError(
        'invalid_definition',
        `"${this.path}" puts a second question to people. A take puts at most one; give the other a step of its own.`,
        {
          details: { path: this.path },
          terminal: true,
        },
      )
    this.#question = 'asked'
    // The take itself is what waits, so it does not count as busy meanwhile.
    this.#inner.stepBegins()
    try {
      const outcome = await askPeople(this.#at, question, this.#recorded)
      if (outcome.kind === 'answered') this.#question = 'answered'
      return outcome
    } finally {
      this.#inner.stepEnds()
    }
  }

  /** The take came to its end: what is committed together with the step's last entry. */
  finish(ending: Ending): Along {
    const left = this.#inner.finish(ending)
    if (this.#question === 'none') return left
    const own = { path: this.path, state: this.#question === 'answered' ? ('taken' as const) : ('closed' as const) }
    return { ...left, endReviews: [...(left.endReviews ?? []), own] }
  }
}

/**
 * The `run` a flow is handed: every method of the language, in the scope the calling code stands in.
 *
 * Owns: finding that scope, and turning a broken rule into a stopped run. Never: does a step's work.
 * A flow may use the outermost `run` everywhere: inside a turn, an item or a branch, a step lands in that scope.
 */
import type { z } from 'zod'
import type { Duration } from '../duration.ts'
import { milliseconds } from '../duration.ts'
import { RondoError } from '../errors.ts'
import { all, map, race } from './branches.ts'
import type { Definition } from './definition.ts'
import type { Flow } from './flow.ts'
import { loop } from './loop.ts'
import { chance, seededUuid } from './retry.ts'
import { reviewing } from './reviewing.ts'
import type {
  Branch,
  Budget,
  MapOptions,
  ReviewRequest,
  ReviewResult,
  Run,
  SignalOptions,
  StepCall,
  StepOptions,
  TakeOptions,
  Turn,
  TurnResult,
  Winner,
} from './run.ts'
import type { Scope } from './scope.ts'
import { standing } from './standing.ts'
import { step } from './step.ts'
import { suspended } from './suspended.ts'
import { take } from './take.ts'
import { call, measure, signal, until } from './waiting.ts'

export class ScopedRun implements Run {
  readonly #scope: Scope

  constructor(scope: Scope) {
    this.#scope = scope
  }

  get id(): string {
    return this.#scope.drive.run.id
  }

  get flow(): string {
    return this.#scope.drive.run.flow
  }

  step<Output>(name: string, work: (call: StepCall) => Output | Promise<Output>, options: StepOptions = {}): Promise<Output> {
    return this.#taking(`run.step("${name}")`, (scope) => step(scope, name, work, options))
  }

  ask<Input, Output>(prompt: Definition<'ask', Input, Output>, input: NoInfer<Input>, options?: TakeOptions): Promise<Output> {
    return this.#taking(`run.ask("${prompt.name}")`, (scope) => take(scope, prompt, input, options?.name ?? prompt.name))
  }

  decide<Question, Decided>(
    decision: Definition<'decide', Question, Decided>,
    question: NoInfer<Question>,
    options?: TakeOptions,
  ): Promise<Decided> {
    return this.#taking(`run.decide("${decision.name}")`, (scope) => take(scope, decision, question, options?.name ?? decision.name))
  }

  context<Input, Built>(builder: Definition<'context', Input, Built>, input: NoInfer<Input>, options?: TakeOptions): Promise<Built> {
    return this.#taking(`run.context("${builder.name}")`, (scope) => take(scope, builder, input, options?.name ?? builder.name))
  }

  review<Subject>(name: string, request: ReviewRequest<Subject>): Promise<ReviewResult<Subject>> {
    return this.#taking(`run.review("${name}")`, (scope) =>
      take(scope, scope.drive.host.services.get(reviewing).define<Subject>(name), request, name),
    )
  }

  loop<State, Output>(
    name: string,
    budget: Budget,
    initial: State,
    body: (turn: Turn, state: State) => Promise<TurnResult<State, Output>>,
  ): Promise<Output> {
    return this.#taking(`run.loop("${name}")`, (scope) => loop(scope, name, budget, initial, body))
  }

  map<Item, Output>(
    name: string,
    items: readonly Item[],
    body: (item: Item, run: Run) => Output | Promise<Output>,
    options: MapOptions<Item> = {},
  ): Promise<Output[]> {
    return this.#taking(`run.map("${name}")`, (scope) => map(scope, name, items, body, options))
  }

  all<Branches extends Record<string, Branch<unknown>>>(
    branches: Branches,
  ): Promise<{ [Name in keyof Branches]: Awaited<ReturnType<Branches[Name]>> }> {
    return this.#taking(
      'run.all',
      (scope) => all(scope, branches) as Promise<{ [Name in keyof Branches]: Awaited<ReturnType<Branches[Name]>> }>,
    )
  }

  race<Branches extends Record<string, Branch<unknown>>>(name: string, branches: Branches): Promise<Winner<Branches>> {
    return this.#taking(`run.race("${name}")`, (scope) => race(scope, name, branches) as Promise<Winner<Branches>>)
  }

  sleep(name: string, duration: Duration): Promise<void> {
    return this.#taking(`run.sleep("${name}")`, (scope) => {
      const ms = milliseconds(duration)
      return until(scope, name, (now) => now + ms)
    })
  }

  until(name: string, time: Date | number): Promise<void> {
    return this.#taking(`run.until("${name}")`, (scope) => {
      const at = Number(time)
      if (!Number.isFinite(at))
        throw new RondoError('invalid_definition', `run.until("${name}") was given "${time}", which is no time.`, { terminal: true })
      return until(scope, name, () => at)
    })
  }

  signal<Schema extends z.ZodType = z.ZodUnknown>(name: string, options: SignalOptions<Schema> = {}): Promise<z.output<Schema>> {
    return this.#taking(`run.signal("${name}")`, (scope) => signal(scope, name, options) as Promise<z.output<Schema>>)
  }

  call<Input, Output>(flow: Flow<Input, Output>, input: NoInfer<Input>, options?: TakeOptions): Promise<Output> {
    return this.#taking(`run.call("${flow.name}")`, (scope) => call(scope, flow, input, options?.name ?? flow.name) as Promise<Output>)
  }

  measure(name: string, value: number): Promise<void> {
    return this.#taking(`run.measure("${name}")`, (scope) => measure(scope, name, value))
  }

  now(): Date {
    return new Date(this.#scope.drive.learnedAt)
  }

  random(): number {
    return chance(this.#seed('random'))
  }

  uuid(): string {
    return seededUuid(this.#seed('uuid'))
  }

  /** Work of a step draws its own chance: on replay it does not run, and must not move the flow's draws on. */
  #seed(what: string): string {
    const now = standing.getStore()
    if (now?.kind === 'work') {
      now.draws += 1
      return `${what}:${this.id}:${now.path}:${now.draws}`
    }
    const scope = this.#standing()
    return `${what}:${this.id}:${scope.path}:${scope.draw()}`
  }

  /** Takes a step where the calling code stands. A broken rule stops the run: the flow cannot catch it. */
  #taking<Output>(what: string, taking: (scope: Scope) => Promise<Output>): Promise<Output> {
    const now = standing.getStore()
    if (now?.kind === 'work') return this.#nested(what, now.path)
    try {
      const scope = this.#standing()
      if (scope.ending === 'over' && now?.scope.dead !== true) throw left(what, scope.path)
      return taking(scope)
    } catch (error) {
      this.#scope.drive.stop(error)
      return suspended()
    }
  }

  /** The run stops, and the work learns why: it is no code of the flow, and has to come to its end. */
  #nested<Output>(what: string, path: string): Promise<Output> {
    const error = new RondoError(
      'nested_step',
      `${what} was called inside the work of step "${path}". A step's work is one unit: take the other step before or after it.`,
      { details: { path }, terminal: true },
    )
    this.#scope.drive.stop(error)
    const refused = Promise.reject<Output>(error)
    refused.catch(() => undefined)
    return refused
  }

  /** The scope of the calling code when it is inside this one, else this one. */
  #standing(): Scope {
    const now = standing.getStore()
    return now?.kind === 'flow' && now.scope.drive === this.#scope.drive && now.scope.within(this.#scope) ? now.scope : this.#scope
  }
}

function left(what: string, path: string): RondoError {
  return new RondoError(
    'invalid_definition',
    `${what} was called on the run of "${path}", which is over. Use the run of the place where the call stands.`,
    { details: { path }, terminal: true },
  )
}

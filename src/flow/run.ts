/**
 * The language: everything a flow's function can do with `run`.
 *
 * Owns: the public types of the language. Never: how it is done. Rules every method keeps:
 *   R1. What is recorded at a path is never executed again; a result is on disk before the flow sees it.
 *   R2. A name is unique in its scope; repetition and concurrency open scopes (loop rounds, map items, branches).
 *   R3. A suspended flow sees nothing: no error, no `finally`.
 *   R4. Code that returns lets go of the steps it did not await: questions close, children are cancelled, and only what has an
 *       effect and was under way is let finish. A step nobody awaits never harms the process; its failure stands in the journal.
 *       A promise of the flow's own that nobody awaits, and that fails, stops its run and nothing else.
 * The folder, in the order in which it reads: flow.ts, scoped-run.ts (finds the scope a call stands in); step.ts, take.ts,
 * loop.ts, branches.ts, waiting.ts (what each step does); question.ts, unknown.ts, meter.ts (what people are asked); drive.ts,
 * scope.ts, deliveries.ts, waits.ts, own-journal.ts, strays.ts (how a run is moved forward).
 */
import type { z } from 'zod'
import type { Duration } from '../duration.ts'
import type { Definition, LiveEvent } from './definition.ts'
import type { Flow } from './flow.ts'

export interface Run {
  readonly id: string
  readonly flow: string

  /** Does a piece of work once and keeps its result. Say what it does to the world in `effect`; the default, `write`, is never repeated unasked. */
  step<Output>(name: string, work: (call: StepCall) => Output | Promise<Output>, options?: StepOptions): Promise<Output>
  /** Asks a model, through a prompt. Named after the prompt unless `name` says otherwise. */
  ask<Input, Output>(prompt: Definition<'ask', Input, Output>, input: NoInfer<Input>, options?: TakeOptions): Promise<Output>
  /** Has a decision taken: by its predictor, by people, or both, as its policy says. */
  decide<Question, Decided>(
    decision: Definition<'decide', Question, Decided>,
    question: NoInfer<Question>,
    options?: TakeOptions,
  ): Promise<Decided>
  /** Shows people something and waits for their answer. */
  review<Subject>(name: string, request: ReviewRequest<Subject>): Promise<ReviewResult<Subject>>
  /** Builds what goes into a model call, and keeps what entered, from where, what was cut and why. */
  context<Input, Built>(builder: Definition<'context', Input, Built>, input: NoInfer<Input>, options?: TakeOptions): Promise<Built>

  /**
   * Takes turns until one is `turn.done(…)`, and fails with a turn that throws. State goes from turn to turn; a resumed loop
   * starts at its last finished round.
   * A spent budget never throws: the run waits until a person extends it or ends the run.
   */
  loop<State, Output>(
    name: string,
    budget: Budget,
    initial: State,
    body: (turn: Turn, state: State) => Promise<TurnResult<State, Output>>,
  ): Promise<Output>
  /**
   * Does the same for every item, `concurrency` at a time. Items need distinct keys; results come in the order of the items.
   * Fails with the first item that fails, and stops the others: their work is told to stop, their questions close.
   */
  map<Item, Output>(
    name: string,
    items: readonly Item[],
    body: (item: Item, run: Run) => Output | Promise<Output>,
    options?: MapOptions<Item>,
  ): Promise<Output[]>
  /** Runs named branches side by side; fails with the first that fails, and stops the others, as `map` does. */
  all<Branches extends Record<string, Branch<unknown>>>(
    branches: Branches,
  ): Promise<{ [Name in keyof Branches]: Awaited<ReturnType<Branches[Name]>> }>
  /** Runs named branches side by side and keeps the first result, or fails with the first failure. Which one won is journaled; the others are stopped. */
  race<Branches extends Record<string, Branch<unknown>>>(name: string, branches: Branches): Promise<Winner<Branches>>

  sleep(name: string, duration: Duration): Promise<void>
  until(name: string, time: Date | number): Promise<void>
  /** Takes the next signal of a topic (the name, unless `topic` says otherwise), in the order they came, early ones included. */
  signal<Schema extends z.ZodType = z.ZodUnknown>(
    name: string,
    options: SignalOptions<Schema> & { within: Duration },
  ): Promise<z.output<Schema> | undefined>
  signal<Schema extends z.ZodType = z.ZodUnknown>(name: string, options?: SignalOptions<Schema>): Promise<z.output<Schema>>
  /** Runs another flow as a child and waits for its output. Named after the flow unless `name` says otherwise. */
  call<Input, Output>(flow: Flow<Input, Output>, input: NoInfer<Input>, options?: TakeOptions): Promise<Output>
  /** Records a score in [0,1] of this run. Another number stops it. */
  measure(name: string, value: number): Promise<void>

  /** The time of the last thing this run learned: the same again on replay. */
  now(): Date
  /** A number in [0,1) seeded by run and scope: the same again on replay. */
  random(): number
  /** A uuid seeded by run and scope: the same again on replay. */
  uuid(): string
}

/**
 * What a step does to the world:
 * - `none`, `read`: nothing; may run again.
 * - `idempotent`: may run again under the same key.
 * - `write`: never runs again by itself. If the process dies in it, or it is given up, its outcome is unknown and a person is asked.
 * When a run is paused or its process stops, what has an effect and is under way is let finish, for ten seconds; the rest is
 * done again later. When a run is cancelled, or its branch lost, all of it is told to stop.
 */
export type Effect = 'none' | 'read' | 'idempotent' | 'write'

export interface StepCall {
  /** The same at every attempt and every resume: hand it to the other side as the idempotency key. */
  readonly key: string
  readonly signal: AbortSignal
  /** 1 at first. */
  readonly attempt: number
  emit(event: LiveEvent): void
}

export interface StepOptions {
  readonly effect?: Effect
  readonly retry?: Retry
  /** For one attempt. A `write` that runs out of time is unknown, not failed. */
  readonly timeout?: Duration
  /**
   * What the work depends on, all of it. With it a backtest knows whether the step would do the same; without it, only whether
   * nothing that the flow learned before has changed.
   */
  readonly input?: unknown
  /** Given up on when this aborts: it fails, and is not tried again; a `write` is unknown. */
  readonly signal?: AbortSignal
  /** The largest result in bytes of encoded text; 16 MiB unless told otherwise. */
  readonly maxBytes?: number
}

/** How often a failed attempt is tried again. Attempts are journaled, so the count survives a restart. */
export interface Retry {
  /** Attempts in all, the first included. Default 3; for a `write` 1. */
  readonly attempts?: number
  /** Wait before the second attempt. Default 1 s. */
  readonly first?: Duration
  /** Each wait is this many times the one before. Default 2. */
  readonly factor?: number
  /** No wait is longer. Default 5 min. */
  readonly longest?: Duration
  /** Up to this share of a wait is taken off at random, seeded by run and attempt. Default 0.3. */
  readonly jitter?: number
  /** Which errors to try again; all but terminal ones unless told otherwise. */
  readonly on?: (error: unknown) => boolean
}

export interface TakeOptions {
  /** The step's name in its scope. */
  readonly name?: string
}

/**
 * What a loop, or a run, may use up before a person is asked to extend it or end the run. It is looked at before each round of a
 * loop, and before each ask, context, decision and review, as far as that would use it up; so what is under way is finished, and
 * code steps are not held up. What a child uses counts for the child.
 */
export interface Budget {
  readonly rounds?: number
  readonly tokens?: number
  readonly usd?: number
  /** Wall time since it began, without the time it stood waiting to be extended. */
  readonly time?: Duration
  /** Time people spent on its questions. */
  readonly attention?: Duration
  /** Who is asked when it is spent. Default `operator`. */
  readonly role?: string
}

export interface Turn {
  /** 0 at first. */
  readonly round: number
  /** Ends the loop with a result. */
  done<Output>(output: Output): Done<Output>
  /** Takes another turn with this state. */
  again<State>(state: State): Again<State>
}

export interface Done<Output> {
  readonly kind: 'done'
  readonly output: Output
}
export interface Again<State> {
  readonly kind: 'again'
  readonly state: State
}
export type TurnResult<State, Output> = Done<Output> | Again<State>

export interface MapOptions<Item> {
  /** What tells an item from the others. Default: the item itself if it is a number or short text, else its `id`. */
  readonly key?: (item: Item) => string | number
  /** Items under way at once. Default 8. */
  readonly concurrency?: number
}

export type Branch<Output> = (run: Run) => Output | Promise<Output>

export type Winner<Branches extends Record<string, Branch<unknown>>> = {
  [Name in keyof Branches]: { readonly winner: Name; readonly value: Awaited<ReturnType<Branches[Name]>> }
}[keyof Branches]

export interface SignalOptions<Schema extends z.ZodType> {
  /** A signal that does not fit is taken, and fails the step. */
  readonly schema?: Schema
  readonly within?: Duration
  readonly topic?: string
}

export interface ReviewRequest<Subject> {
  /** What people look at, and accept, edit or reject. */
  readonly subject: Subject
  /** The question in a line. Default: the review's name. */
  readonly title?: string
  /** Who is asked. Default `reviewer`. */
  readonly role?: string
  /** How long they have, from when they are asked; a restart does not change it. */
  readonly within?: Duration
  /** Who is asked next when they did not answer; they have as long again unless `within` is given. */
  readonly escalateTo?: string | { readonly role: string; readonly within?: Duration }
  /** What happens when nobody answered in time: `fail` the step, keep `wait`ing (default), or go on as `expired`. */
  readonly otherwise?: 'fail' | 'wait' | 'expire'
  /** How many people must answer; the majority counts, a tie is a rejection. Default 1. */
  readonly quorum?: number
  /** What an edited subject must look like. */
  readonly schema?: z.ZodType<Subject>
}

export type ReviewResult<Subject> =
  | { readonly outcome: 'accepted' | 'edited'; readonly value: Subject; readonly note?: string; readonly by: readonly string[] }
  | { readonly outcome: 'rejected'; readonly note: string; readonly by: readonly string[] }
  | { readonly outcome: 'expired'; readonly note?: undefined; readonly by: readonly string[] }

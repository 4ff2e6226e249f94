/**
 * The protocol between the language and the layers above it: a definition is a named thing that knows how to take one step.
 *
 * Prompts (`ask`), decisions (`decide`), context builders (`context`) and reviews are definitions. The language gives each a
 * scope of its own below its path, journals what it returns, and never calls it again once that is recorded.
 * Owns: the protocol. Never: what a definition does.
 */
import type { Answer, NewCase, NewMeasure, ReviewKind, ReviewRecord } from '../journal/records.ts'
import type { Usage } from '../money.ts'
import type { Run } from './run.ts'
import type { ServiceKey } from './service.ts'

/** Something with a name that takes a step of one kind: `take` is called until its result is in the journal, then never again. */
export interface Definition<Kind extends 'ask' | 'decide' | 'context' | 'review', Input, Output> {
  readonly kind: Kind
  readonly name: string
  take(input: Input, scope: StepScope): Promise<Taken<Output>>
  /** What of an input says whether two are the same; all of it, unless told otherwise. */
  asks?(input: Input): unknown
  /** What a result depends on besides its input, as it stands now, as `Taken.version` says of one that was taken. */
  version?(scope: Pick<StepScope, 'service'>): string | undefined | Promise<string | undefined>
  /** Takes a step that was taken before once more, under another version and with the same input: what people said to it stands. */
  again?(input: Input, scope: StepScope, was: Was<Output>): Promise<Taken<Output>>
}

/** How a step came out when it was taken. */
export interface Was<Output> {
  readonly value: Output
  /** Decoded. */
  readonly record: unknown
}

/** What a definition hands back to be journaled. */
export interface Taken<Output> {
  readonly value: Output
  /** All that was shown and known; anything `encode` takes. Shown beside the answer, never needed for replay. */
  readonly record?: unknown
  readonly usage?: Usage
  /** What the value depends on besides the input: a prompt's text and model, a predictor. */
  readonly version?: string
  /** A case people's answer made, committed together with the step. */
  readonly newCase?: NewCase
  /** Scores that came about with it: of this run, and of this step unless they name another. */
  readonly measures?: readonly Omit<NewMeasure, 'run'>[]
}

/** What a definition may use while it takes its step. */
export interface StepScope {
  readonly runId: string
  readonly flow: string
  readonly path: string
  /** The same at every attempt and every resume: for idempotent effects. */
  readonly key: string
  /** Aborted when the run is cancelled, its branch loses a race, or Rondo stops. */
  readonly signal: AbortSignal
  /** Steps taken on it are journaled below this path. */
  readonly run: Run
  /** The wall clock. What is read from it must reach the flow only through the returned value. */
  now(): number
  service<Service>(key: ServiceKey<Service>): Service
  /** Tells live subscribers something that is not journaled: a streamed delta, progress. */
  emit(event: LiveEvent): void
  /**
   * Puts a question to people at this step's path, and waits without holding memory. Call it at most once in a `take`.
   * Once it has resolved, the same outcome comes back on every resume.
   */
  question(question: Question): Promise<QuestionOutcome>
}

export type LiveEvent = { readonly type: 'delta'; readonly text: string } | { readonly type: 'progress'; readonly message: string }

export interface Question {
  readonly kind: ReviewKind
  readonly title: string
  /** What the people see; encoded and content-addressed. */
  readonly content: unknown
  /** How many people must answer before it is settled. */
  readonly quorum?: number
  /**
   * Who is asked, and for how long before the next stage begins. The last stage waits as long as it takes when it has no `withinMs`,
   * or is `patient`: then it is due after that time, for people to see, and stays open all the same.
   */
  readonly stages: readonly { readonly role: string; readonly withinMs?: number; readonly patient?: boolean }[]
  /** Looks at the answers when the run takes them: a complaint reopens the question and stands there as a comment. */
  readonly check?: (answers: readonly Answer[]) => string | undefined
}

export type QuestionOutcome =
  | { readonly kind: 'answered'; readonly review: ReviewRecord }
  | { readonly kind: 'expired'; readonly at: number }

/**
 * What proposes an answer with a confidence: a prompt on a language model, the built-in learner, a hosted classifier.
 *
 * Owns: the contract between predictors and decisions. Never: decides whether the proposal stands; that is the policy's.
 */
import type { z } from 'zod'
import type { StepScope } from '../flow/definition.ts'

export interface Predictor<Question, Answer> {
  readonly name: string
  /** Proposes an answer. Model calls it makes on `scope.run` are journaled, so a resume does not pay for them again. */
  predict(question: Question, about: Asked<Answer>, scope: StepScope): Promise<Prediction<Answer>>
  /** The version that a prediction made now would have, where that can be told without making one: what a backtest compares. */
  version?(scope: Pick<StepScope, 'service'>): string | Promise<string>
}

/** The decision on whose behalf a predictor is asked. */
export interface Asked<Answer> {
  readonly decision: string
  readonly answer: z.ZodType<Answer>
  /** The possible answers when the decision is a choice. */
  readonly choices: readonly Answer[] | undefined
}

export interface Prediction<Answer> {
  /** `undefined`: it has nothing to propose (yet). */
  readonly answer: Answer | undefined
  /** In [0,1]; 0 without an answer. */
  readonly confidence: number
  /** Where the confidence comes from. */
  readonly source: 'learner' | 'log-probability' | 'agreement' | 'judge' | 'stated' | 'recorded'
  /** What answers may depend on: prompt hash and model, learner architecture. A change of it is a new epoch. */
  readonly version: string
  /** Small extra facts for the record: runner-up answers, how many cases it learned from. */
  readonly detail?: Readonly<Record<string, unknown>>
}

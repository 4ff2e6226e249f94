/**
 * What proposes answers in a trial.
 *
 * Owns: the contract, and the proposer that repeats what a file recorded. The learner (learned.ts) and a language model (asked.ts) are beside
 * this file.
 */
import type { CaseRecord } from '../../journal/records.ts'
import type { Prediction } from '../../model/predictor.ts'
import type { Proposed } from './desk.ts'
import type { PastDecision, Recorded } from './rows.ts'

/** How far something long is. */
export interface Progress {
  /** What is being done, as in `reading texts`. */
  readonly doing: string
  readonly done: number
  readonly total: number
  /** `undefined` while nothing can be said. */
  readonly secondsLeft?: number
}

export type OnProgress = (progress: Progress) => void

export interface ProposerFacts {
  readonly kind: 'recorded' | 'learner' | 'model'
  /** A column, `learner`, or `provider/model`. */
  readonly name: string
  /** Where the confidence comes from; `none`: every proposal is equally sure. */
  readonly confidence: Prediction<unknown>['source'] | 'none'
  /** Whether it is better at the end than at the beginning, so that its early proposals say little of it. */
  readonly learns: boolean
}

export interface Proposer {
  readonly facts: ProposerFacts
  /**
   * What can be done before the first decision. Gives the decisions that it can propose for, in the same order: all, or the first
   * ones when it had to stop.
   */
  prepare(decisions: readonly PastDecision[], onProgress: OnProgress): Promise<readonly PastDecision[]>
  propose(decision: PastDecision): Proposed | Promise<Proposed>
  /** Takes a case to learn from. */
  learn(one: CaseRecord): void
  close(): Promise<void>
}

/** Repeats recorded proposals. */
export function recordedProposer(name: string, hasConfidence: boolean, of: (decision: PastDecision) => Recorded | undefined): Proposer {
  return {
    facts: { kind: 'recorded', name, confidence: hasConfidence ? 'recorded' : 'none', learns: false },
    prepare: (decisions) => Promise.resolve(decisions),
    propose: (decision) => ({ answer: undefined, confidence: 0, ...of(decision), version: name }),
    learn: () => undefined,
    close: () => Promise.resolve(),
  }
}

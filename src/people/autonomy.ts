/**
 * Autonomy: the policy that says when the predictor's answer stands without a person.
 *
 * Owns: the contract between decisions and policies, and the three policies without a guarantee. `earned` is beside this file.
 */
import type { StepScope } from '../flow/definition.ts'
import type { Prediction } from '../model/predictor.ts'

/** What a policy is asked about: one proposal of one decision. */
export interface Proposal {
  readonly decision: string
  readonly prediction: Prediction<unknown>
  /** The same for the same question at every attempt and resume: what audits are drawn from. */
  readonly seed: string
  /** The segment the question falls into, where the decision declares one. */
  readonly segment: string | undefined
  readonly scope: StepScope
}

export interface Ruling {
  /** Whether a person is asked. */
  readonly review: boolean
  /** The probability with which the policy would have asked a person, in [0,1]: 1 when it always would have. Logged. */
  readonly probability: number
  /** Why a person is asked: drawn at random, or because the policy does not let the proposal stand. */
  readonly origin: 'audit' | 'escalation'
  /** The policy in words, for the record: `threshold(0.95)`. */
  readonly policy: string
  /** The policy's epoch, where it has epochs. */
  readonly epoch?: number
  /** Small facts for the record: the threshold in force, the certificate. */
  readonly detail?: Readonly<Record<string, unknown>>
}

export interface Autonomy {
  readonly name: 'always' | 'never' | 'threshold' | 'earned'
  /** What is promised, in a sentence for people. */
  readonly promise: string
  /** Called once per proposal; a proposal without an answer is never asked about, people are asked. */
  rule(proposal: Proposal): Ruling | Promise<Ruling>
}

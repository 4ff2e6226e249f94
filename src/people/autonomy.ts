/**
 * Autonomy: the policy that says when the predictor's answer stands without a person.
 *
 * Owns: the contract between decisions and policies, and the three policies without a guarantee. `earned` is beside this file.
 */
import { RondoError } from '../errors.ts'
import type { StepScope } from '../flow/definition.ts'
import { chance } from '../flow/retry.ts'
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

/** A person answers every question; the proposal is shown to them. */
export function always(): Autonomy {
  return {
    name: 'always',
    promise: 'A person answers every question.',
    rule: () => ({ review: true, probability: 1, origin: 'escalation', policy: 'always' }),
  }
}

/** Every proposal stands alone. People, where the decision has any, are asked only when there is no proposal. */
export function never(): Autonomy {
  return {
    name: 'never',
    promise: 'Every proposal stands alone, however unsure. Nobody looks, so nothing is promised.',
    rule: () => ({ review: false, probability: 0, origin: 'escalation', policy: 'never' }),
  }
}

/**
 * A proposal stands alone at or above a confidence that somebody chose. It carries no guarantee: nothing measures how often what
 * stands alone is wrong. With `audit`, that share of it is drawn at random and put to people all the same, so that it can be known.
 */
export function threshold(confidence: number, options: { readonly audit?: number } = {}): Autonomy {
  const { audit = 0 } = options
  share(confidence, 'threshold(confidence)')
  share(audit, 'threshold(…, { audit })')
  const policy = audit === 0 ? `threshold(${confidence})` : `threshold(${confidence}, audit ${audit})`
  return {
    name: 'threshold',
    promise: `A proposal stands alone at a confidence of ${confidence} or more. The threshold was set by hand and carries no guarantee.`,
    rule({ prediction, seed }) {
      if (prediction.confidence < confidence) return { review: true, probability: 1, origin: 'escalation', policy }
      return { review: chance(`audit:${seed}`) < audit, probability: audit, origin: 'audit', policy }
    },
  }
}

function share(value: number, what: string): void {
  if (value >= 0 && value <= 1) return
  throw new RondoError('invalid_definition', `${what} takes a number from 0 to 1, not ${value}.`)
}

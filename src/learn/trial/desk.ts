/**
 * A desk that takes past decisions as if they came in now: proposal, ruling, and a person's answer where the ruling asks for one.
 *
 * Owns: that simulation. The ruling and the fold are those of `earned` in production. Never: looks at an answer that no person would have been
 * asked for, except to say afterwards how often what stood alone was wrong.
 */
import type { CaseRecord } from '../../journal/records.ts'
import { encode } from '../../json.ts'
import { type EarnedAutonomy, ruling } from '../../people/earned.ts'
import { EarnedFold, type SegmentState } from '../../people/earned-fold.ts'
import { draw } from '../../statistics/chance.ts'
import type { PastDecision } from './rows.ts'

/** A proposal for a past decision. */
export interface Proposed {
  /** `undefined`: nothing was proposed, and a person is asked. */
  readonly answer: string | undefined
  readonly confidence: number
  readonly version: string
}

/** A past decision as it would have gone. */
export interface Outcome {
  readonly decision: PastDecision
  readonly proposed: Proposed
  readonly isRight: boolean
  /** Whether a person would have seen it. */
  readonly isSeen: boolean
  /** Whether the proposal lay above the certified threshold: it stood alone, or was audited. */
  readonly isAbove: boolean
}

export const DECISION = 'trial'

export interface DeskOptions {
  readonly policy: EarnedAutonomy
  readonly seed: string
  /** Where the cases of what people saw go, for a predictor that learns from them. */
  readonly keep?: (one: CaseRecord) => void
  /** Before the first decision: how many cases there are. */
  readonly known?: number
}

export class Desk {
  readonly #options: DeskOptions
  readonly #fold: EarnedFold
  #taken = 0
  #seq: number

  constructor(options: DeskOptions) {
    this.#options = options
    this.#fold = new EarnedFold(options.policy.terms)
    this.#seq = options.known ?? 0
  }

  /** Takes the next decision. `at` of its case is its place in the order, from 1. */
  take(decision: PastDecision, proposed: Proposed, segment?: string): Outcome {
    this.#taken += 1
    const isRight = proposed.answer === decision.answer
    if (proposed.answer === undefined) {
      this.#keep({ ...this.#caseOf(decision, segment), origin: 'escalation', probability: 1 })
      return { decision, proposed, isRight: false, isSeen: true, isAbove: false }
    }
    const { policy, seed } = this.#options
    const epoch = this.#fold.epochFor(segment, proposed.version)
    const chance = draw(`${policy.policy} ${seed} ${decision.row}`)
    const { review, probability, origin, policy: words, epoch: number } = ruling(policy.terms, epoch, proposed.confidence, chance)
    if (review)
      this.#keep({
        ...this.#caseOf(decision, segment),
        predicted: encode(proposed.answer),
        confidence: proposed.confidence,
        version: proposed.version,
        probability,
        origin,
        policy: words,
        ...(number !== undefined && { epoch: number }),
      })
    return { decision, proposed, isRight, isSeen: review, isAbove: origin === 'audit' }
  }

  get segments(): readonly SegmentState[] {
    return this.#fold.segments
  }

  #caseOf(
    { text, answer }: PastDecision,
    segment: string | undefined,
  ): Pick<CaseRecord, 'seq' | 'decision' | 'question' | 'answer' | 'at'> {
    this.#seq += 1
    return {
      seq: this.#seq,
      decision: DECISION,
      question: encode(text),
      answer: encode(answer),
      at: this.#taken,
      ...(segment !== undefined && { segment }),
    }
  }

  #keep(one: CaseRecord): void {
    this.#fold.add(one)
    this.#options.keep?.(one)
  }
}

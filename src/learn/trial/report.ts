/**
 * What a trial found: the document that `rondo try --json` prints, and from which the terminal and the page are drawn.
 *
 * Owns: its shape. Fields are added, and never taken away or given another meaning, within a `version`.
 */
import type { EarnedTerms } from '../../people/earned-fold.ts'
import type { Advice } from './advice.ts'
import type { CostEstimate, Spent } from './asked.ts'
import type { Columns } from './columns.ts'
import type { TwoSystems } from './comparing.ts'
import type { AnswerFacts, ConfidenceBin, Confusion, CoveragePoint, Suspect } from './patterns.ts'
import type { ProposerFacts } from './proposer.ts'
import type { Finding } from './rows.ts'
import type { SegmentFacts } from './segments.ts'
import type { Standing, Tally } from './standing.ts'

export interface TrialReport {
  readonly version: 1
  readonly columns: Columns
  readonly rows: {
    /** Rows in the file, without the header. */
    readonly read: number
    readonly leftOut: number
    /** Rows that the learner knew before the first decision, as if they had been imported. */
    readonly learnedBefore: number
    /** Decisions taken in the trial. */
    readonly decided: number
    readonly order: 'seeded' | 'as in the file'
    readonly seed: string
  }
  readonly findings: readonly Finding[]
  readonly answers: { readonly distinct: number; readonly commonest: { readonly answer: string; readonly share: number } }
  readonly proposer: ProposerFacts
  readonly cost?: { readonly estimate: CostEstimate; readonly spent: Spent }
  readonly terms: EarnedTerms
  /** What is promised of what stands alone, in a sentence. */
  readonly promise: string
  readonly standing: Standing
  /** Proposals that are representative of the predictor as it is now: all, or the last half of one that learns. */
  readonly settled: Tally
  /** The same trial under other promises. */
  readonly whatIf: readonly WhatIf[]
  readonly confusions: readonly Confusion[]
  readonly byAnswer: readonly AnswerFacts[]
  readonly confidence: readonly ConfidenceBin[]
  readonly coverage: readonly CoveragePoint[]
  readonly suspects: readonly Suspect[]
  readonly segments: readonly SegmentFacts[]
  readonly comparison?: TwoSystems
  readonly next: readonly Advice[]
}

export interface WhatIf {
  readonly maxError: number
  readonly certifiedAfter: number | undefined
  readonly lastThirdShare: number
  readonly alone: Tally
}

/**
 * `rondo/autonomy`: the policies that say when a predictor's answer stands without a person.
 */
export { type Autonomy, always, never, type Proposal, type Ruling, threshold } from './people/autonomy.ts'
export { type EarnedAutonomy, type EarnedOptions, earned, isEarned } from './people/earned.ts'
export type { Alarm, EarnedTerms, EpochState, SegmentState } from './people/earned-fold.ts'
export { type AutonomyState, autonomyState, type LoadPoint } from './people/earned-state.ts'
export type { Certificate } from './statistics/certificate.ts'

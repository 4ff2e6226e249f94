/**
 * `rondo/autonomy`: the policies that say when a predictor's answer stands without a person.
 */
export { type Autonomy, always, never, type Proposal, type Ruling, threshold } from './people/autonomy.ts'

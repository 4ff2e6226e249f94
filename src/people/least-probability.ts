/**
 * How rarely a policy may ask people, read from its words as rulings log them.
 *
 * Owns: that reading. What weighs people's answers by one over the probability of being asked needs a bound for the weight that stands
 * before anything is seen; the smallest probability among what happened to be drawn is none (METHODS in docs/earned-autonomy.md).
 */
import { termsIn } from './earned-fold.ts'

/** Policies that ask always, or never; a bare name is logged where people were asked because there was nothing to rule on. */
const ALL_OR_NOTHING: readonly string[] = ['always', 'never', 'people only', 'threshold', 'earned']

/** The smallest probability above zero with which the policy asks people; `undefined` for words that are not Rondo's own. */
export function leastProbabilityOf(policy: string): number | undefined {
  if (ALL_OR_NOTHING.includes(policy)) return 1
  const [isThreshold, audit] = /^threshold\([^,)]+(?:, audit ([^,)]+))?\)$/.exec(policy) ?? []
  if (isThreshold !== undefined) return audit === undefined ? 1 : share(Number(audit))
  const terms = termsIn(policy)
  return terms === undefined ? undefined : share(terms.audit)
}

function share(value: number): number | undefined {
  return value > 0 && value <= 1 ? value : undefined
}

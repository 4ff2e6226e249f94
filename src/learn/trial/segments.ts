/**
 * How a trial went in each segment.
 *
 * Owns: segments by column and value. Never: says that a segment keeps a promise that was made for all of them together: what it would have earned
 * by itself is computed apart.
 */
import type { EarnedAutonomy } from '../../people/earned.ts'
import { Desk, type Outcome } from './desk.ts'
import type { PastDecision } from './rows.ts'
import { aloneIn, share, type Tally, tally } from './standing.ts'

export interface SegmentFacts {
  readonly column: string
  readonly value: string
  readonly n: number
  /** Of the proposals. */
  readonly proposed: Tally
  /** Under the certificate of all segments together. */
  readonly seenShare: number
  readonly alone: Tally
  /** Had it had to earn by itself, as a decision's segments do. */
  readonly own: { readonly certifiedAfter: number | undefined; readonly seenShare: number; readonly alone: Tally }
}

/** More values than this in a column: the rarest are taken together. */
const MOST = 12
export const OTHERS = '(others)'

/** Names a decision's segment in a column. */
export function segmenter(decisions: readonly PastDecision[], column: number): (decision: PastDecision) => string {
  const counts = [...Map.groupBy(decisions, ({ segments }) => segments[column] ?? '')].sort(
    ([, one], [, other]) => other.length - one.length,
  )
  const kept = new Set(counts.slice(0, counts.length > MOST ? MOST - 1 : MOST).map(([value]) => value))
  return ({ segments }) => {
    const value = segments[column] ?? ''
    return kept.has(value) ? value : OTHERS
  }
}

export function segmentFacts(
  outcomes: readonly Outcome[],
  columns: readonly string[],
  policy: EarnedAutonomy,
  seed: string,
): SegmentFacts[] {
  const decisions = outcomes.map(({ decision }) => decision)
  return columns.flatMap((column, index) => {
    const segmentOf = segmenter(decisions, index)
    const desk = new Desk({ policy, seed })
    const apart = outcomes.map(({ decision, proposed }) => desk.take(decision, proposed, segmentOf(decision)))
    const ownBySegment = Map.groupBy(apart, ({ decision }) => segmentOf(decision))
    const places = new Map(outcomes.map(({ decision }, place) => [decision, place + 1]))
    return [...Map.groupBy(outcomes, ({ decision }) => segmentOf(decision))]
      .sort(([, one], [, other]) => other.length - one.length)
      .map(([value, inside]) => {
        const own = ownBySegment.get(value) ?? []
        const state = desk.segments.find(({ segment }) => segment === value)
        const certifiedAt = state?.epochs.find(({ certified }) => certified !== undefined)?.certified?.at
        return {
          column,
          value,
          n: inside.length,
          proposed: tally(inside.filter(({ proposed }) => proposed.answer !== undefined)),
          seenShare: seenShare(inside),
          alone: aloneIn(inside),
          own: {
            certifiedAfter:
              certifiedAt === undefined ? undefined : inside.filter(({ decision }) => (places.get(decision) ?? 0) <= certifiedAt).length,
            seenShare: seenShare(own),
            alone: aloneIn(own),
          },
        }
      })
  })
}

function seenShare(outcomes: readonly Outcome[]): number {
  return share(outcomes.filter(({ isSeen }) => isSeen).length, outcomes.length)
}

/**
 * Two systems on the same decisions.
 *
 * Owns: the paired test of one against the other, overall and in every segment, and the rows that decided it. Never: counts a missing proposal as
 * right.
 */
import { Comparison, type ComparisonReport } from '../../statistics/comparison.ts'
import type { Outcome } from './desk.ts'
import { type Example, exampleOf } from './patterns.ts'
import type { PastDecision } from './rows.ts'
import { segmenter } from './segments.ts'
import { type Standing, type Tally, tally } from './standing.ts'

/** A row on which the two differ, one of them being right. */
export interface Difference extends Example {
  /** What the current system proposed. */
  readonly current: string
}

export interface TwoSystems {
  readonly candidate: string
  readonly current: string
  /** How much worse, in share right, is still not worse. */
  readonly margin: number
  readonly report: ComparisonReport
  readonly right: { readonly candidate: Tally; readonly current: Tally }
  /** What each would have earned. */
  readonly standings: { readonly candidate: Standing; readonly current: Standing }
  /** In the segments that block, else everywhere: where the candidate is wrong and the current one right; and the other way round. */
  readonly losses: readonly Difference[]
  readonly wins: readonly Difference[]
}

export interface ComparingOptions {
  readonly names: { readonly candidate: string; readonly current: string }
  readonly candidate: readonly Outcome[]
  /** The same decisions, in the same order. */
  readonly current: readonly Outcome[]
  readonly standings: TwoSystems['standings']
  readonly columns: readonly string[]
  readonly margin: number
  readonly alpha: number
}

const SHOWN = 20

export function compareSystems({ names, candidate, current, standings, columns, margin, alpha }: ComparingOptions): TwoSystems {
  const decisions = candidate.map(({ decision }) => decision)
  const segmenters = columns.map((column, index) => {
    const nameIn = segmenter(decisions, index)
    return (decision: PastDecision) => segmentName(columns, column, nameIn(decision))
  })
  const segmentsOf = (decision: PastDecision): string[] => segmenters.map((nameOf) => nameOf(decision))
  const segments = [...new Set(decisions.flatMap(segmentsOf))]
  const comparison = new Comparison({ margin, alpha, ...(segments.length > 0 && { segments }) })
  const bySegment = new Map<string, Comparison>()
  for (const [place, own] of candidate.entries()) {
    const difference = Number(own.isRight) - Number(current[place]?.isRight ?? false)
    const [first, ...more] = segmentsOf(own.decision)
    comparison.add(difference, first)
    for (const segment of more) comparisonOf(bySegment, segment, { margin, alpha, segments }).add(difference, segment)
  }
  const report = merged(
    comparison.report(),
    [...bySegment.values()].map((one) => one.report()),
  )
  const isBlocking = ({ decision }: Outcome): boolean =>
    report.blockedBy.length === 0 || segmentsOf(decision).some((segment) => report.blockedBy.includes(segment))
  const pairs = candidate.flatMap((own, place) => {
    const other = current[place]
    return other === undefined || own.isRight === other.isRight || !isBlocking(own) ? [] : [{ own, other }]
  })
  const differences = (isWin: boolean): Difference[] =>
    pairs
      .filter(({ own }) => own.isRight === isWin)
      .slice(0, SHOWN)
      .map(({ own, other }) => ({ ...exampleOf(own), current: other.proposed.answer ?? '' }))
  return {
    ...names,
    margin,
    report,
    right: { candidate: tally(candidate), current: tally(current) },
    standings,
    losses: differences(false),
    wins: differences(true),
  }
}

/** A second column of segments cuts the same decisions once more: its tests stand beside the first's, each at its own share of α. */
function comparisonOf(
  known: Map<string, Comparison>,
  segment: string,
  options: { margin: number; alpha: number; segments: string[] },
): Comparison {
  const comparison = known.get(segment) ?? new Comparison(options)
  known.set(segment, comparison)
  return comparison
}

function merged(report: ComparisonReport, others: readonly ComparisonReport[]): ComparisonReport {
  const segments = [...report.segments, ...others.flatMap((other) => other.segments)]
  const blockedBy = [...report.blockedBy, ...others.flatMap((other) => other.blockedBy)]
  return { ...report, verdict: blockedBy.length > 0 ? 'worse' : report.verdict, segments, blockedBy }
}

function segmentName(columns: readonly string[], column: string, value: string): string {
  return columns.length === 1 ? value : `${column}=${value}`
}

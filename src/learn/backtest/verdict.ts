/**
 * The verdict over many runs: for each decision and each measure the paired test of METHODS ("not worse by more than δ"), over all runs
 * and in every segment.
 *
 * Owns: what a unit is, and how people's answers stand for those that nobody gave. Never: chooses runs.
 * Source: statistics/comparison.ts. A unit is a run; its difference is the mean over its decisions of one name. People saw a decision with
 * a logged probability π, so D = (candidate − current)·1{answered}/π has the mean that all of them answered would have (inverse
 * probability). It is tested as D·π_min ∈ [−1, 1] against δ·π_min, π_min being the smallest π there is; what is reported is D.
 * Invariants:
 *   V1. Only randomly sampled runs, in seeded order, are counted; what somebody came back to mend certifies nothing.
 *   V2. Decisions that nobody could have been asked about (π = 0) are left out, and their number is said.
 */
import { Comparison, type ComparisonReport, type PairedReport, type Verdict, weakest } from '../../statistics/comparison.ts'
import type { RunResult, Score } from './outcome.ts'

export interface VerdictTerms {
  /** δ: how much worse, as a share of decisions or of the measure's range, is still not worse. Default 0.02. */
  readonly margin?: number
  /** The chance of a wrong verdict. Default 0.05. */
  readonly alpha?: number
  /** How many candidates are tried at once. Default 1. */
  readonly candidates?: number
}

export interface MetricReport extends ComparisonReport {
  readonly metric: string
  /** Decisions that people answered, or measures on both sides. */
  readonly graded: number
  /** Decisions that stood alone although people might have been asked: counted by those like them that people answered. */
  readonly unseen: number
  /** Decisions that could never have come to people: left out. */
  readonly unseeable: number
  /** The smallest probability of being asked. */
  readonly leastProbability: number
}

export interface Judged {
  readonly verdict: Verdict
  readonly blockedBy: readonly { readonly metric: string; readonly segment: string }[]
  readonly metrics: readonly MetricReport[]
}

type Scored = Pick<RunResult, 'run' | 'scores'>

const MARGIN = 0.02

/** The verdict over results in the order in which their runs were drawn. */
export function judge(results: readonly Scored[], terms: VerdictTerms): Judged {
  const metrics = [...new Set(results.flatMap(({ scores }) => scores.map(({ metric }) => metric)))].sort()
  const reports = metrics.map((metric) => ofMetric(metric, results, terms)).filter(({ overall }) => overall.n > 0)
  return {
    verdict: weakest(reports.map(({ verdict }) => verdict)),
    blockedBy: reports.flatMap(({ metric, blockedBy }) => blockedBy.map((segment) => ({ metric, segment }))),
    metrics: reports,
  }
}

function ofMetric(metric: string, results: readonly Scored[], terms: VerdictTerms): MetricReport {
  const all = results.map(({ scores }) => scores.filter((score) => score.metric === metric))
  const units = all.map((scores) => scores.filter(({ probability }) => probability > 0)).filter((scores) => scores.length > 0)
  const least = units.flat().reduce((smallest, { probability }) => Math.min(smallest, probability), 1)
  const options = { ...terms, margin: (terms.margin ?? MARGIN) * least }
  const overall = new Comparison(options)
  const inSegments = new Comparison(options)
  for (const scores of units) {
    overall.add(difference(scores, least))
    for (const [segment, some] of Map.groupBy(scores, (score) => score.segment))
      if (segment !== undefined) inSegments.add(difference(some, least), segment)
  }
  const segments = inSegments.report()
  const scores = all.flat()
  return {
    metric,
    verdict: segments.blockedBy.length > 0 ? 'worse' : overall.verdict,
    blockedBy: segments.blockedBy,
    overall: scaled(overall.report().overall, least),
    segments: segments.segments.map(({ segment, ...report }) => ({ segment, ...scaled(report, least) })),
    graded: scores.filter(isGraded).length,
    unseen: scores.filter((score) => !isGraded(score) && score.probability > 0).length,
    unseeable: scores.filter(({ probability }) => probability === 0).length,
    leastProbability: least,
  }
}

/** Whether a score counts as evidence: what was mended later does not. */
function isGraded({ was, would, truth }: Score): boolean {
  return was !== undefined && would !== undefined && truth !== 'correction'
}

/** Of one unit, times π_min. */
function difference(scores: readonly Score[], least: number): number {
  const sum = scores.reduce((total, score) => {
    const { was = 0, would = 0, probability } = score
    return isGraded(score) ? total + ((would - was) * least) / probability : total
  }, 0)
  return sum / scores.length
}

function scaled(report: PairedReport, least: number): PairedReport {
  const { mean, low, high } = report
  return { ...report, mean: mean / least, low: Math.max(-1, low / least), high: Math.min(1, high / least) }
}

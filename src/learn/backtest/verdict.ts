/**
 * The verdict over many runs: for each decision and each measure the paired test of METHODS ("not worse by more than δ"), over all runs
 * and in every segment.
 *
 * Owns: what a unit is, how people's answers stand for those that nobody gave, and what lost scores do to a verdict. Never: chooses runs.
 * Source: statistics/comparison.ts. A unit is a run; its difference is the mean over its decisions of one name. People saw a decision with
 * a logged probability π, so D = (candidate − current)·1{answered}/π has the mean that all of them answered would have (inverse
 * probability). It is tested as D·π_min ∈ [−1, 1] against δ·π_min; what is reported is D.
 * Invariants:
 *   V1. Only randomly sampled runs, in seeded order, are counted; what somebody came back to mend certifies nothing.
 *   V2. Decisions that nobody could have been asked about (π = 0) are left out, and their number is said.
 *   V3. π_min comes from the words of the policies that ruled, never from the probabilities that were drawn: it bounds what D can be.
 *       Of a policy with other words it is `leastProbability`; what was asked about more rarely is left out as in V2.
 *   V4. Two comparisons over the same units: with every lost score at its worst, which alone says `better` and `not worse`; and at its
 *       best, which alone says `worse`. Where they contradict each other the verdict is `inconclusive`. Each keeps its level whatever
 *       made scores be lost: the true difference lies between the two.
 *   V5. Without a single graded score there is no verdict.
 */
import { RondoError } from '../../errors.ts'
import { leastProbabilityOf } from '../../people/least-probability.ts'
import { Comparison, type ComparisonReport, checkLevel, type PairedReport, type Verdict, weakest } from '../../statistics/comparison.ts'
import type { Lost, RunResult, Score } from './outcome.ts'

export interface VerdictTerms {
  /** δ: how much worse, as a share of decisions or of the measure's range, is still not worse. Default 0.02. */
  readonly margin?: number
  /** The chance of a wrong verdict. Default 0.05. */
  readonly alpha?: number
  /** How many candidates are tried at once. Default 1. */
  readonly candidates?: number
  /** The smallest probability above zero with which policies of your own ask people. Rondo's own say theirs. Default 0.05. */
  readonly leastProbability?: number
}

export interface MetricReport extends ComparisonReport {
  readonly metric: string
  /** Decisions that people answered, or measures on both sides. */
  readonly graded: number
  /** Decisions that stood alone although people might have been asked: counted by those like them that people answered. */
  readonly unseen: number
  /** Decisions that could never have come to people, or more rarely than `leastProbability`: left out. */
  readonly unseeable: number
  /** Recorded with a score, and not to be scored under the change: counted as wrong in `overall` and `segments`. */
  readonly lost: number
  readonly lostBecause: Readonly<Partial<Record<Lost, number>>>
  /** What it would be if all that is lost were right; there when something is lost. */
  readonly ifLostWereRight?: PairedReport
  /** The smallest probability of being asked, by the policies' words. */
  readonly leastProbability: number
}

export interface Judged {
  readonly verdict: Verdict
  readonly blockedBy: readonly { readonly metric: string; readonly segment: string }[]
  readonly metrics: readonly MetricReport[]
}

/** Scores of a run; where two decisions of one name stand in it, all of them. */
type Scored = Pick<RunResult, 'run' | 'scores'>
/** The words of all policies that ruled, by decision. */
export type Policies = ReadonlyMap<string, ReadonlySet<string>>

const MARGIN = 0.02
const LEAST_PROBABILITY = 0.05

/** Throws `invalid_input` for terms under which nothing could be judged. */
export function checkTerms({ margin = MARGIN, alpha = 0.05, candidates = 1, leastProbability = LEAST_PROBABILITY }: VerdictTerms): void {
  if (!(margin >= 0 && margin < 1))
    throw new RondoError('invalid_input', `The margin is ${margin}; give a share of the score from 0 up to 1, such as 0.02.`)
  checkLevel(alpha)
  if (!(Number.isInteger(candidates) && candidates >= 1))
    throw new RondoError('invalid_input', `candidates is ${candidates}; say how many changes are tried at once, 1 or more.`)
  if (!(leastProbability > 0 && leastProbability <= 1))
    throw new RondoError('invalid_input', `leastProbability is ${leastProbability}; give a probability above 0, such as 0.05.`)
}

/** The verdict over results in the order in which their runs were drawn. `policies`: of all records, besides those of these runs. */
export function judge(results: readonly Scored[], terms: VerdictTerms, policies: Policies = new Map()): Judged {
  const metrics = [...new Set(results.flatMap(({ scores }) => scores.map(({ metric }) => metric)))].sort()
  const reports = metrics.map((metric) => ofMetric(metric, results, terms, policies)).filter(({ overall }) => overall.n > 0)
  return {
    verdict: weakest(reports.map(({ verdict }) => verdict)),
    blockedBy: reports.flatMap(({ metric, blockedBy }) => blockedBy.map((segment) => ({ metric, segment }))),
    metrics: reports,
  }
}

function ofMetric(metric: string, results: readonly Scored[], terms: VerdictTerms, policies: Policies): MetricReport {
  const all = results.map(({ scores }) => scores.filter((score) => score.metric === metric))
  const least = leastOf(metric, all.flat(), terms, policies)
  const units = all.map((scores) => scores.filter(({ probability }) => probability >= least)).filter((scores) => scores.length > 0)
  const atWorst = compared(units, 'worst', least, terms)
  const atBest = compared(units, 'best', least, terms)
  const seeable = units.flat()
  const lost = seeable.filter(isLost)
  const graded = seeable.filter(isGraded).length
  const { blockedBy } = atBest
  const segments = atWorst.segments.map((segment, at) => ({ ...segment, verdict: both(segment, atBest.segments[at] ?? segment) }))
  return {
    metric,
    verdict: graded === 0 ? 'inconclusive' : blockedBy.length > 0 ? 'worse' : overallOf(atWorst, atBest),
    blockedBy: graded === 0 ? [] : blockedBy,
    overall: { ...atWorst.overall, verdict: graded === 0 ? 'inconclusive' : both(atWorst.overall, atBest.overall) },
    segments,
    graded,
    unseen: seeable.length - graded - lost.length,
    unseeable: all.flat().length - seeable.length,
    lost: lost.length,
    lostBecause: counts(lost.map((score) => score.lost)),
    ...(lost.length > 0 && { ifLostWereRight: atBest.overall }),
    leastProbability: least,
  }
}

/** V4, over all runs: a segment that may be worse, because of what is lost there, leaves the change open. */
function overallOf(atWorst: ComparisonReport, atBest: ComparisonReport): Verdict {
  return atWorst.blockedBy.length > 0 && atBest.overall.verdict !== 'worse' ? 'inconclusive' : both(atWorst.overall, atBest.overall)
}

function both(atWorst: PairedReport, atBest: PairedReport): Verdict {
  if (atBest.verdict === 'worse') return 'worse'
  return atWorst.verdict === 'worse' ? 'inconclusive' : atWorst.verdict
}

/** V3. */
function leastOf(
  metric: string,
  scores: readonly Score[],
  { leastProbability = LEAST_PROBABILITY }: VerdictTerms,
  policies: Policies,
): number {
  const words = new Set([...(policies.get(metric.replace(/^decision /, '')) ?? []), ...scores.flatMap(({ policy }) => policy ?? [])])
  return [...words].reduce((least, policy) => Math.min(least, leastProbabilityOf(policy) ?? leastProbability), 1)
}

type Case = 'worst' | 'best'

function compared(units: readonly (readonly Score[])[], lostAt: Case, least: number, terms: VerdictTerms): ComparisonReport {
  const options = { ...terms, margin: (terms.margin ?? MARGIN) * least }
  const overall = new Comparison(options)
  const inSegments = new Comparison(options)
  for (const scores of units) {
    overall.add(difference(scores, lostAt, least))
    for (const [segment, some] of Map.groupBy(scores, (score) => score.segment))
      if (segment !== undefined) inSegments.add(difference(some, lostAt, least), segment)
  }
  const { segments, blockedBy } = inSegments.report()
  return {
    verdict: overall.verdict,
    blockedBy,
    overall: scaled(overall.report().overall, least),
    segments: segments.map(({ segment, ...report }) => ({ segment, ...scaled(report, least) })),
  }
}

/** Whether a score counts as evidence: what was mended later does not. */
function isGraded({ was, would, truth }: Score): boolean {
  return was !== undefined && would !== undefined && truth !== 'correction'
}

/** Whether it would count as evidence, had the change come to it. */
function isLost({ lost, truth }: Score): boolean {
  return lost !== undefined && truth !== 'correction'
}

/** Of one unit, times π_min. */
function difference(scores: readonly Score[], lostAt: Case, least: number): number {
  return scores.reduce((sum, score) => sum + (gain(score, lostAt) * least) / score.probability, 0) / scores.length
}

function gain(score: Score, lostAt: Case): number {
  const { was, would = 0 } = score
  if (isLost(score)) return lostAt === 'worst' ? -(was ?? 1) : 1 - (was ?? 0)
  return isGraded(score) ? would - (was ?? 0) : 0
}

function scaled(report: PairedReport, least: number): PairedReport {
  const { mean, low, high } = report
  return { ...report, mean: mean / least, low: Math.max(-1, low / least), high: Math.min(1, high / least) }
}

function counts<Key extends string>(keys: readonly (Key | undefined)[]): Partial<Record<Key, number>> {
  const counted: Partial<Record<Key, number>> = {}
  for (const key of keys) if (key !== undefined) counted[key] = (counted[key] ?? 0) + 1
  return counted
}

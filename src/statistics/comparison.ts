/**
 * Paired comparison: is the candidate, on the same units, not worse than the current release by more than a margin?
 *
 * Owns: the three one-sided tests of a mean difference, and the verdict over all units and over segments. Never: chooses units or scores.
 * Source: betting.ts, with D = Y_candidate − Y_current ∈ [−1, 1] and K = 8:
 *   not worse: H0 E[D] ≤ −δ, z = D + δ,    b = 1 − δ
 *   worse:     H0 E[D] ≥ −δ, z = −(D + δ), b = 1 + δ
 *   better:    H0 E[D] ≤ 0,  z = D,        b = 1
 * Invariants:
 *   P1. Units are a random sample, in seeded order, each scored after the same maturity window; corrections and escalations are not.
 *   P2. G segments are guardrails at α/G each; C candidates at once are tested at α/C each. A segment that is worse stops the candidate.
 */
import { RondoError } from '../errors.ts'
import { Bets, lowerBound, upperBound } from './betting.ts'

/** What the evidence says of a candidate. */
export type Verdict = 'better' | 'not worse' | 'worse' | 'inconclusive'

const BETS = 8

export interface PairedReport {
  readonly verdict: Verdict
  readonly n: number
  readonly wins: number
  readonly losses: number
  readonly ties: number
  /** The mean difference, and bounds that are right at every look together with probability 1 − α. */
  readonly mean: number
  readonly low: number
  readonly high: number
  /** The largest e-values so far. */
  readonly eValues: { readonly notWorse: number; readonly worse: number; readonly better: number }
  /** 1/α: what an e-value must reach. */
  readonly needed: number
}

/** The paired test of one metric on one set of units. */
export class PairedTest {
  readonly #margin: number
  readonly #alpha: number
  readonly #notWorse = new Bets(BETS)
  readonly #worse = new Bets(BETS)
  readonly #better = new Bets(BETS)
  readonly #seen = new Map<number, number>()

  constructor(options: { readonly margin: number; readonly alpha: number }) {
    const { margin, alpha } = options
    if (!(margin >= 0 && margin < 1))
      throw new RondoError('invalid_input', `The margin of a comparison is ${margin}; give a share of the score in [0,1), such as 0.02.`)
    checkLevel(alpha)
    this.#margin = margin
    this.#alpha = alpha
  }

  /** Adds a unit's difference, candidate minus current, in [−1, 1]; or the same of several units. */
  add(difference: number, times = 1): void {
    const gain = difference + this.#margin
    this.#notWorse.add(gain, 1 - this.#margin, times)
    this.#worse.add(-gain, 1 + this.#margin, times)
    this.#better.add(difference, 1, times)
    this.#seen.set(difference, (this.#seen.get(difference) ?? 0) + times)
  }

  /** `worse` outweighs everything: should the tests ever contradict each other, the current release stays. */
  get verdict(): Verdict {
    if (this.#worse.rejects(this.#alpha)) return 'worse'
    if (this.#better.rejects(this.#alpha)) return 'better'
    return this.#notWorse.rejects(this.#alpha) ? 'not worse' : 'inconclusive'
  }

  /** The e-values now; a report has the largest so far. */
  get eValues(): PairedReport['eValues'] {
    return { notWorse: this.#notWorse.value, worse: this.#worse.value, better: this.#better.value }
  }

  report(): PairedReport {
    const seen = [...this.#seen].map(([value, times]) => ({ value, times }))
    const count = (which: (value: number) => boolean): number => seen.reduce((n, { value, times }) => (which(value) ? n + times : n), 0)
    const n = count(() => true)
    const bounds = { range: [-1, 1], alpha: this.#alpha / 2 } as const
    return {
      verdict: this.verdict,
      n,
      wins: count((value) => value > 0),
      losses: count((value) => value < 0),
      ties: count((value) => value === 0),
      mean: n === 0 ? 0 : seen.reduce((sum, { value, times }) => sum + value * times, 0) / n,
      low: lowerBound(seen, bounds),
      high: upperBound(seen, bounds),
      eValues: { notWorse: this.#notWorse.best, worse: this.#worse.best, better: this.#better.best },
      needed: 1 / this.#alpha,
    }
  }
}

export interface ComparisonOptions {
  /** δ: how much worse, in score, is still not worse. Default 0.02. */
  readonly margin?: number
  /** Default 0.05. */
  readonly alpha?: number
  /** C: how many candidates are compared at once. Default 1. */
  readonly candidates?: number
  /**
   * All segments there can be: each is a guardrail at α/G. Without it the g-th segment to appear is tested at α/(g·(g+1)), which
   * adds up to α however many there turn out to be.
   */
  readonly segments?: readonly string[]
}

export interface ComparisonReport {
  readonly verdict: Verdict
  /** The segments that block: what is `worse` there stops the candidate. */
  readonly blockedBy: readonly string[]
  readonly overall: PairedReport
  readonly segments: readonly (PairedReport & { readonly segment: string })[]
}

/** The comparison of one candidate with the current release on one metric, overall and in every segment. */
export class Comparison {
  readonly #margin: number
  readonly #alpha: number
  readonly #declared: readonly string[] | undefined
  readonly #overall: PairedTest
  readonly #segments = new Map<string, PairedTest>()

  constructor(options: ComparisonOptions = {}) {
    this.#margin = options.margin ?? 0.02
    this.#alpha = (options.alpha ?? 0.05) / (options.candidates ?? 1)
    this.#declared = options.segments
    this.#overall = new PairedTest({ margin: this.#margin, alpha: this.#alpha })
  }

  /** Adds a unit's difference, candidate minus current, in [−1, 1]. */
  add(difference: number, segment?: string): void {
    this.#overall.add(difference)
    if (segment !== undefined) this.#of(segment).add(difference)
  }

  get verdict(): Verdict {
    return this.#blockers().length > 0 ? 'worse' : this.#overall.verdict
  }

  report(): ComparisonReport {
    return {
      verdict: this.verdict,
      blockedBy: this.#blockers(),
      overall: this.#overall.report(),
      segments: [...this.#segments].map(([segment, test]) => ({ segment, ...test.report() })),
    }
  }

  #blockers(): string[] {
    return [...this.#segments].filter(([, test]) => test.verdict === 'worse').map(([segment]) => segment)
  }

  #of(segment: string): PairedTest {
    const known = this.#segments.get(segment)
    if (known !== undefined) return known
    const test = new PairedTest({ margin: this.#margin, alpha: this.#alpha * this.#shareOf(segment) })
    this.#segments.set(segment, test)
    return test
  }

  #shareOf(segment: string): number {
    if (this.#declared === undefined) return 1 / ((this.#segments.size + 1) * (this.#segments.size + 2))
    if (this.#declared.includes(segment)) return 1 / this.#declared.length
    throw new RondoError(
      'invalid_input',
      `Segment "${segment}" is not among those the comparison was told of (${this.#declared.join(', ')}). Name all of them, or none.`,
    )
  }
}

/** The verdict over several metrics: the weakest of theirs. Every metric must pass, which needs no correction of α. */
export function weakest(verdicts: readonly Verdict[]): Verdict {
  const weakestFirst: readonly Verdict[] = ['worse', 'inconclusive', 'not worse', 'better']
  return weakestFirst.find((verdict) => verdicts.includes(verdict)) ?? 'inconclusive'
}

export function checkLevel(alpha: number): void {
  if (!(alpha > 0 && alpha < 1))
    throw new RondoError('invalid_input', `The chance of being wrong is ${alpha}; give a number between 0 and 1, such as 0.05.`)
}

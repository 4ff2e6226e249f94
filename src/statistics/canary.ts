/**
 * The randomised canary: a candidate answers a share of the units, chance decides which, and the difference is tested at every look.
 *
 * Owns: the test with logged probabilities, and the check that chance did decide. Never: assigns units, or rolls anything out.
 * Source: betting.ts over inverse-probability weighting with a baseline (the augmented estimator of Robins, Rotnitzky & Zhao 1994):
 *   Z = (Y − m)·(1{candidate}/π − 1{current}/(1−π)), with m predicted from the past only; so E[Z | past] is the mean difference.
 *   not worse: z = Z + δ,    b = max(m/π, (1−m)/(1−π)) − δ
 *   worse:     z = −(Z + δ), b = max((1−m)/π, m/(1−π)) + δ
 *   better:    z = Z,        b = max(m/π, (1−m)/(1−π))
 *   with λ_k = min(0.9/b, 2^(−k)).
 * Invariants:
 *   N1. π, m and b are fixed before the outcome is known; ramping changes π only and restarts nothing.
 *   N2. Units are scored after the same maturity window, in the order of assignment.
 *   N3. When the shares do not fit the probabilities, the assignment or the record is broken, and no verdict holds.
 */
import { RondoError } from '../errors.ts'
import { Bets } from './betting.ts'
import { checkLevel, type Verdict } from './comparison.ts'

const BETS = 8
/** The chance of a false alarm about the shares. */
const MISMATCH_LEVEL = 0.001

export interface Assigned {
  /** Whether the candidate answered. */
  readonly candidate: boolean
  /** π: the probability with which the candidate would answer, as logged when the unit was assigned; strictly between 0 and 1. */
  readonly probability: number
  /** Y: the score, in [0,1]. */
  readonly score: number
  /** m: what the score was expected to be before it was known, in [0,1]. Default: the mean of all scores before. */
  readonly expected?: number
}

export interface CanaryReport {
  /** `undefined`: the shares do not fit the probabilities, so nothing can be said. */
  readonly verdict: Verdict | undefined
  readonly candidate: number
  readonly current: number
  /** The weighted mean difference, candidate minus current. */
  readonly difference: number
  readonly eValues: { readonly notWorse: number; readonly worse: number; readonly better: number; readonly mismatch: number }
  readonly needed: number
}

export class Canary {
  readonly shares = new SampleRatio()
  readonly #margin: number
  readonly #alpha: number
  readonly #notWorse = new Bets(BETS)
  readonly #worse = new Bets(BETS)
  readonly #better = new Bets(BETS)
  #differences = 0
  #scores = 0

  constructor(options: { readonly margin: number; readonly alpha: number }) {
    checkLevel(options.alpha)
    this.#margin = options.margin
    this.#alpha = options.alpha
  }

  add({ candidate, probability: pi, score, expected }: Assigned): void {
    const m = expected ?? (this.shares.n === 0 ? 0.5 : this.#scores / this.shares.n)
    for (const [name, value] of [['score', score] as const, ['expected score', m] as const])
      if (!(value >= 0 && value <= 1)) throw new RondoError('invalid_input', `The ${name} of a unit is ${value}; it must lie in [0,1].`)
    this.shares.add(candidate, pi)
    const difference = (score - m) * (candidate ? 1 / pi : -1 / (1 - pi))
    const lowest = Math.max(m / pi, (1 - m) / (1 - pi))
    const highest = Math.max((1 - m) / pi, m / (1 - pi))
    place(this.#notWorse, difference + this.#margin, lowest - this.#margin)
    place(this.#worse, -(difference + this.#margin), highest + this.#margin)
    place(this.#better, difference, lowest)
    this.#differences += difference
    this.#scores += score
  }

  get verdict(): Verdict | undefined {
    if (this.shares.mismatch) return undefined
    if (this.#worse.rejects(this.#alpha)) return 'worse'
    if (this.#better.rejects(this.#alpha)) return 'better'
    return this.#notWorse.rejects(this.#alpha) ? 'not worse' : 'inconclusive'
  }

  report(): CanaryReport {
    return {
      verdict: this.verdict,
      candidate: this.shares.candidate,
      current: this.shares.n - this.shares.candidate,
      difference: this.shares.n === 0 ? 0 : this.#differences / this.shares.n,
      eValues: {
        notWorse: this.#notWorse.best,
        worse: this.#worse.best,
        better: this.#better.best,
        mismatch: Math.exp(this.shares.logBest),
      },
      needed: 1 / this.#alpha,
    }
  }
}

function place(test: Bets, z: number, b: number): void {
  test.addSized(z, b, 1, (k) => Math.min(0.9 / b, 2 ** -k))
}

/**
 * Sample-ratio mismatch, at any time: E = B(1+n₁, 1+n₀)/(π^n₁·(1−π)^n₀), the e-value of "the candidate gets a unit with probability π"
 * against every other probability alike. Each π of a ramp is such a test of its own, and their product is the e-value.
 * Source: Lindon & Malek, "Anytime-valid inference for multinomial count data", arXiv 2011.03567.
 */
export class SampleRatio {
  #candidate = 0
  #n = 0
  #stage: { pi: number; candidate: number; n: number } = { pi: Number.NaN, candidate: 0, n: 0 }
  #log = 0
  #logBest = 0

  add(candidate: boolean, pi: number): void {
    if (!(pi > 0 && pi < 1))
      throw new RondoError('invalid_input', `A unit was assigned with probability ${pi}; in a canary it must lie strictly between 0 and 1.`)
    if (pi !== this.#stage.pi) this.#stage = { pi, candidate: 0, n: 0 }
    const stage = this.#stage
    const [seen, expected] = candidate ? [stage.candidate, pi] : [stage.n - stage.candidate, 1 - pi]
    this.#log += Math.log((seen + 1) / (stage.n + 2) / expected)
    this.#logBest = Math.max(this.#logBest, this.#log)
    stage.n += 1
    this.#n += 1
    if (!candidate) return
    stage.candidate += 1
    this.#candidate += 1
  }

  get n(): number {
    return this.#n
  }

  get candidate(): number {
    return this.#candidate
  }

  /** The e-value now. */
  get value(): number {
    return Math.exp(this.#log)
  }

  get logBest(): number {
    return this.#logBest
  }

  /** Whether the shares are off; a false alarm has probability 0.001 at most, however often one looks. */
  get mismatch(): boolean {
    return this.#logBest >= -Math.log(MISMATCH_LEVEL)
  }
}

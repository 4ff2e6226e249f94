/**
 * The drift alarm: do the answers that stand alone still keep the promised error?
 *
 * Owns: an e-CUSUM over audited answers. Never: says what is done about an alarm.
 * Source: Shin, Ramdas & Rinaldo, "E-detectors: a nonparametric framework for sequential change detection", arXiv 2203.03532:
 *   M_k ← max(M_k, 1)·(1 + λ_k·(err − α)/π), λ_k = 0.9·2^(−k)·π_min/α, alarm when the mean of the M_k reaches the limit.
 * Invariant: while the error is at most α, an alarm comes on average no sooner than after `limit` audits, and within n audits
 * with probability at most n/limit.
 */
const BETS = 6
const LIMIT = 1000

export interface DriftOptions {
  /** α */
  readonly maxError: number
  /** π_min: the least probability of an audit. */
  readonly leastProbability: number
  /** Default 1000. */
  readonly limit?: number
}

export class DriftAlarm {
  readonly limit: number
  readonly #options: DriftOptions
  readonly #sums = new Float64Array(BETS).fill(1)
  #audited = 0
  #errors = 0
  #value = 0

  constructor(options: DriftOptions) {
    this.#options = options
    this.limit = options.limit ?? LIMIT
  }

  /** Adds an audited answer. Returns whether the alarm is on. */
  add(audit: { readonly error: boolean; readonly probability: number }): boolean {
    const { maxError, leastProbability } = this.#options
    // An audit that claims to be rarer than any can be weighs no more than the rarest: no bet may lose more than it has.
    const weight = 1 / Math.max(audit.probability, leastProbability)
    const x = (Number(audit.error) - maxError) * weight
    this.#audited += 1
    this.#errors += Number(audit.error)
    let sum = 0
    for (let k = 0; k < BETS; k += 1) {
      const size = (0.9 * 2 ** -k * leastProbability) / maxError
      this.#sums[k] = Math.max(this.#sums[k] ?? 1, 1) * (1 + size * x)
      sum += this.#sums[k] ?? 1
    }
    this.#value = sum / BETS
    return this.alarmed
  }

  /** The mean of the M_k after the last audit. */
  get value(): number {
    return this.#value
  }

  get alarmed(): boolean {
    return this.#value >= this.limit
  }

  get audited(): { readonly n: number; readonly errors: number } {
    return { n: this.#audited, errors: this.#errors }
  }
}

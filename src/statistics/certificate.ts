/**
 * Certificates: above which confidence may answers stand alone, so that at most a share α of them is wrong?
 *
 * Owns: Learn-then-Test by fixed-sequence testing on labels that arrive with logged review probabilities, for one epoch of one decision.
 * Never: knows where labels come from, or draws who is reviewed.
 * Source: Angelopoulos, Bates, Candès, Jordan & Lei, "Learn then Test", arXiv 2110.01052 (fixed-sequence testing); Xu, Karampatziakis &
 * Mineiro, "Active, anytime-valid risk controlling prediction sets", arXiv 2406.10490 (logged label probabilities); betting.ts.
 * Invariants:
 *   C1. Thresholds are fixed by the burn-in, whose labels enter no test.
 *   C2. A threshold is certified only when all stricter ones are, and stays so. Then no correction over thresholds is needed: a false
 *       certificate implies that the first threshold at fault was rejected while true, which has probability ≤ δ.
 *   C3. b follows from the state before a label, never from the label or its own probability. 1/π may not choose the size of its own bet:
 *       π depends on the confidence, and bets that differ across confidences would test another mean than the one over conf ≥ τ.
 *   C4. Before the first certificate everything is reviewed (π = 1), afterwards π is 1 or `audit`: so π ≥ π_min for every label that was
 *       proposed at or before the state in which it is scored, late answers included. A label that breaks this counts against the
 *       certificates if it is an error and not at all otherwise: z ≤ 0 cannot break the guarantee.
 */
import { Bets } from './betting.ts'

/** The shares of traffic above the thresholds, strictest first. */
const SHARES = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
const BETS = 6

export interface CertificateOptions {
  /** α: at most this share of what stands alone is wrong. */
  readonly maxError: number
  /** δ: the chance that a certificate is false. */
  readonly delta: number
  /** The probability with which an answer above the threshold is reviewed all the same. */
  readonly audit: number
  /** Labelled items that set the thresholds. Default 100. */
  readonly burnIn?: number
}

/** An answer that a person looked at. */
export interface Labelled {
  /** As it was when the answer was proposed: a function of earlier labels only. */
  readonly confidence: number
  readonly error: boolean
  /** The logged probability with which it was reviewed. */
  readonly probability: number
}

/** How one threshold stands. */
export interface Certificate {
  /** Answers with at least this confidence are meant. */
  readonly tau: number
  /** The share of the burn-in that lay at or above it. */
  readonly share: number
  /** Labels at or above it, and how many of them were errors. */
  readonly n: number
  readonly errors: number
  /** The largest e-value so far, and what it must reach. */
  readonly eValue: number
  readonly needed: number
  readonly certified: boolean
}

interface Tested {
  readonly tau: number
  readonly share: number
  readonly bets: Bets
  n: number
  errors: number
  certified: boolean
}

export class CertificateSequence {
  readonly #options: CertificateOptions
  readonly #burnIn: number
  #burned: number[] = []
  #tested: readonly Tested[] = []

  constructor(options: CertificateOptions) {
    this.#options = options
    this.#burnIn = options.burnIn ?? 100
  }

  /** Scores a label. The order of calls is the order of the test. Returns whether a threshold was certified by it. */
  add(item: Labelled): boolean {
    if (this.#burned.length < this.#burnIn) {
      this.#burned.push(item.confidence)
      if (this.#burned.length === this.#burnIn) this.#tested = thresholds(this.#burned).map(begin)
      return false
    }
    const { maxError } = this.#options
    const leastProbability = this.leastProbability
    const b = (1 - maxError) / leastProbability
    const z = item.probability < leastProbability ? (item.error ? -b : 0) : (maxError - Number(item.error)) / item.probability
    for (const test of this.#tested) {
      if (item.confidence < test.tau) continue
      test.n += 1
      test.errors += Number(item.error)
      test.bets.add(z, b)
    }
    return this.#certify()
  }

  /** π_min: the least probability a label can have been reviewed with. */
  get leastProbability(): number {
    return this.#tested[0]?.certified === true ? this.#options.audit : 1
  }

  /** The confidence from which answers stand alone: the loosest certified threshold; infinite without a certificate. */
  get threshold(): number {
    return this.#tested.findLast((test) => test.certified)?.tau ?? Number.POSITIVE_INFINITY
  }

  /** How many labels of the burn-in are there, and how many it needs. */
  get burnIn(): { readonly labelled: number; readonly needed: number } {
    return { labelled: this.#burned.length, needed: this.#burnIn }
  }

  /** Every threshold, strictest first; none before the burn-in is over. */
  get certificates(): readonly Certificate[] {
    return this.#tested.map(({ bets, ...test }) => ({ ...test, eValue: bets.best, needed: 1 / this.#options.delta }))
  }

  #certify(): boolean {
    const next = this.#tested.find((test) => !test.certified)
    if (next?.bets.rejects(this.#options.delta) !== true) return false
    next.certified = true
    this.#certify()
    return true
  }
}

/** Strictly falling thresholds at the confidences above which the shares of the burn-in lie; ties make one threshold of several. */
function thresholds(confidences: readonly number[]): { tau: number; share: number }[] {
  const falling = [...confidences].sort((one, other) => other - one)
  const found: { tau: number; share: number }[] = []
  for (const share of SHARES) {
    const tau = falling[Math.ceil(share * falling.length) - 1]
    if (tau === undefined || tau === found.at(-1)?.tau) continue
    found.push({ tau, share: falling.filter((confidence) => confidence >= tau).length / falling.length })
  }
  return found
}

function begin(threshold: { tau: number; share: number }): Tested {
  return { ...threshold, bets: new Bets(BETS), n: 0, errors: 0, certified: false }
}

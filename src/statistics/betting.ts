/**
 * Testing by betting: the one primitive under every statistical statement Rondo makes.
 *
 * Owns: the e-value of a bounded mean, and the confidence bound made of it. Never: knows what is being tested; no clock, no chance, no I/O.
 * Source: Waudby-Smith & Ramdas, "Estimating means of bounded random variables by betting", arXiv 2010.09686; Ville's inequality.
 * Invariants:
 *   B1. If every z added has z ≥ −b and E[z | past] ≤ 0, and b depends on the past only, then the chance that `best` ever
 *       reaches 1/α is at most α, however often one looks.
 *   B2. A z below its −b is refused: it would break B1 in silence.
 */
import { RondoError } from '../errors.ts'

/** The largest share of its wealth a bet may lose at once: λ·b. */
const BOLDEST = 0.9
/** What rounding may take off a z that stands exactly at −b. */
const SLACK = 1e-9

/** log((1/n)·Σ exp(x)), without overflow. */
export function logMeanExp(values: Float64Array): number {
  let top = Number.NEGATIVE_INFINITY
  for (const value of values) if (value > top) top = value
  if (top === Number.NEGATIVE_INFINITY) return top
  let sum = 0
  for (const value of values) sum += Math.exp(value - top)
  return top + Math.log(sum / values.length)
}

/**
 * An e-value that grows as the data speak against "the mean of z is at most 0":
 * E = (1/K)·Σ_k Π_i (1 + λ_k·z_i), λ_k = 0.9·2^(−k)/b, k = 0 … K−1, kept as K running sums of log1p(λ_k·z_i).
 * With one b throughout, it does not depend on the order of the data.
 */
export class Bets {
  readonly #sums: Float64Array
  #best = 0

  /** `count` is K: how many sizes of bet are placed side by side. */
  constructor(count: number) {
    this.#sums = new Float64Array(count)
  }

  /** Adds one z, or the same z several times. `b` bounds every z that could have come here: z ≥ −b. */
  add(z: number, b: number, times = 1): void {
    const boldest = BOLDEST / b
    this.addSized(z, b, times, (k) => boldest * 2 ** -k)
  }

  /** As `add`, with other sizes than 0.9·2^(−k)/b. Sizes depend on the past only, and none may exceed 0.9/b. */
  addSized(z: number, b: number, times: number, sizeOf: (k: number) => number): void {
    if (!(z >= -b - SLACK * Math.max(1, b)) || !(b > 0) || !Number.isFinite(z + b))
      throw new RondoError('invalid_input', `A bet of z = ${z} under the bound b = ${b} is not allowed: b > 0 and z ≥ −b must hold.`)
    for (let k = 0; k < this.#sums.length; k += 1) this.#sums[k] = (this.#sums[k] ?? 0) + times * Math.log1p(sizeOf(k) * z)
    this.#best = Math.max(this.#best, this.logValue)
  }

  /** The natural logarithm of the e-value now. */
  get logValue(): number {
    return logMeanExp(this.#sums)
  }

  /** The e-value now, or the largest number there is: an infinity would not survive JSON. */
  get value(): number {
    return Math.min(Math.exp(this.logValue), Number.MAX_VALUE)
  }

  /** The largest e-value so far: what counts, since it is valid at every look. */
  get best(): number {
    return Math.min(Math.exp(this.#best), Number.MAX_VALUE)
  }

  /** Whether "the mean of z is at most 0" is rejected at level α. */
  rejects(alpha: number): boolean {
    return this.#best >= -Math.log(alpha)
  }
}

/** Equal observations of a bounded quantity: `value` was seen `times` times, each with probability `probability` of being looked at. */
export interface Observed {
  readonly value: number
  readonly times: number
  /** 1 unless told otherwise. */
  readonly probability?: number
}

export interface Bounds {
  /** What a value can be at least and at most. */
  readonly range: readonly [low: number, high: number]
  /** The chance that the bound is ever wrong. */
  readonly alpha: number
  /** The smallest probability of being looked at. Default 1. */
  readonly leastProbability?: number
  /** K. Default 10. */
  readonly bets?: number
}

/**
 * The largest mean that the observations do not rule out: right at every look together, with probability 1−α. The set of null means
 * that are not rejected, its end found by bisection; b stands at its worst case, (high − low)/least probability, so that the
 * e-value rises with the null mean.
 */
export function upperBound(observed: readonly Observed[], { range: [low, high], alpha, leastProbability = 1, bets = 10 }: Bounds): number {
  const b = (high - low) / leastProbability
  const ruledOut = (mean: number): boolean => {
    const test = new Bets(bets)
    for (const { value, times, probability = 1 } of observed) test.add((mean - value) / probability, b, times)
    return test.logValue >= -Math.log(alpha)
  }
  if (!ruledOut(high)) return high
  let [inside, outside] = [low, high]
  for (let halving = 0; halving < 50; halving += 1) {
    const middle = (inside + outside) / 2
    if (ruledOut(middle)) outside = middle
    else inside = middle
  }
  return outside
}

/** The smallest mean that the observations do not rule out: `upperBound` in the mirror. */
export function lowerBound(observed: readonly Observed[], bounds: Bounds): number {
  const [low, high] = bounds.range
  const mirrored = observed.map((one) => ({ ...one, value: -one.value }))
  return -upperBound(mirrored, { ...bounds, range: [-high, -low] })
}

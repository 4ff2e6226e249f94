/**
 * How sure the learner may say it is: scores turned into probabilities that hold out of sample.
 *
 * Owns: the temperature (Guo et al., *On Calibration of Modern Neural Networks*, arXiv 1706.04599), the share left to answers
 * never seen (Good–Turing), and the ceiling that few cases set. Never: changes which answer comes first.
 */

/** Scores of a case by a fit that did not see it, with what it was. */
export interface HeldOut {
  readonly scores: Float64Array
  readonly label: number
}

/** A prior that keeps few held-out cases from moving the temperature far: a doubling costs about one nat. */
const PRIOR = 2
const HOTTEST = Math.log(5)
const COLDEST = Math.log(0.5)

/** What scores are divided by, so that the held-out cases are as likely as can be. 1 without any. */
export function temperatureOf(held: readonly HeldOut[]): number {
  if (held.length === 0) return 1
  const loss = (log: number): number => PRIOR * log * log + held.reduce((sum, one) => sum + surprise(one, Math.exp(log)), 0)
  return Math.exp(goldenSection(loss, COLDEST, HOTTEST))
}

/** Probabilities of the classes, the highest first. */
export function probabilities(scores: Float64Array, temperature: number): { index: number; probability: number }[] {
  const highest = scores.reduce((left, right) => Math.max(left, right), Number.NEGATIVE_INFINITY)
  const weights = Array.from(scores, (value) => Math.exp((value - highest) / temperature))
  const sum = weights.reduce((left, right) => left + right, 0)
  return weights.map((weight, index) => ({ index, probability: weight / sum })).sort((left, right) => right.probability - left.probability)
}

/** The probability that the next answer is one that was never given: the share of cases whose answer came once (Good–Turing). */
export function unseenShare(labels: Int32Array, classes: number): number {
  const counts = new Int32Array(classes)
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1
  return counts.filter((count) => count === 1).length / Math.max(1, labels.length)
}

/** No better than the rule of succession for one who was right in all of so many cases: n + 1 of n + 2. */
export function ceiling(cases: number): number {
  return (cases + 1) / (cases + 2)
}

function surprise({ scores, label }: HeldOut, temperature: number): number {
  let highest = Number.NEGATIVE_INFINITY
  for (const value of scores) highest = Math.max(highest, value)
  let sum = 0
  for (const value of scores) sum += Math.exp((value - highest) / temperature)
  return Math.log(sum) + (highest - (scores[label] ?? 0)) / temperature
}

const GOLDEN = (Math.sqrt(5) - 1) / 2
const NARROWINGS = 24

/** Where a function with one dip is smallest. */
function goldenSection(of: (at: number) => number, from: number, to: number): number {
  let [low, high] = [from, to]
  for (let narrowing = 0; narrowing < NARROWINGS; narrowing += 1) {
    const reach = GOLDEN * (high - low)
    if (of(high - reach) < of(low + reach)) high = low + reach
    else low = high - reach
  }
  return (low + high) / 2
}

/**
 * How far people agree: Krippendorff's α, each reviewer's own error by Dawid & Skene's model, and the error that disagreement proves.
 *
 * Owns: these measures over answers of several people to the same items. Never: decides who is right where people differ: all are
 * statements about a group.
 */
import { Bets } from './betting.ts'

/** One person's answer to one item. An answer is a category: its text is compared. */
export interface Rated {
  readonly item: string
  readonly by: string
  readonly answer: string
}

/**
 * Krippendorff's α for categories: 1 is full agreement, 0 what chance would give, below 0 is worse than chance. `undefined` when no item
 * has two answers, or when all answers are the same (there is nothing to agree about).
 *
 * α = 1 − (n−1)·Σ_{c≠k} o_ck / Σ_{c≠k} n_c·n_k, o_ck = Σ_items (pairs c,k)/(m_u − 1), over items with m_u ≥ 2 answers.
 * Source: Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011).
 */
export function krippendorff(ratings: readonly Rated[]): number | undefined {
  const totals = new Map<string, number>()
  let [n, disagreement] = [0, 0]
  for (const answers of byItem(ratings).values()) {
    if (answers.length < 2) continue
    const counts = new Map<string, number>()
    for (const { answer } of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1)
    for (const [answer, count] of counts) {
      totals.set(answer, (totals.get(answer) ?? 0) + count)
      disagreement += (count * (answers.length - count)) / (answers.length - 1)
    }
    n += answers.length
  }
  let expected = 0
  for (const count of totals.values()) expected += count * (n - count)
  return expected === 0 ? undefined : 1 - ((n - 1) * disagreement) / expected
}

export interface Reviewers {
  /** The share of each reviewer's answers that is likely to be wrong. What all get wrong alike stays unseen, so it is rather low. */
  readonly reviewers: ReadonlyMap<string, { readonly error: number; readonly answers: number }>
  /** The same of all answers together: no policy can promise less. */
  readonly error: number
  /** For each item the likely truth, and how likely it is. */
  readonly items: ReadonlyMap<string, { readonly answer: string; readonly probability: number }>
  /** How common each answer is. */
  readonly prevalence: ReadonlyMap<string, number>
  readonly rounds: number
}

/** The evidence that people's mean error exceeds a share, and what it must reach. */
export interface Disagreement {
  readonly eValue: number
  readonly needed: number
  readonly refused: boolean
}

/** The chance of a false alarm is 5 %, shared by the thresholds it is looked at above: six, and all of the traffic. */
const DISAGREEMENT_NEEDED = 7 / 0.05
const BETS = 8

/**
 * Whether two people's independent answers prove that people are wrong in more than `maxError` of theirs. Where two differ at least one
 * is wrong, whatever the truth is, so P(differ) ≤ 2·error: H0 "the error is at most α" bounds the mean of d − 2α by 0, d ∈ {0, 1} and
 * b = 2α. The e-value as it stands is valid at every look; people who get better bring it down again.
 */
export function disagreement(n: number, differed: number, maxError: number): Disagreement {
  const bets = new Bets(BETS)
  bets.add(1 - 2 * maxError, 2 * maxError, differed)
  bets.add(-2 * maxError, 2 * maxError, n - differed)
  return { eValue: bets.value, needed: DISAGREEMENT_NEEDED, refused: bets.value >= DISAGREEMENT_NEEDED }
}

/** What counts as one pseudo-answer in a reviewer's confusion matrix: keeps a reviewer with few answers from certainty. */
const SMOOTHING = 0.01

/**
 * Each reviewer's error, and the likely truth of each item, from answers alone: EM over reviewers' confusion matrices.
 * It needs items that several people answered, and reviewers who are right more often than not.
 * Source: Dawid & Skene, "Maximum likelihood estimation of observer error-rates using the EM algorithm", Applied Statistics 28 (1979).
 */
export function dawidSkene(ratings: readonly Rated[], options: { readonly rounds?: number; readonly tolerance?: number } = {}): Reviewers {
  const { rounds = 100, tolerance = 1e-7 } = options
  const items = byItem(ratings)
  const categories = [...new Set(ratings.map((one) => one.answer))].sort()
  const reviewers = [...new Set(ratings.map((one) => one.by))]
  const place = new Map(categories.map((category, index) => [category, index]))
  const indexed = [...items.values()].map((answers) => answers.map(({ by, answer }) => ({ by, index: place.get(answer) ?? 0 })))
  let posterior = indexed.map((answers) => majority(answers, categories.length))
  let model = maximise(indexed, posterior, reviewers, categories.length)
  let round = 0
  for (let change = 1; round < rounds && change > tolerance; round += 1) {
    const next = indexed.map((answers) => expect(answers, model))
    change = largestChange(posterior, next)
    posterior = next
    model = maximise(indexed, posterior, reviewers, categories.length)
  }
  return summary({ items: [...items.keys()], indexed, posterior, prevalence: model.prevalence, categories, rounds: round })
}

interface Model {
  readonly prevalence: readonly number[]
  /** For each reviewer: P(answer | truth) as rows of truths. */
  readonly confusion: ReadonlyMap<string, readonly (readonly number[])[]>
}
type Answers = readonly { readonly by: string; readonly index: number }[]

interface Fitted {
  readonly items: readonly string[]
  readonly indexed: readonly Answers[]
  readonly posterior: readonly (readonly number[])[]
  readonly prevalence: readonly number[]
  readonly categories: readonly string[]
  readonly rounds: number
}

function byItem(ratings: readonly Rated[]): Map<string, Rated[]> {
  const items = new Map<string, Rated[]>()
  for (const one of ratings) {
    const known = items.get(one.item)
    if (known === undefined) items.set(one.item, [one])
    else known.push(one)
  }
  return items
}

function majority(answers: Answers, categories: number): number[] {
  const shares = new Array<number>(categories).fill(0)
  for (const { index } of answers) shares[index] = (shares[index] ?? 0) + 1 / answers.length
  return shares
}

/** M: prevalence and confusion matrices that make the posterior most likely. */
function maximise(items: readonly Answers[], posterior: readonly (readonly number[])[], reviewers: readonly string[], size: number): Model {
  const prevalence = new Array<number>(size).fill(0)
  const counts = new Map(reviewers.map((by) => [by, Array.from({ length: size }, () => new Array<number>(size).fill(SMOOTHING))]))
  items.forEach((answers, item) => {
    posterior[item]?.forEach((probability, truth) => {
      prevalence[truth] = (prevalence[truth] ?? 0) + probability / items.length
      for (const { by, index } of answers) {
        const row = counts.get(by)?.[truth]
        if (row !== undefined) row[index] = (row[index] ?? 0) + probability
      }
    })
  })
  return { prevalence, confusion: new Map([...counts].map(([by, rows]) => [by, rows.map(normalised)])) }
}

/** E: how likely each truth is, given the answers and the model. In logarithms: many answers to one item would underflow. */
function expect(answers: Answers, { prevalence, confusion }: Model): number[] {
  const logs = prevalence.map((share, truth) =>
    answers.reduce((sum, { by, index }) => sum + Math.log(confusion.get(by)?.[truth]?.[index] ?? 1), Math.log(share)),
  )
  const top = Math.max(...logs)
  return normalised(logs.map((log) => Math.exp(log - top)))
}

function normalised(row: readonly number[]): number[] {
  const sum = row.reduce((total, one) => total + one, 0)
  return row.map((one) => one / sum)
}

function largestChange(before: readonly (readonly number[])[], after: readonly (readonly number[])[]): number {
  let largest = 0
  after.forEach((row, item) => {
    row.forEach((one, index) => {
      largest = Math.max(largest, Math.abs(one - (before[item]?.[index] ?? 0)))
    })
  })
  return largest
}

function summary({ items, indexed, posterior, prevalence, categories, rounds }: Fitted): Reviewers {
  const tally = new Map<string, { wrong: number; answers: number }>()
  const all = { wrong: 0, answers: 0 }
  indexed.forEach((answers, item) => {
    for (const { by, index } of answers) {
      const own = tally.get(by) ?? { wrong: 0, answers: 0 }
      tally.set(by, own)
      for (const one of [own, all]) {
        one.wrong += 1 - (posterior[item]?.[index] ?? 0)
        one.answers += 1
      }
    }
  })
  return {
    reviewers: new Map([...tally].map(([by, { wrong, answers }]) => [by, { error: wrong / answers, answers }])),
    error: all.answers === 0 ? 0 : all.wrong / all.answers,
    items: new Map(items.map((item, index) => [item, likeliest(posterior[index] ?? [], categories)])),
    prevalence: new Map(categories.map((category, index) => [category, prevalence[index] ?? 0])),
    rounds,
  }
}

function likeliest(posterior: readonly number[], categories: readonly string[]): { answer: string; probability: number } {
  const probability = Math.max(0, ...posterior)
  return { answer: categories[posterior.indexOf(probability)] ?? '', probability }
}

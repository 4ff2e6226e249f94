/**
 * How often proposals were wrong, as far as people saw: over time, by segment, and in all.
 *
 * Owns: those figures under one policy. Never: decides anything. An error is an answer that differs from what was proposed.
 * Invariant: a case that was put to people with probability π stands for 1/π decisions (Horvitz & Thompson), so that what few audits say
 * of what stands alone is not drowned by the many questions that people see anyway. Shares are of all decisions that people could have been
 * asked, seen or not: under a policy without audits, what stands alone is not among them.
 */
import type { CaseRecord } from '../journal/records.ts'
import { lowerBound, type Observed, upperBound } from '../statistics/betting.ts'

/** A share of wrong proposals, with what speaks for it. */
export interface ErrorFigure {
  /** Answers of people, and how many of them differ from the proposal. */
  readonly n: number
  readonly wrong: number
  /** The share of wrong proposals among all decisions, estimated; `undefined` without an answer. */
  readonly share: number | undefined
  /** What the share lies between with 95 % confidence, however often one looks: the bounds of testing by betting. */
  readonly low: number
  readonly high: number
}

/** A stretch of the stream. */
export interface ErrorPoint extends ErrorFigure {
  readonly from: number
  readonly to: number
}

const ALPHA = 0.05
/** Fewer than the load has, and none with fewer answers than this: an interval takes answers. */
const STRETCHES = 8
const FEWEST = 20

/** A proposal that a person answered. */
interface Answered {
  readonly at: number
  /** With which it was put to a person. */
  readonly probability: number
  readonly wrong: boolean
}

/** Errors under one policy, case by case: nothing of a case is kept but what they need. */
export class ErrorReading {
  readonly #answered: (Answered & { readonly leastProbability: number })[] = []

  add(one: Pick<CaseRecord, 'at' | 'probability'>, wrong: boolean): void {
    const { at, probability } = one
    if (!(probability > 0)) return
    const leastProbability = Math.min(this.#answered.at(-1)?.leastProbability ?? 1, probability)
    this.#answered.push({ at, probability, wrong, leastProbability })
  }

  /** All of it. */
  figure(): ErrorFigure {
    return figureOf(this.#answered, this.#answered.at(-1)?.leastProbability ?? 1)
  }

  /** Stretches of equally many answers, oldest first; fewer of them while there are few answers. */
  points(stretches: number = STRETCHES): ErrorPoint[] {
    const all = this.#answered
    const count = Math.min(stretches, all.length, Math.max(1, Math.floor(all.length / FEWEST)))
    return Array.from({ length: count }, (_, index) => {
      const some = all.slice(Math.round((index * all.length) / count), Math.round(((index + 1) * all.length) / count))
      const last = some.at(-1)
      return { from: some[0]?.at ?? 0, to: last?.at ?? 0, ...figureOf(some, last?.leastProbability ?? 1) }
    })
  }
}

/** What random checks say of that from which they were drawn: all with one probability, so that they count alike. */
export function checkedFigure({ n, errors }: { readonly n: number; readonly errors: number }): ErrorFigure {
  const observed = [
    { value: 0, times: n - errors },
    { value: 1, times: errors },
  ].filter(({ times }) => times > 0)
  return { n, wrong: errors, share: n === 0 ? undefined : errors / n, ...boundsOf(observed, 1) }
}

/** What these answers say. `leastProbability`: the least that any answer up to here was asked for with; it bounds each bet. */
function figureOf(answered: readonly Answered[], leastProbability: number): ErrorFigure {
  const observed = new Map<string, { value: number; probability: number; times: number }>()
  let [stands, wrongs, wrong] = [0, 0, 0]
  for (const one of answered) {
    const weight = 1 / one.probability
    stands += weight
    wrongs += one.wrong ? weight : 0
    wrong += Number(one.wrong)
    const key = `${one.wrong} ${one.probability}`
    const seen = observed.get(key) ?? { value: Number(one.wrong), probability: one.probability, times: 0 }
    seen.times += 1
    observed.set(key, seen)
  }
  return {
    n: answered.length,
    wrong,
    share: stands === 0 ? undefined : wrongs / stands,
    ...boundsOf([...observed.values()], leastProbability),
  }
}

function boundsOf(observed: readonly Observed[], leastProbability: number): Pick<ErrorFigure, 'low' | 'high'> {
  const bounds = { range: [0, 1], alpha: ALPHA / 2, leastProbability } as const
  return { low: Math.max(0, lowerBound(observed, bounds)), high: Math.min(1, upperBound(observed, bounds)) }
}

/**
 * What an import does to autonomy that had begun to be earned before it: seeded streams of calibrated proposals through the real ruling and fold.
 */
import { expect, test } from 'vitest'
import type { CaseRecord } from '../journal/records.ts'
import { encode } from '../json.ts'
import { randomSource } from '../statistics/chance.ts'
import { ruling } from './earned.ts'
import { EarnedFold, type EarnedTerms, type EpochState, policyOf } from './earned-fold.ts'

const TERMS: EarnedTerms = { maxError: 0.05, confidence: 0.95, audit: 0.1, burnIn: 100, segments: true }
const SEEDS = ['1', '2', '3', '4', '5', '6', '7', '8']

type Stage = 'cold' | 'taught'

/** A learner that knows little is never sure; once it was taught it is sure of most, and right as often as it says. */
function confidenceIn(stage: Stage, random: () => number): number {
  if (stage === 'cold') return 0.1 + 0.4 * random()
  return random() < 0.6 ? 0.98 + 0.02 * random() : 0.5 + 0.45 * random()
}

class Stream {
  readonly #random: () => number
  readonly #cases: CaseRecord[] = []

  constructor(seed: string) {
    this.#random = randomSource(`import ${seed}`)
  }

  /** Takes so many questions under these terms, and says how the epoch stands. */
  take(stage: Stage, count: number, terms = TERMS): EpochState {
    const fold = new EarnedFold(terms)
    for (const one of this.#cases) fold.add(one)
    for (let n = 0; n < count; n += 1) {
      const confidence = confidenceIn(stage, this.#random)
      const isWrong = this.#random() >= confidence
      const { review, probability, origin, policy, epoch } = ruling(terms, fold.epochFor(undefined, 'learner'), confidence, this.#random())
      if (!review) continue
      const seq = this.#cases.length + 1
      const one: CaseRecord = {
        seq,
        decision: 'folder',
        question: encode(seq),
        answer: encode('spam'),
        predicted: encode(isWrong ? 'list' : 'spam'),
        confidence,
        probability,
        origin,
        at: seq,
        version: 'learner',
        policy,
        ...(epoch !== undefined && { epoch }),
      }
      this.#cases.push(one)
      fold.add(one)
    }
    return fold.epochFor(undefined, 'learner')
  }
}

test('a learner that was taught by an import before its first question earns', () => {
  for (const seed of SEEDS) {
    const { certified } = new Stream(seed).take('taught', 3000)
    expect(certified).toBeDefined()
  }
})

test('one that is taught after its burn-in does not: the thresholds lie below all that it proposes now, however good the surest are', () => {
  for (const seed of SEEDS) {
    const stream = new Stream(seed)
    stream.take('cold', 100)
    const { certified, certificates } = stream.take('taught', 10_000)
    expect(certified).toBeUndefined()
    expect(Math.max(...certificates.map(({ tau }) => tau))).toBeLessThan(0.5)
  }
})

test('under another burn-in it begins anew, with thresholds of what it proposes now, and earns', () => {
  const anew = { ...TERMS, burnIn: 101 }
  expect(policyOf(anew)).not.toBe(policyOf(TERMS))
  for (const seed of SEEDS) {
    const stream = new Stream(seed)
    stream.take('cold', 100)
    stream.take('taught', 500)
    expect(stream.take('taught', 3000, anew).certified).toBeDefined()
  }
})

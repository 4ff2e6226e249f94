import { describe, expect, test } from 'vitest'
import { dawidSkene, disagreement, krippendorff, type Rated } from './agreement.ts'
import vectors from './betting.vectors.json' with { type: 'json' }
import { randomSource } from './chance.ts'
import { atLeast, atMost } from './simulation.ts'

/** Krippendorff's example: four coders, twelve units, five categories, some answers missing. */
const CODERS = ['123321412...', '1233224125.3', '.3332342251.', '12332441251.']
const CANONICAL: Rated[] = CODERS.flatMap((row, coder) =>
  [...row].flatMap((answer, unit) => (answer === '.' ? [] : [{ item: `u${unit}`, by: `c${coder}`, answer }])),
)

describe("Krippendorff's α", () => {
  test('is that of his example', () => {
    expect(krippendorff(CANONICAL)).toBeCloseTo(vectors.krippendorff_nominal_canonical_4_coders, 3)
  })

  test('is 1 for full agreement and below 0 for constant contradiction', () => {
    const pairs = (same: boolean): Rated[] =>
      Array.from({ length: 10 }, (_, item) => [
        { item: `${item}`, by: 'ana', answer: item % 2 === 0 ? 'a' : 'b' },
        { item: `${item}`, by: 'ben', answer: (item % 2 === 0) === same ? 'a' : 'b' },
      ]).flat()
    expect(krippendorff(pairs(true))).toBe(1)
    expect(krippendorff(pairs(false))).toBeCloseTo(-0.9, 9)
  })

  test('has nothing to say where nobody was asked twice, or all answers are the same', () => {
    expect(krippendorff([{ item: '1', by: 'ana', answer: 'a' }])).toBeUndefined()
    expect(krippendorff(['ana', 'ben'].map((by) => ({ item: '1', by, answer: 'a' })))).toBeUndefined()
    expect(krippendorff([])).toBeUndefined()
  })
})

describe('Dawid and Skene', () => {
  /** Five reviewers of known error answer 600 items of three categories. */
  function simulated(errors: Readonly<Record<string, number>>): { ratings: Rated[]; truth: string[] } {
    const random = randomSource('reviewers')
    const categories = ['a', 'b', 'c']
    const truth = Array.from({ length: 600 }, () => categories[Math.floor(random() ** 1.5 * 3)] ?? 'a')
    const ratings = truth.flatMap((answer, item) =>
      Object.entries(errors).map(([by, error]) => {
        const others = categories.filter((one) => one !== answer)
        return { item: `${item}`, by, answer: random() < error ? (others[Math.floor(random() * 2)] ?? answer) : answer }
      }),
    )
    return { ratings, truth }
  }

  test("finds each reviewer's own error without knowing the truth", () => {
    const errors = { ana: 0.02, ben: 0.05, cem: 0.1, dora: 0.2, emil: 0.45 }
    const { ratings, truth } = simulated(errors)
    const found = dawidSkene(ratings)
    for (const [by, error] of Object.entries(errors)) expect(Math.abs((found.reviewers.get(by)?.error ?? 1) - error)).toBeLessThan(0.05)
    expect(found.error).toBeCloseTo(0.164, 1)
    const right = truth.filter((answer, item) => found.items.get(`${item}`)?.answer === answer).length
    expect(right / truth.length).toBeGreaterThan(0.97)
  })

  test('outvotes a majority that is known to be careless', () => {
    const { ratings } = simulated({ ana: 0.01, ben: 0.4, cem: 0.4, dora: 0.02, emil: 0.4 })
    const contested: Rated[] = [
      ...['ana', 'dora'].map((by) => ({ item: 'contested', by, answer: 'a' })),
      ...['ben', 'cem', 'emil'].map((by) => ({ item: 'contested', by, answer: 'b' })),
    ]
    expect(dawidSkene([...ratings, ...contested]).items.get('contested')?.answer).toBe('a')
  })

  test('comes through items with hundreds of answers, and through no answers at all', () => {
    const many = Array.from({ length: 800 }, (_, by) => ({ item: '1', by: `r${by}`, answer: by % 10 === 0 ? 'b' : 'a' }))
    expect(dawidSkene(many).items.get('1')).toMatchObject({ answer: 'a' })
    expect(dawidSkene([])).toMatchObject({ error: 0 })
  })
})

describe('what disagreement proves', () => {
  /** The share of streams of 400 double answers in which it ever says that the error exceeds 5 %, looked at after each. */
  function refusedIn(differ: number, streams = 300): { hits: number; streams: number } {
    let hits = 0
    for (let stream = 0; stream < streams; stream += 1) {
      const random = randomSource(`disagreement ${differ} ${stream}`)
      let differed = 0
      for (let n = 1; n <= 400; n += 1) {
        differed += Number(random() < differ)
        if (!disagreement(n, differed, 0.05).refused) continue
        hits += 1
        break
      }
    }
    return { hits, streams }
  }

  test('it seldom cries out about people who are wrong as often as is promised, however often one looks', () => {
    const { hits, streams } = refusedIn(0.1)
    expect(atLeast(hits, streams)).toBeLessThan(0.05 / 7)
    expect(atMost(hits, streams)).toBeLessThan(0.05)
  })

  test('it finds people who are wrong three times as often', () => {
    const { hits, streams } = refusedIn(0.3)
    expect(atLeast(hits, streams)).toBeGreaterThan(0.95)
  })

  test('it has nothing to say without double answers, and lets people recover', () => {
    expect(disagreement(0, 0, 0.05)).toEqual({ eValue: 1, needed: 140, refused: false })
    expect(disagreement(60, 20, 0.05).refused).toBe(true)
    expect(disagreement(2000, 20, 0.05).refused).toBe(false)
  })
})

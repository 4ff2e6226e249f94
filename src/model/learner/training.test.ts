import { describe, expect, it } from 'vitest'
import { probabilities } from './calibration.ts'
import { DIMENSIONS, type Examples, score } from './classifier.ts'
import { train } from './training.ts'

interface Sample {
  readonly vector: Float32Array
  readonly label: number
}

/** Noisy unit vectors around one direction per class; a share of the labels is wrong. */
function samples(count: number, options: { classes: number; noise: number; wrong?: number; seed: number }): Sample[] {
  let state = options.seed
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  return Array.from({ length: count }, (_, at) => {
    const label = at % options.classes
    const vector = Float32Array.from(
      { length: DIMENSIONS },
      (_, dimension) => (dimension % options.classes === label ? 1 : 0) + options.noise * (random() - 0.5),
    )
    const length = Math.hypot(...vector)
    const mistaken = random() < (options.wrong ?? 0)
    return { vector: vector.map((value) => value / length), label: mistaken ? (label + 1) % options.classes : label }
  })
}

function examplesOf(of: readonly Sample[], classes: number): Examples {
  const vectors = new Float32Array(of.length * DIMENSIONS)
  for (const [at, { vector }] of of.entries()) vectors.set(vector, at * DIMENSIONS)
  return {
    count: of.length,
    vectors,
    starts: new Int32Array(of.length + 1),
    buckets: new Uint16Array(0),
    labels: Int32Array.from(of, ({ label }) => label),
    classes,
  }
}

/** How often the first answer is right on fresh samples, and how sure it was. */
function trial(classes: number, noise: number, wrong: number): { right: number; sure: number } {
  const { weights, temperature } = train(examplesOf(samples(400, { classes, noise, wrong, seed: 1 }), classes))
  const fresh = samples(1000, { classes, noise, wrong, seed: 2 })
  let [right, sure] = [0, 0]
  for (const { vector, label } of fresh) {
    const [best] = probabilities(score(weights, vector, new Uint16Array(0)), temperature)
    if (best?.index === label) right += 1
    sure += best?.probability ?? 0
  }
  return { right: right / fresh.length, sure: sure / fresh.length }
}

describe('a training', () => {
  it('learns two classes and five', () => {
    for (const classes of [2, 5]) {
      const { right, sure } = trial(classes, 2, 0)
      expect(right).toBeGreaterThan(0.99)
      expect(sure).toBeGreaterThan(0.95)
    }
  })

  it('is as sure on fresh samples as it is right, when a quarter of the labels are wrong', () => {
    for (const classes of [2, 5]) {
      const { right, sure } = trial(classes, 4, 0.25)
      expect(right).toBeGreaterThan(0.55)
      expect(Math.abs(sure - right)).toBeLessThan(0.08)
    }
  })

  it('comes to the same numbers, bit for bit, from the same examples', () => {
    const examples = examplesOf(samples(60, { classes: 3, noise: 4, seed: 3 }), 3)
    const [first, second] = [train(examples), train(examples)]
    expect(first.temperature).toBe(second.temperature)
    expect(first.weights.values).toEqual(second.weights.values)
  })

  it('learns from buckets alone where vectors say nothing', () => {
    const examples: Examples = {
      count: 20,
      vectors: new Float32Array(20 * DIMENSIONS),
      starts: Int32Array.from({ length: 21 }, (_, at) => at * 2),
      buckets: Uint16Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? 7 : 100 + (Math.floor(at / 2) % 2))),
      labels: Int32Array.from({ length: 20 }, (_, at) => at % 2),
      classes: 2,
    }
    const { weights, temperature } = train(examples)
    const nothing = new Float32Array(DIMENSIONS)
    expect(probabilities(score(weights, nothing, Uint16Array.of(7, 100)), temperature)[0]).toMatchObject({ index: 0 })
    expect(probabilities(score(weights, nothing, Uint16Array.of(7, 101)), temperature)[0]).toMatchObject({ index: 1 })
  })
})

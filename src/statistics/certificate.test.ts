import { describe, expect, test } from 'vitest'
import vectors from './betting.vectors.json' with { type: 'json' }
import { CertificateSequence, type Labelled } from './certificate.ts'
import { randomSource } from './chance.ts'
import { atLeast, atMost } from './simulation.ts'

const OPTIONS = { maxError: 0.05, delta: 0.05, audit: 0.1 }
const right = (confidence: number, probability = 1): Labelled => ({ confidence, error: false, probability })
const wrong = (confidence: number, probability = 1): Labelled => ({ confidence, error: true, probability })

/** A burn-in of confidences 0.01 … 1. */
function begun(options = OPTIONS): CertificateSequence {
  const sequence = new CertificateSequence(options)
  for (let i = 1; i <= 100; i += 1) sequence.add(wrong(i / 100))
  return sequence
}

describe('thresholds', () => {
  test('are the confidences above which 40 … 90 % of the burn-in lie, whatever its labels say', () => {
    expect(begun().certificates.map(({ tau, share, n, certified }) => ({ tau, share, n, certified }))).toEqual(
      [0.4, 0.5, 0.6, 0.7, 0.8, 0.9].map((share) => ({ tau: Math.round((1.01 - share) * 100) / 100, share, n: 0, certified: false })),
    )
  })

  test('do not exist before the burn-in is over', () => {
    const sequence = new CertificateSequence({ ...OPTIONS, burnIn: 20 })
    for (let i = 0; i < 19; i += 1) sequence.add(right(0.5))
    expect([sequence.certificates, sequence.burnIn]).toEqual([[], { labelled: 19, needed: 20 }])
  })

  test('that coincide are one', () => {
    const sequence = new CertificateSequence(OPTIONS)
    for (let i = 0; i < 100; i += 1) sequence.add(right(i < 65 ? 1 : 0.5))
    expect(sequence.certificates.map(({ tau, share }) => [tau, share])).toEqual([
      [1, 0.65],
      [0.5, 1],
    ])
  })
})

describe('a certificate', () => {
  test.each(vectors.zero_error_labels_to_certify)(
    'at α = $alpha, δ = $delta takes $labels labels without an error',
    ({ alpha, delta, labels }) => {
      const sequence = begun({ maxError: alpha, delta, audit: 0.1 })
      let taken = 0
      while (sequence.threshold === Number.POSITIVE_INFINITY) {
        sequence.add(right(1))
        taken += 1
      }
      expect(taken).toBe(labels)
    },
  )

  test('of a looser threshold waits for the stricter ones, and then comes at once with theirs', () => {
    const sequence = begun()
    for (let i = 0; i < 300; i += 1) sequence.add(right(0.55))
    expect(sequence.threshold).toBe(Number.POSITIVE_INFINITY)
    const before = sequence.certificates.map((one) => one.eValue >= one.needed)
    expect(before).toEqual(
      [false, true, true, true, true, true].map((reached, j) => reached && (sequence.certificates[j]?.tau ?? 1) <= 0.55),
    )
    for (let i = 0; i < 100; i += 1) sequence.add(right(0.99))
    expect(sequence.certificates.map((one) => one.certified)).toEqual([true, true, true, true, true, true])
    expect(sequence.threshold).toBe(0.11)
  })

  test('stays, whatever comes later: the drift alarm is what watches it', () => {
    const sequence = begun()
    for (let i = 0; i < 100; i += 1) sequence.add(right(0.99))
    for (let i = 0; i < 100; i += 1) sequence.add(wrong(0.99, 0.1))
    expect(sequence.certificates[0]).toMatchObject({ certified: true, n: 200, errors: 100 })
  })

  test('lets the least probability fall to that of an audit, and scores a late answer proposed before it', () => {
    const sequence = begun()
    expect(sequence.leastProbability).toBe(1)
    for (let i = 0; i < 100; i += 1) sequence.add(right(0.99))
    expect(sequence.leastProbability).toBe(0.1)
    const before = sequence.certificates[5]?.eValue ?? 0
    sequence.add(right(0.2, 1))
    expect(sequence.certificates[5]?.eValue).toBeGreaterThan(before)
  })

  test('is not helped by a label rarer than any can be, and is hurt if it is an error', () => {
    const [sequence, control] = [begun(), begun()]
    for (let i = 0; i < 1000; i += 1) sequence.add(right(1, 0.001))
    expect(sequence.certificates[0]?.eValue).toBe(1)
    sequence.add(wrong(1, 0.001))
    for (const one of [sequence, control]) for (let i = 0; i < 100; i += 1) one.add(right(1))
    expect([sequence.threshold, control.threshold]).toEqual([Number.POSITIVE_INFINITY, 0.11])
  })
})

describe('simulated: labels arrive as the policy of earned autonomy lets them', () => {
  /** Runs a stream and says whether what was certified errs more than α, and whether anything was. */
  function stream(seed: string, items: number, errorAt: (confidence: number) => number): { sequence: CertificateSequence; seen: number } {
    const random = randomSource(seed)
    const sequence = new CertificateSequence(OPTIONS)
    let seen = 0
    for (let i = 0; i < items; i += 1) {
      const confidence = random()
      const probability = confidence >= sequence.threshold ? OPTIONS.audit : 1
      const [reviewed, error] = [random() < probability, random() < errorAt(confidence)]
      if (!reviewed) continue
      seen += 1
      sequence.add({ confidence, error, probability })
    }
    return { sequence, seen }
  }

  test('with the error just above α at every confidence, at most δ of streams are ever certified', () => {
    const streams = 600
    let falsely = 0
    for (let i = 0; i < streams; i += 1)
      falsely += Number(stream(`above ${i}`, 1500, () => 0.051).sequence.threshold < Number.POSITIVE_INFINITY)
    expect(atMost(falsely, streams)).toBeLessThanOrEqual(OPTIONS.delta)
  })

  test('with the error just above α from the fourth threshold on, at most δ of streams go as far', () => {
    const streams = 300
    // Errors: none above 0.35; below, so many that the share above τ reaches α at τ = 0.3 and goes on rising.
    const errorAt = (confidence: number): number => (confidence >= 0.35 ? 0 : 0.76)
    const above = (tau: number): number => (tau >= 0.35 ? 0 : ((0.35 - tau) * 0.76) / (1 - tau))
    let [falsely, some] = [0, 0]
    for (let i = 0; i < streams; i += 1) {
      const { threshold } = stream(`mixed ${i}`, 3000, errorAt).sequence
      some += Number(threshold < Number.POSITIVE_INFINITY)
      falsely += Number(threshold < Number.POSITIVE_INFINITY && above(threshold) > OPTIONS.maxError)
    }
    expect(atMost(falsely, streams)).toBeLessThanOrEqual(OPTIONS.delta)
    expect(atLeast(some, streams)).toBeGreaterThan(0.95)
  })

  test('with answers that arrive up to 300 questions late, under thresholds that have moved meanwhile, at most δ of streams go too far', () => {
    const streams = 300
    const errorAt = (confidence: number): number => (confidence >= 0.35 ? 0 : 0.76)
    let [falsely, late] = [0, 0]
    for (let i = 0; i < streams; i += 1) {
      const random = randomSource(`late ${i}`)
      const sequence = new CertificateSequence(OPTIONS)
      const open: { due: number; item: Labelled }[] = []
      for (let now = 0; now < 3000; now += 1) {
        const confidence = random()
        const probability = confidence >= sequence.threshold ? OPTIONS.audit : 1
        const [reviewed, error, delay] = [random() < probability, random() < errorAt(confidence), Math.floor(random() * 300)]
        if (reviewed) open.push({ due: now + delay, item: { confidence, error, probability } })
        for (const { item } of open.filter(({ due }) => due === now)) {
          late += Number(item.probability === 1 && item.confidence >= sequence.threshold)
          sequence.add(item)
        }
      }
      falsely += Number(sequence.threshold < 0.3)
    }
    expect(atMost(falsely, streams)).toBeLessThanOrEqual(OPTIONS.delta)
    expect(late).toBeGreaterThan(streams)
  })

  test('with an error of 1 %, certificates come, and people then see a minority of the stream', () => {
    const ends = Array.from({ length: 30 }, (_, i) => stream(`good ${i}`, 3000, () => 0.01))
    expect(ends.filter(({ sequence }) => sequence.threshold < Number.POSITIVE_INFINITY).length).toBeGreaterThanOrEqual(29)
    expect(ends.reduce((sum, { seen }) => sum + seen, 0) / 30 / 3000).toBeLessThan(0.5)
  })
})

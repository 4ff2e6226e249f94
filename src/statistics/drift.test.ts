import { describe, expect, test } from 'vitest'
import { randomSource } from './chance.ts'
import { DriftAlarm } from './drift.ts'
import { atLeast, atMost } from './simulation.ts'

const OPTIONS = { maxError: 0.05, leastProbability: 0.1 }

/** How many audits of answers with this error pass before the alarm; `most` if it stays quiet. */
function audits(seed: string, error: number, most: number): number {
  const random = randomSource(seed)
  const alarm = new DriftAlarm(OPTIONS)
  for (let n = 1; n <= most; n += 1) if (alarm.add({ error: random() < error, probability: 0.1 })) return n
  return most
}

describe('the drift alarm', () => {
  test('is the mean over k of e-CUSUMs with their own sizes', () => {
    const alarm = new DriftAlarm(OPTIONS)
    alarm.add({ error: false, probability: 0.1 })
    alarm.add({ error: true, probability: 0.1 })
    const expected = [0, 1, 2, 3, 4, 5].map((k) => Math.max(1 - 0.9 * 2 ** -k, 1) * (1 + 0.9 * 2 ** -k * (0.95 / 0.05)))
    expect(alarm.value).toBeCloseTo(expected.reduce((sum, one) => sum + one, 0) / 6, 9)
    expect(alarm.audited).toEqual({ n: 2, errors: 1 })
  })

  test('gathers no credit in good times: a thousand right answers do not delay it', () => {
    const [fresh, proven] = [new DriftAlarm(OPTIONS), new DriftAlarm(OPTIONS)]
    for (let i = 0; i < 1000; i += 1) proven.add({ error: false, probability: 0.1 })
    for (const alarm of [fresh, proven]) for (let i = 0; i < 4; i += 1) alarm.add({ error: true, probability: 0.1 })
    expect([proven.alarmed, proven.alarmed]).toEqual([fresh.alarmed, true])
  })

  test('rings within 90 audits when one answer in four has become wrong', () => {
    const streams = 300
    let late = 0
    for (let i = 0; i < streams; i += 1) late += Number(audits(`drift ${i}`, 0.25, 91) > 90)
    expect(atMost(late, streams)).toBeLessThan(0.05)
  })

  test('at the promised error itself rings falsely in at most n/1000 of streams of n audits', () => {
    const [streams, most] = [1000, 100]
    let false_ = 0
    for (let i = 0; i < streams; i += 1) false_ += Number(audits(`calm ${i}`, 0.05, most + 1) <= most)
    expect(atMost(false_, streams)).toBeLessThanOrEqual(most / 1000)
  })

  test('at the promised error itself comes on average after at least 1000 audits', () => {
    const streams = 150
    const runs = Array.from({ length: streams }, (_, i) => audits(`average ${i}`, 0.05, 20_000))
    const mean = runs.reduce((sum, n) => sum + n, 0) / streams
    const error = Math.sqrt(runs.reduce((sum, n) => sum + (n - mean) ** 2, 0) / (streams - 1) / streams)
    expect(mean - 1.645 * error).toBeGreaterThan(1000)
  })

  test('hears a drift that only a few audits could show: half of the streams within 20 at an error of one half', () => {
    const early = Array.from({ length: 200 }, (_, i) => audits(`half ${i}`, 0.5, 21)).filter((n) => n <= 20).length
    expect(atLeast(early, 200)).toBeGreaterThan(0.5)
  })
})

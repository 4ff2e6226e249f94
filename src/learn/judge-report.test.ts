import { expect, test } from 'vitest'
import type { MeasureRecord } from '../journal/records.ts'
import { randomSource } from '../statistics/chance.ts'
import { judgeReports } from './judge-report.ts'

const scored = (run: number, value: number, more: Partial<MeasureRecord>): MeasureRecord => ({
  seq: run,
  id: `${run}`,
  run: `r${run}`,
  flow: 'desk',
  name: 'tone',
  value,
  at: 0,
  origin: 'judge',
  by: 'tone@1',
  ...more,
})

async function* each(measures: readonly MeasureRecord[]): AsyncGenerator<MeasureRecord> {
  yield* measures
}

test('a judge is as far from people as its scores are, and the bound holds the true distance in 95 of 100 samples', async () => {
  let held = 0
  for (let sample = 0; sample < 60; sample += 1) {
    const random = randomSource(`judge ${sample}`)
    const truths = Array.from({ length: 200 }, () => random() * 0.6 + 0.2)
    const judged = truths.map((truth, run) => scored(run, truth + 0.2 * random(), {}))
    const people = truths.slice(0, 80).map((truth, run) => scored(run, truth, { origin: 'people', by: 'ann' }))
    const [report] = await judgeReports(each(judged), each(people))
    expect(report).toMatchObject({ name: 'tone', judge: 'tone@1', judged: 200, compared: 80 })
    expect(report?.error).toBeCloseTo(0.1, 1)
    expect(report?.bias).toBeCloseTo(report?.error ?? 0)
    held += Number((report?.errorAtMost ?? 0) >= 0.1)
  }
  expect(held).toBeGreaterThanOrEqual(57)
})

test('versions of a judge, measures and things are told apart, and several people count as their mean', async () => {
  const judged = [
    scored(1, 0.5, {}),
    scored(1, 0.9, { by: 'tone@2' }),
    scored(1, 1, { name: 'length', by: 'length@1' }),
    scored(2, 0.1, { path: 'draft' }),
  ]
  const people = [scored(1, 0.4, { origin: 'people', by: 'ann' }), scored(1, 0.8, { origin: 'people', by: 'bob' })]
  expect(await judgeReports(each(judged), each(people))).toMatchObject([
    { name: 'length', judged: 1, compared: 0, error: undefined, errorAtMost: 1, bias: undefined },
    { name: 'tone', judge: 'tone@1', judged: 2, compared: 1, error: expect.closeTo(0.1), bias: expect.closeTo(-0.1) },
    { name: 'tone', judge: 'tone@2', judged: 1, compared: 1, error: expect.closeTo(0.3), bias: expect.closeTo(0.3) },
  ])
})

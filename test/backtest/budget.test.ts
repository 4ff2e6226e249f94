/**
 * What a backtest may spend: never more than its budget by more than what is under way before anything has cost, and nothing at a price
 * that nobody knows.
 */
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import type { RondoOptions } from '../../src/assemble.ts'
import { prompt } from '../../src/model/prompt.ts'
import { closeAll, promptFolder } from '../support/asking-system.ts'
import { answer } from '../support/openai-server.ts'
import { closeDesks, desk, playing, tried } from './desk.ts'

afterEach(async () => {
  await closeDesks()
  await closeAll()
})

const Line = prompt('line', { input: z.object({ n: z.number() }), output: z.string() })
const flow = playing('lines', (run, input) => run.ask(Line, z.object({ n: z.number() }).parse(input)))
/** What one call uses here: 1000 tokens in, 100 out. */
const USAGE = { input: 1000, output: 100 }
/** One call of `local/model` costs 1,200 millionths of a dollar, one of `local/dear` sixteen times as much, of `local/other` nobody knows. */
const MODELS: NonNullable<RondoOptions['models']> = {
  'local/model': { price: { input: 1, output: 2 }, retry: { attempts: 1 } },
  'local/dear': { price: { input: 16, output: 32 }, retry: { attempts: 1 } },
}
const DEAR = 19_200

async function recorded(count: number) {
  const { rondo, server } = await desk([flow], {
    prompts: await promptFolder({ line: 'Say {{n}}' }),
    script: () => answer('Hello.', { usage: USAGE }),
    models: MODELS,
  })
  for (let n = 0; n < count; n += 1) await rondo.runs.start(flow, { n }, { id: `r${n}` })
  await rondo.idle()
  return { rondo, server }
}

test('the estimate is made at the price of the model that is tried, and says so', async () => {
  const { rondo } = await recorded(40)
  const estimateOf = async (model: string, options = {}) =>
    (await tried(rondo, { models: { line: model } }, { sample: 20 }, options)).progress[0]
  expect(await estimateOf('local/dear')).toMatchObject({ kind: 'estimate', runs: 20, prices: 'new', usage: { microUsd: 20 * DEAR } })
  expect(await estimateOf('local/other')).toMatchObject({ prices: 'unknown', usage: { microUsd: 20 * 1200 } })
  const text = await tried(rondo, { prompts: { line: 'Say now {{n}}' } }, { sample: 20 })
  expect(text.progress[0]).toMatchObject({ prices: 'recorded', usage: { microUsd: 20 * 1200 } })
})

test.each([1, 32])('a budget holds with %i runs at once, though the model is dearer than all that was recorded', async (concurrency) => {
  const { rondo, server } = await recorded(40)
  const before = server.requests.length
  const budget = 4.5 * DEAR
  const { report } = await tried(rondo, { models: { line: 'local/dear' } }, {}, { concurrency, usd: budget / 1_000_000 })
  expect(report.spent.microUsd).toBe(4 * DEAR)
  expect(server.requests.length - before).toBe(4)
  expect(report.runs).toMatchObject({ replayed: 4, left: 36 })
})

test('a text whose calls turn out dearer than estimated is stopped by what they cost', async () => {
  const { rondo } = await desk([flow], {
    prompts: await promptFolder({ line: 'Say {{n}}' }),
    script: ({ lastUserText }) => answer('Hello.', { usage: lastUserText.includes('now') ? { input: 20_000, output: 0 } : USAGE }),
    models: MODELS,
  })
  for (let n = 0; n < 40; n += 1) await rondo.runs.start(flow, { n }, { id: `r${n}` })
  await rondo.idle()
  const { report } = await tried(rondo, { prompts: { line: 'Say now {{n}}' } }, {}, { usd: 0.05 })
  expect(report.spent.microUsd).toBe(40_000)
  expect(report.runs.left).toBe(38)
})

test('within a budget a model whose price is not known is not asked, unless somebody says so', async () => {
  const { rondo, server } = await recorded(5)
  const before = server.requests.length
  const change = { models: { line: 'local/other' } }
  await expect(tried(rondo, change, {}, { usd: 1 })).rejects.toMatchObject({
    code: 'invalid_input',
    message: expect.stringMatching(/price of local\/other is not known.*--unpriced/),
  })
  expect(server.requests.length).toBe(before)
  const { report } = await tried(rondo, change, {}, { usd: 1, unpriced: true })
  expect(report).toMatchObject({ calls: 5, unpriced: ['local/other'], prices: 'unknown' })
  expect(report.notes.join()).toContain('The price of local/other is not known: more was spent than is said here.')
})

test('terms under which nothing could be judged are refused before anything is paid', async () => {
  const { rondo, server } = await recorded(5)
  const before = server.requests.length
  for (const terms of [{ alpha: 0 }, { margin: 1 }, { candidates: 0 }, { leastProbability: 0 }])
    await expect(tried(rondo, { prompts: { line: 'Say now {{n}}' } }, {}, terms)).rejects.toMatchObject({ code: 'invalid_input' })
  expect(server.requests.length).toBe(before)
})

test('runs of the window that are not over are counted, and said to be the slow ones', async () => {
  const slow = playing('slow', (run) => run.signal('never'))
  const { rondo } = await desk([flow, slow], {
    prompts: await promptFolder({ line: 'Say {{n}}' }),
    script: () => answer('Hello.', { usage: USAGE }),
    models: MODELS,
  })
  await rondo.runs.start(flow, { n: 1 })
  for (let index = 0; index < 3; index += 1) await rondo.runs.start(slow, {})
  await rondo.idle()
  const change = { prompts: { line: 'Say now {{n}}' } }
  const { report } = await tried(rondo, change)
  expect(report.runs).toMatchObject({ replayed: 1, unfinished: 3 })
  expect(report.notes.join()).toContain('3 runs that were started in this window are not over')
  expect((await tried(rondo, change, { flow: 'lines' })).report.runs.unfinished).toBe(0)
  expect((await tried(rondo, change, { until: 1 })).report.runs.unfinished).toBe(0)
})

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createOpenAI } from '@ai-sdk/openai'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { always } from '../../src/autonomy.ts'
import { serveHttp } from '../../src/http.ts'
import { decision, flow, prompt, prompted } from '../../src/index.ts'
import { json, startOpenAiServer } from '../support/openai-server.ts'
import { ask as askAt, atEnd, folder, type Stage, stage, TOKEN } from './stage.ts'

const Sort = prompt('sort', { input: z.object({ text: z.string() }), output: z.enum(['a', 'b']) })
const sorting = decision({
  name: 'sorting',
  question: z.object({ text: z.string() }),
  answer: z.enum(['a', 'b']),
  predictor: prompted(Sort, { confidence: 'stated' }),
  people: { role: 'desk' },
  autonomy: always(),
})
const sort = flow({
  name: 'sort',
  input: z.object({ text: z.string() }),
  output: z.string(),
  run: async (run, input) => (await run.decide(sorting, input)).value,
})
const TEXT = 'Which? {{text}}'
const BETTER = 'Look closely: {{text}}'
const Backtest = z.looseObject({ id: z.string(), status: z.string(), report: z.looseObject({}).optional() })

/** Forty runs that a person answered; the model was wrong in half of them, and with the better text would be in none. */
async function desk(): Promise<Stage & { calls: () => number }> {
  const server = await startOpenAiServer(({ lastUserText }) =>
    json({ answer: lastUserText.startsWith('Look closely') ? (lastUserText.at(-1) ?? '') : 'a', confidence: 0.5 }),
  )
  atEnd(() => server.close())
  const prompts = join(folder(), 'prompts')
  mkdirSync(prompts)
  writeFileSync(join(prompts, 'sort.prompt'), TEXT)
  const model = createOpenAI({ baseURL: server.url, apiKey: 'test' }).chat('gpt-5-mini')
  const made = await stage({ flows: [sort], decisions: [sorting], prompts, model })
  for (let index = 0; index < 40; index += 1) {
    const right = index % 2 === 0 ? 'a' : 'b'
    const { id } = await made.rondo.runs.start(sort, { text: `mail ${index} of ${right}` })
    await made.rondo.idle()
    await made.rondo.inbox.answer(`${id}:sorting`, { name: 'ann', roles: ['desk'] }, right)
  }
  await made.rondo.idle()
  return { ...made, calls: () => server.requests.length }
}

test('a changed prompt is tried on recorded runs, watched, and its verdict kept', async () => {
  const { ask, rondo, calls } = await desk()
  const before = calls()
  const started = await ask('/api/backtests', { json: { change: { prompts: { sort: BETTER } }, selection: { flow: 'sort', seed: '1' } } })
  expect(started).toMatchObject({ status: 202, body: { status: 'running', by: 'ann' } })
  const { id } = Backtest.parse(started.body)
  const events = await ask(`/api/backtests/${id}/events`)
  expect(String(events.body)).toMatch(/event: end\ndata: .*"status":"done"/)
  expect(await ask(`/api/backtests/${id}`)).toMatchObject({
    body: {
      status: 'done',
      done: 40,
      of: 40,
      verdict: 'better',
      terms: { usd: 5, margin: 0.02, alpha: 0.05 },
      saved: { microUsd: expect.any(Number) },
      report: { outcomes: { better: 20, unchanged: 20 }, calls: 40, fixes: expect.any(Array) },
    },
  })
  expect(calls() - before).toBe(40)
  const list = await ask('/api/backtests')
  expect(list).toMatchObject({ body: { items: [{ id, verdict: 'better' }] } })
  expect(JSON.stringify(list.body)).not.toContain('"report"')
  expect(await rondo.runs.list({ flow: 'sort' })).toHaveLength(40)
})

test('an estimate asks no model and is kept nowhere, and what cannot be tried is refused before it begins', async () => {
  const { ask, calls, rondo } = await desk()
  const before = calls()
  const start = (json: object): ReturnType<typeof ask> => ask('/api/backtests', { json })
  const { status, body } = await start({ change: { prompts: { sort: BETTER } }, estimateOnly: true })
  expect({ status, body }).toEqual({
    status: 200,
    body: { estimate: { runs: 40, prices: 'recorded', usage: expect.objectContaining({ microUsd: expect.any(Number) }) } },
  })
  expect(calls()).toBe(before)
  expect(await start({ change: {} })).toMatchObject({ status: 400, body: { error: { code: 'invalid_input' } } })
  expect(await start({ change: { prompts: { sort: '{{#if' } } })).toMatchObject({
    status: 400,
    body: { error: { code: 'prompt_invalid' } },
  })
  expect(await start({ change: { code: true }, selection: { flow: 'none' } })).toMatchObject({ status: 404 })
  expect(await start({ change: { odd: 1 } })).toMatchObject({ status: 400 })
  expect(await ask('/api/backtests/none')).toMatchObject({ status: 404 })
  expect(await ask('/api/backtests')).toMatchObject({ body: { items: [] } })
  expect(await rondo.store.memos.get('backtest reports', 'index')).toBeUndefined()
})

test('a report is read after a restart', async () => {
  const { rondo, ask } = await desk()
  const { id } = Backtest.parse((await ask('/api/backtests', { json: { change: { prompts: { sort: BETTER } }, usd: 0 } })).body)
  await ask(`/api/backtests/${id}/events`)
  const again = await serveHttp(rondo, { port: 0, token: TOKEN, console: false })
  atEnd(() => again.close())
  expect(await askAt(again.url, `/api/backtests/${id}`)).toMatchObject({ body: { id, status: 'done', report: expect.anything() } })
  expect(await askAt(again.url, '/api/backtests')).toMatchObject({ body: { items: [{ id }] } })
})

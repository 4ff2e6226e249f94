import { createRequire } from 'node:module'
import { createOpenAI } from '@ai-sdk/openai'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { flow, prompt } from '../../src/index.ts'
import { answer, startOpenAiServer } from '../support/openai-server.ts'
import { approval, atEnd, echo, failing, stage, until } from './stage.ts'

const parse: (text: string) => unknown = createRequire(import.meta.url)('parse-prometheus-text-format')
const Metrics = z.array(
  z.object({
    name: z.string(),
    help: z.string(),
    type: z.enum(['GAUGE', 'COUNTER', 'HISTOGRAM']),
    metrics: z.array(z.looseObject({ value: z.string().optional(), labels: z.record(z.string(), z.string()).optional() })),
  }),
)

test('Prometheus reads what runs, what waits, what models cost and how long requests take', async () => {
  const server = await startOpenAiServer([answer('Hi', { usage: { input: 100, output: 20 } })])
  atEnd(() => server.close())
  const Say = prompt('say', { input: z.object({}), output: z.string(), text: 'Say "hi".\\' })
  const asking = flow({ name: 'asking "x"\\', input: z.object({}), output: z.string(), run: async (run) => run.ask(Say, {}) })
  const model = createOpenAI({ baseURL: server.url, apiKey: 'test' }).chat('gpt-5-mini')
  const { ask, rondo } = await stage({
    flows: [echo, approval, failing, asking],
    model,
    models: { 'openai/gpt-5-mini': { price: { input: 1, output: 10 } } },
  })
  for (const text of ['a', 'b']) await ask('/api/flows/echo/runs?wait=5s', { json: { input: { text } } })
  await ask('/api/flows/failing/runs?wait=5s', { json: { input: {} } })
  await rondo.runs.start('approval', { text: 'a' })
  await (await rondo.runs.start('asking "x"\\', {})).result()
  await rondo.idle()
  await ask('/api/nothing')
  const { body, headers } = await ask('/metrics')
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const metrics = Metrics.parse(parse(String(body)))
  const reading = (name: string, labels: Record<string, string> = {}): number | undefined => {
    const all = metrics.find((metric) => metric.name === name)?.metrics ?? []
    const found = all.find((one) => Object.entries(labels).every(([label, value]) => one.labels?.[label] === value))
    return found?.value === undefined ? undefined : Number(found.value)
  }
  expect(reading('rondo_runs', { flow: 'echo', status: 'completed' })).toBe(2)
  expect(reading('rondo_runs', { flow: 'approval', status: 'waiting' })).toBe(1)
  expect(reading('rondo_runs', { flow: 'failing', status: 'failed' })).toBe(1)
  expect(String(body)).toContain('rondo_runs{flow="asking \\"x\\"\\\\",status="completed"} 1')
  expect(reading('rondo_inbox_open')).toBe(1)
  expect(reading('rondo_steps_total', { kind: 'code', outcome: 'completed' })).toBe(3)
  expect(reading('rondo_steps_total', { kind: 'code', outcome: 'failed' })).toBe(1)
  expect(reading('rondo_model_tokens_total', { model: 'openai/gpt-5-mini', direction: 'input' })).toBe(100)
  expect(reading('rondo_model_spend_usd_total', { model: 'openai/gpt-5-mini' })).toBeCloseTo(0.0003, 10)
  expect(reading('nodejs_eventloop_lag_seconds', { quantile: '0.99' })).toBeGreaterThanOrEqual(0)
  expect(reading('process_resident_memory_bytes')).toBeGreaterThan(1e6)
  const requests = metrics.find(({ name }) => name === 'rondo_http_request_duration_seconds')
  expect(requests?.type).toBe('HISTOGRAM')
  // The parser puts the label sets of a histogram together, so these are read as they stand.
  const starts = 'method="POST",route="/api/flows/:flow/runs",status="200"'
  expect(String(body)).toContain(`rondo_http_request_duration_seconds_bucket{${starts},le="+Inf"} 3\n`)
  expect(String(body)).toContain(`rondo_http_request_duration_seconds_count{${starts}} 3\n`)
  expect(String(body)).toContain('rondo_http_request_duration_seconds_count{method="GET",route="other",status="404"} 1\n')
  expect(await ask('/api/system')).toMatchObject({ body: { microUsd: 300, tokens: 120 } })
})

test('a server that stops takes nothing new, lets what is under way end, and says that it is not ready', async () => {
  const gate = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const slow = flow({
    name: 'slow',
    input: z.object({}),
    output: z.string(),
    run: (run) =>
      run.step(
        'work',
        async () => {
          begun.resolve()
          await gate.promise
          return 'done'
        },
        { effect: 'none' },
      ),
  })
  const { ask, served, rondo } = await stage({ flows: [slow] })
  await rondo.runs.start(slow, {}, { id: 'r1' })
  await begun.promise
  const waiting = ask('/api/runs/r1/result?wait=1m')
  await until(async () => ((await ask('/healthz')).status === 200 ? true : undefined))
  const closed = served.close()
  // Who waits for the run is told how it stands, rather than cut off.
  expect(await waiting).toMatchObject({ status: 202, body: { status: 'running' } })
  await closed
  await expect(ask('/healthz')).rejects.toThrow()
  const ready = await served.app.hono.request('/readyz')
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'stopping' }])
  gate.resolve()
  expect(await rondo.runs.result('r1')).toBe('done')
  await served.close()
})

test('a database that cannot be read is said to be so', async () => {
  const { ask, rondo } = await stage()
  await rondo.close()
  expect(await ask('/readyz')).toMatchObject({ status: 503, body: { status: 'the database cannot be read' } })
  expect(await ask('/healthz')).toMatchObject({ status: 200 })
  expect((await ask('/api/runs')).status).toBe(503)
})

/**
 * Traces of real systems, sent to a real collector over OTLP/HTTP: what they say, and that a run is one trace whatever happened to it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { createRondo, type RondoOptions } from '../../src/assemble.ts'
import { threshold } from '../../src/autonomy.ts'
import { ManualClock } from '../../src/clock.ts'
import { flow } from '../../src/flow/flow.ts'
import type { Rondo } from '../../src/index.ts'
import { prompt } from '../../src/model/prompt.ts'
import { prompted } from '../../src/model/prompted.ts'
import { tool } from '../../src/model/tool.ts'
import { decision } from '../../src/people/decision.ts'
import { type TelemetryOptions, telemetry } from '../../src/telemetry.ts'
import { answer, held, json, type Script, startOpenAiServer, toolCall } from '../support/openai-server.ts'
import { collector } from './collector.ts'

const DAY = 86_400_000
const ann = { name: 'ann', roles: ['*'] }
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'

const Reply = prompt('reply', { input: z.object({ mail: z.string() }), output: z.object({ text: z.string() }), text: 'Answer: {{mail}}' })

async function models(script: Script): Promise<{ readonly requests: readonly unknown[] }> {
  const server = await startOpenAiServer(script)
  vi.stubEnv('OPENAI_API_KEY', 'sk-secret')
  vi.stubEnv('OPENAI_BASE_URL', server.url)
  onTestFinished(() => server.close())
  return server
}

async function system(options: RondoOptions, traced: TelemetryOptions = {}): Promise<Rondo> {
  const rondo = await createRondo({ database: ':memory:', model: 'openai/gpt-4o-mini', ...options, telemetry: telemetry(traced) })
  onTestFinished(() => rondo.close())
  return rondo
}

function newDatabase(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rondo-traces-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'rondo.db')
}

test('run, steps and model calls are one tree, in the words of the GenAI conventions, with nothing of what was said', async () => {
  const collected = await collector()
  await models([json({ text: 'the private answer' }, { usage: { input: 40, output: 8 }, model: 'gpt-4o-mini-2024' })])
  const desk = flow({
    name: 'desk',
    input: z.object({ mail: z.string() }),
    output: z.string(),
    async run(run, { mail }) {
      const parsed = await run.step('parse', () => `parsed ${mail}`, { effect: 'none' })
      const { text } = await run.ask(Reply, { mail: parsed })
      const [first] = await run.map('words', ['a', 'b'], (word, each) => each.step('count', () => word.length, { effect: 'none' }))
      await run.all({ legal: (branch) => branch.step('check', () => first, { effect: 'none' }) })
      await run.race('quick', { one: (branch) => branch.step('try', () => 1, { effect: 'none' }) })
      await run.measure('quality', 0.8)
      return text
    },
  })
  const rondo = await system({ flows: [desk], release: 'r1' })
  const { id, result } = await rondo.runs.start(desk, { mail: 'the private question' })
  await result()
  await rondo.close()
  expect(collected.tree().toSorted()).toEqual(
    [
      'invoke_workflow desk',
      '  step parse',
      '  ask reply',
      '    chat gpt-4o-mini',
      '  item words[]',
      '    step words[]/count',
      '  item words[]',
      '    step words[]/count',
      '  branch legal',
      '    step legal/check',
      '  race quick',
      '    step quick/one/try',
      '  measure quality',
    ].toSorted(),
  )
  const chat = collected.named('chat gpt-4o-mini')
  expect(chat).toMatchObject({ client: true, failed: false })
  expect(chat.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o-mini',
    'gen_ai.response.model': 'gpt-4o-mini-2024',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.input_tokens': 40,
    'gen_ai.usage.output_tokens': 8,
    'gen_ai.prompt.name': 'reply',
    'gen_ai.output.type': 'json',
  })
  expect(collected.named('invoke_workflow desk')).toMatchObject({
    client: false,
    attributes: { 'gen_ai.operation.name': 'invoke_workflow', 'gen_ai.agent.name': 'desk', 'rondo.run.id': id, 'rondo.release': 'r1' },
  })
  expect(collected.named('measure quality').attributes).toMatchObject({ 'rondo.measure.value': 0.8 })
  expect(collected.resource).toMatchObject({ 'service.name': 'rondo' })
  expect(collected.text).not.toMatch(/private|sk-secret/)
})

test('a run that waited for days and went on in another process is one trace, and nothing in it was sent twice', async () => {
  const collected = await collector()
  await models(({ index }) => json({ answer: 'spam', confidence: index }, {}))
  const folder = decision({
    name: 'folder',
    question: z.object({ mail: z.string() }),
    answer: z.enum(['personal', 'spam']),
    predictor: prompted(
      prompt('sort', { input: z.object({ mail: z.string() }), output: z.enum(['personal', 'spam']), text: '{{mail}}?' }),
      {
        confidence: 'stated',
      },
    ),
    people: { role: 'mail-desk' },
    autonomy: threshold(0.9),
  })
  const desk = flow({
    name: 'desk',
    input: z.object({ mail: z.string() }),
    output: z.string(),
    async run(run, mail) {
      await run.step('parse', () => 1, { effect: 'none' })
      const { value } = await run.decide(folder, mail)
      await run.loop('draft', { rounds: 3 }, 0, async (turn, count) => {
        await run.step('write', () => count, { effect: 'none' })
        const review = await run.review('approve', { subject: count, role: 'mail-desk' })
        return review.outcome === 'accepted' ? turn.done(count) : turn.again(count + 1)
      })
      await run.sleep('rest', '2d')
      return value
    },
  })
  const database = newDatabase()
  const clock = new ManualClock()
  const begunAt = clock.now()
  const inProcess = async (work: (rondo: Rondo) => Promise<void>): Promise<void> => {
    const rondo = await system({ flows: [desk], database, clock })
    await rondo.idle()
    await work(rondo)
    await rondo.idle()
    await rondo.close()
    clock.advance(DAY)
  }
  await inProcess(async (rondo) => {
    await rondo.runs.start(desk, { mail: 'Lunch?' }, { id: 'r' })
  })
  await inProcess(async (rondo) => void (await rondo.inbox.answer('r:folder', ann, 'personal')))
  await inProcess(async (rondo) => void (await rondo.inbox.reject('r:draft[0]/approve', ann, 'again')))
  await inProcess(async (rondo) => void (await rondo.inbox.accept('r:draft[1]/approve', ann)))
  await inProcess(async () => clock.advance(DAY))
  expect(collected.tree()).toEqual([
    'invoke_workflow desk',
    '  decide folder',
    '    ask folder/propose',
    '      ask folder/propose/sort',
    '        chat gpt-4o-mini',
    '    wait for people',
    '  step parse',
    '  loop draft',
    '    turn draft[]',
    '      review draft[]/approve',
    '        wait for people',
    '      step draft[]/write',
    '    turn draft[]',
    '      review draft[]/approve',
    '        wait for people',
    '      step draft[]/write',
    '  sleep rest',
  ])
  expect(new Set(collected.spans.map(({ trace }) => trace)).size).toBe(1)
  expect(collected.named('invoke_workflow desk')).toMatchObject({ startedAt: begunAt, endedAt: begunAt + 5 * DAY })
  expect(collected.named('decide folder')).toMatchObject({ startedAt: begunAt, endedAt: begunAt + DAY })
  expect(collected.named('decide folder').attributes).toMatchObject({ 'rondo.decision.by': 'people', 'rondo.decision.source': 'stated' })
  const [wait] = collected.spans.filter(({ name }) => name === 'wait for people')
  expect(wait).toMatchObject({
    startedAt: begunAt,
    endedAt: begunAt + DAY,
    attributes: { 'rondo.wait.for': 'people', 'rondo.review.role': 'mail-desk', 'rondo.review.kind': 'decide' },
  })
  expect(collected.named('sleep rest').attributes).toMatchObject({ 'rondo.wait.for': 'time' })
})

test('calls that a process made before it died are told by the one that goes on, once', async () => {
  const collected = await collector()
  const { promise: never } = Promise.withResolvers<void>()
  const server = await models(({ index }) => {
    if (index === 0) return answer('no JSON at all', { usage: { input: 10, output: 1 } })
    return index === 1 ? held(never, json({ text: 'late' })) : json({ text: 'mended' }, { usage: { input: 20, output: 2 } })
  })
  const desk = flow({
    name: 'desk',
    input: z.string(),
    output: z.string(),
    run: async (run, mail) => (await run.ask(Reply, { mail })).text,
  })
  const database = newDatabase()
  const first = await system({ flows: [desk], database })
  const { id } = await first.runs.start(desk, 'x')
  await vi.waitUntil(() => server.requests.length === 2)
  await first.close()
  expect(collected.spans).toEqual([])
  const second = await system({ flows: [desk], database })
  expect(await second.runs.result(id)).toBe('mended')
  await second.close()
  expect(collected.tree()).toEqual(['invoke_workflow desk', '  ask reply', '    chat gpt-4o-mini', '    chat gpt-4o-mini'])
  const calls = collected.spans.filter(({ name }) => name.startsWith('chat'))
  expect(calls.map(({ attributes }) => attributes['gen_ai.usage.input_tokens'])).toEqual([10, 20])
})

test('a prompt with tools is an agent, its tools are executed, and rounds stand between', async () => {
  const collected = await collector()
  await models([toolCall('weather', { city: 'Graz' }), json({ text: 'Sunny.' })])
  const weather = tool({
    name: 'weather',
    description: 'Looks up the weather.',
    input: z.object({ city: z.string() }),
    effect: 'read',
    run: () => ({ sky: 'the clear sky' }),
  })
  const Forecast = prompt('forecast', {
    input: z.object({ city: z.string() }),
    output: z.object({ text: z.string() }),
    text: '{{city}}',
    tools: [weather],
  })
  const desk = flow({
    name: 'desk',
    input: z.string(),
    output: z.string(),
    run: async (run, city) => (await run.ask(Forecast, { city })).text,
  })
  const rondo = await system({ flows: [desk] }, { content: true })
  await (await rondo.runs.start(desk, 'Graz')).result()
  await rondo.close()
  const tree = collected.tree()
  expect(tree.filter((line) => !line.includes('step forecast/prompt'))).toEqual([
    'invoke_workflow desk',
    '  invoke_agent forecast',
    '    loop forecast/rounds',
    '      turn forecast/rounds[]',
    '        chat gpt-4o-mini',
    '        execute_tool weather',
    '      turn forecast/rounds[]',
    '        chat gpt-4o-mini',
  ])
  expect(collected.named('invoke_agent forecast').attributes).toMatchObject({
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.agent.name': 'forecast',
    'rondo.agent.rounds': 2,
  })
  const executed = collected.named('execute_tool weather').attributes
  expect(executed).toMatchObject({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'weather' })
  // Contents were asked for.
  expect(executed['gen_ai.tool.call.result']).toContain('the clear sky')
  const last = collected.spans.filter(({ name }) => name.startsWith('chat')).at(-1)?.attributes
  expect(JSON.parse(String(last?.['gen_ai.output.messages']))).toMatchObject([{ role: 'assistant', parts: [{ type: 'text' }] }])
  expect(JSON.parse(String(last?.['gen_ai.input.messages']))).toMatchObject([
    { parts: [{ type: 'text', content: 'Graz' }] },
    { role: 'assistant', parts: [{ type: 'tool_call', name: 'weather' }] },
    { role: 'tool', parts: [{ type: 'tool_call_response' }] },
  ])
})

test('a run goes on with the trace it was started in, and hands it to the runs it calls', async () => {
  const collected = await collector()
  const inner = flow({
    name: 'inner',
    input: z.object({}),
    output: z.number(),
    run: (run) => run.step('work', () => 1, { effect: 'none' }),
  })
  const outer = flow({ name: 'outer', input: z.object({}), output: z.number(), run: (run) => run.call(inner, {}) })
  const rondo = await system({ flows: [inner, outer] })
  await (await rondo.runs.start(outer, {}, { traceparent: `00-${TRACE}-${CALLER}-01` })).result()
  await (await rondo.runs.start(inner, {}, { traceparent: `00-${TRACE}-${CALLER}-00` })).result()
  await (await rondo.runs.start(inner, {}, { traceparent: 'nonsense', id: 'alone' })).result()
  await rondo.close()
  const alone = collected.spans.filter(({ trace }) => trace !== TRACE)
  expect(collected.tree([CALLER])).toEqual(
    expect.arrayContaining(['invoke_workflow outer', '  call inner', '    invoke_workflow inner', '      step work']),
  )
  expect(collected.spans).toHaveLength(6)
  expect(alone.map(({ name, parent }) => [name, parent !== undefined])).toEqual([
    ['step work', true],
    ['invoke_workflow inner', false],
  ])
})

test('what fails says what kind of error it was, and hangs under what it was in, however that ended', async () => {
  const collected = await collector()
  const desk = flow({
    name: 'desk',
    input: z.object({}),
    output: z.unknown(),
    run: (run) =>
      run.loop('draft', { rounds: 3 }, 0, async () => {
        await run.all({
          left: (branch) =>
            branch.step(
              'try',
              () => {
                throw new Error('the private reason')
              },
              { effect: 'read', retry: { attempts: 2, first: 1 } },
            ),
        })
        throw new Error('never reached')
      }),
  })
  const rondo = await system({ flows: [desk] })
  const { id, result } = await rondo.runs.start(desk, {})
  await expect(result()).rejects.toThrow()
  const waits = flow({
    name: 'waits',
    input: z.object({}),
    output: z.unknown(),
    run: (run) => run.review('approve', { subject: 1, role: 'x' }),
  })
  await rondo.close()
  expect(collected.tree().toSorted()).toEqual(
    [
      'invoke_workflow desk',
      '  loop draft',
      '    turn draft[]',
      '      branch draft[]/left',
      '        step draft[]/left/try',
      '        step draft[]/left/try',
    ].toSorted(),
  )
  const tries = collected.spans.filter(({ name }) => name.startsWith('step'))
  expect(tries.map(({ failed, attributes }) => [failed, attributes['error.type'], attributes['rondo.step.attempt']])).toEqual([
    [true, 'Error', 1],
    [true, 'Error', 2],
  ])
  expect(collected.named('loop draft').attributes).toMatchObject({ 'rondo.step.unfinished': true })
  expect(collected.named('invoke_workflow desk')).toMatchObject({ failed: true, attributes: { 'rondo.run.id': id } })
  expect(collected.text).not.toContain('private')

  const again = await system({ flows: [waits] })
  const { id: cancelled } = await again.runs.start(waits, {})
  await again.idle()
  await again.runs.cancel(cancelled)
  await again.runs.ended(cancelled)
  await again.close()
  expect(collected.named('review approve').attributes).toMatchObject({ 'rondo.step.unfinished': true })
  expect(collected.named('invoke_workflow waits')).toMatchObject({ failed: false, attributes: { 'rondo.run.status': 'cancelled' } })
})

test('the environment says where spans go, from whom, and how many', async () => {
  const collected = await collector()
  vi.stubEnv('OTEL_SERVICE_NAME', 'mail-desk')
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test')
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-team=desk')
  const tiny = flow({ name: 'tiny', input: z.object({}), output: z.number(), run: async () => 1 })
  const ran = async (times: number, options: TelemetryOptions = {}): Promise<number> => {
    const before = collected.spans.length
    const rondo = await system({ flows: [tiny] }, options)
    for (let index = 0; index < times; index += 1) await (await rondo.runs.start(tiny, {}, { id: `run-${index}` })).result()
    await rondo.close()
    return collected.spans.length - before
  }
  expect(await ran(1)).toBe(1)
  expect(collected.resource).toMatchObject({ 'service.name': 'mail-desk', 'deployment.environment.name': 'test' })
  expect(collected.headers).toMatchObject({ 'x-team': 'desk' })
  const half = await ran(60, { share: 0.5 })
  expect(half).toBeGreaterThan(10)
  expect(half).toBeLessThan(50)
  // The same runs are kept wherever they are driven: it hangs on the trace, not on chance.
  expect(await ran(60, { share: 0.5 })).toBe(half)
  vi.stubEnv('OTEL_TRACES_SAMPLER', 'always_off')
  expect(await ran(1)).toBe(0)
  vi.stubEnv('OTEL_TRACES_SAMPLER', 'perhaps')
  await expect(ran(1)).rejects.toMatchObject({ code: 'config_invalid' })
  vi.stubEnv('OTEL_SDK_DISABLED', 'true')
  expect(await ran(1)).toBe(0)
})

test('a collector that is not there costs a warning, and no run', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:9')
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '200')
  onTestFinished(() => void vi.unstubAllEnvs())
  const warnings: string[] = []
  const tiny = flow({ name: 'tiny', input: z.object({}), output: z.number(), run: async () => 1 })
  const rondo = await system({ flows: [tiny], warn: (message) => void warnings.push(message) })
  expect(await (await rondo.runs.start(tiny, {})).result()).toBe(1)
  await rondo.close()
  expect(warnings).toEqual([expect.stringMatching(/^1 spans could not be sent to the OTLP collector/)])
})

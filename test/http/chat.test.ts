/** The door for OpenAI clients, tried with OpenAI's own client. */
import { createOpenAI } from '@ai-sdk/openai'
import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { ServeOptions } from '../../src/http.ts'
import { type AnyFlow, flow, prompt } from '../../src/index.ts'
import { answer, type Script, startOpenAiServer } from '../support/openai-server.ts'
import { approval, atEnd, echo, failing, type Stage, stage, TOKEN } from './stage.ts'

const Talk = prompt('talk', {
  input: z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) }),
  output: z.string(),
  stream: true,
  text: '{{#each messages}}{{role "user"}}{{content}}{{/each}}',
})
const talking = flow({
  name: 'talking',
  input: z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) }),
  output: z.object({ reply: z.string(), rounds: z.number() }),
  async run(run, { messages }) {
    return { reply: await run.ask(Talk, { messages }), rounds: 1 }
  },
})
const rewording = flow({
  name: 'rewording',
  input: z.string(),
  output: z.string(),
  async run(run, text) {
    const said = await run.ask(Talk, { messages: [{ role: 'user', content: text }] })
    return run.step('shout', () => said.toUpperCase(), { effect: 'none' })
  },
})
const counting = flow({
  name: 'counting',
  input: z.object({ from: z.number(), to: z.number() }),
  output: z.number(),
  run: async (_, { from, to }) => to - from,
})

async function desk(script: Script = [], serving: ServeOptions = {}): Promise<Stage & { openai: OpenAI }> {
  const server = await startOpenAiServer(script)
  atEnd(() => server.close())
  const provider = createOpenAI({ baseURL: server.url, apiKey: 'test' })
  const flows: readonly AnyFlow[] = [talking, rewording, echo, approval, failing, counting]
  const made = await stage({ flows, model: provider.chat('gpt-5-mini') }, serving)
  return { ...made, openai: new OpenAI({ baseURL: `${made.url}/v1`, apiKey: TOKEN }) }
}

const user = (content: string): { role: 'user'; content: string } => ({ role: 'user', content })

test('flows whose input is a conversation or a text are models', async () => {
  const { openai } = await desk()
  const names: string[] = []
  for await (const model of openai.models.list()) names.push(model.id)
  expect(names).toEqual(['rondo/talking', 'rondo/rewording', 'rondo/echo', 'rondo/approval'])
  expect(await openai.models.retrieve('rondo/talking')).toMatchObject({ id: 'rondo/talking', object: 'model' })
  await expect(openai.models.retrieve('rondo/none')).rejects.toMatchObject({ status: 404 })
})

test('a flow answers a chat with its text, and says what it used up', async () => {
  const { openai, rondo } = await desk([answer('Good day.', { usage: { input: 12, output: 3 } })])
  const { data, response } = await openai.chat.completions.create({ model: 'rondo/talking', messages: [user('Hello')] }).withResponse()
  expect(data.choices).toMatchObject([{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Good day.' } }])
  expect(data).toMatchObject({ object: 'chat.completion', model: 'rondo/talking' })
  expect(data.usage).toEqual({ prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 })
  const run = await rondo.runs.get(response.headers.get('x-rondo-run') ?? '')
  expect(run?.status).toBe('completed')
  const text = await openai.chat.completions.create({
    model: 'rondo/echo',
    messages: [user('first'), { role: 'user', content: [{ type: 'text', text: 'last' }] }],
  })
  expect(text.choices[0]?.message.content).toBe('last')
})

test('a stream brings the model’s words as they come, and together they are the whole answer', async () => {
  const { openai } = await desk([answer('Good day to you.', { chunks: ['Good ', 'day ', 'to you.'], usage: { input: 5, output: 4 } })])
  const stream = await openai.chat.completions.create({
    model: 'rondo/talking',
    messages: [user('Hello')],
    stream: true,
    stream_options: { include_usage: true },
  })
  const pieces: string[] = []
  const finishes: unknown[] = []
  let tokens: number | undefined
  for await (const chunk of stream) {
    const [choice] = chunk.choices
    if (choice?.delta.content) pieces.push(choice.delta.content)
    if (choice?.finish_reason) finishes.push(choice.finish_reason)
    tokens = chunk.usage?.total_tokens ?? tokens
  }
  expect(pieces.join('')).toBe('Good day to you.')
  expect(finishes).toEqual(['stop'])
  expect(tokens).toBe(9)
})

test('each word is told while the run is still at work', async () => {
  const heard = Promise.withResolvers<void>()
  const slow = flow({
    name: 'slow',
    input: z.string(),
    output: z.string(),
    run: (run) =>
      run.step(
        'speak',
        async ({ emit }) => {
          emit({ type: 'delta', text: 'first ' })
          await heard.promise
          emit({ type: 'delta', text: 'second' })
          return 'first second'
        },
        { effect: 'none' },
      ),
  })
  const { url } = await stage({ flows: [slow] })
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: TOKEN })
  const pieces: string[] = []
  for await (const chunk of await openai.chat.completions.create({ model: 'rondo/slow', messages: [user('go')], stream: true })) {
    const piece = chunk.choices[0]?.delta.content
    if (piece) pieces.push(piece)
    if (piece === 'first ') heard.resolve()
  }
  expect(pieces).toEqual(['first ', 'second'])
})

test('an output that is not what was streamed comes after it', async () => {
  const { openai } = await desk(() => answer('good day', { chunks: ['good ', 'day'] }))
  const stream = openai.chat.completions.stream({ model: 'rondo/rewording', messages: [user('Hello')] })
  expect(await stream.finalContent()).toBe('good day\n\nGOOD DAY')
  const whole = await openai.chat.completions.create({ model: 'rondo/rewording', messages: [user('Hello')] })
  expect(whole.choices[0]?.message.content).toBe('GOOD DAY')
})

test('a run that waits for a person keeps the client waiting for a while, then says so with its id; the same key takes it up again', async () => {
  const { openai, rondo, ask } = await desk([], { chatWait: 40, heartbeat: 5 })
  const options = { headers: { 'idempotency-key': 'k1' } }
  const chat = { model: 'rondo/approval', messages: [user('Send this')] }
  const stream = openai.chat.completions.stream(chat, options)
  const said = (await stream.finalContent()) ?? ''
  const [run] = await rondo.runs.list()
  expect(said).toContain(`"Send it?" stands in the inbox of the role "desk" (run ${run?.id})`)
  const whole = await openai.chat.completions.create(chat, options)
  expect(whole.choices[0]?.message.content).toBe(said)
  expect(await ask('/v1/chat/completions', { json: { ...chat, stream: true }, ...options })).toMatchObject({
    body: expect.stringContaining(': still here'),
  })
  await rondo.inbox.accept(`${run?.id}:approve`, { name: 'ann', roles: ['desk'] })
  await rondo.idle()
  const again = await openai.chat.completions.create(chat, options)
  expect(again.choices[0]?.message.content).toBe('accepted')
  expect(await rondo.runs.list()).toHaveLength(1)
})

test('what goes wrong is told in OpenAI’s words, and is no reason to start another run', async () => {
  const { openai, rondo, url } = await desk()
  await expect(openai.chat.completions.create({ model: 'rondo/none', messages: [user('x')] })).rejects.toMatchObject({
    status: 404,
    code: 'flow_unknown',
  })
  await expect(openai.chat.completions.create({ model: 'rondo/counting', messages: [user('x')] })).rejects.toMatchObject({ status: 404 })
  await expect(new OpenAI({ baseURL: `${url}/v1`, apiKey: 'wrong' }).models.list()).rejects.toMatchObject({
    status: 401,
    code: 'unauthenticated',
  })
  await expect(openai.chat.completions.create({ model: 'rondo/talking', messages: [] })).rejects.toMatchObject({ status: 400 })
  // The scripted model has nothing to say, so the ask fails.
  await expect(openai.chat.completions.create({ model: 'rondo/talking', messages: [user('x')] })).rejects.toMatchObject({
    status: 500,
    code: 'run_failed',
  })
  expect(await rondo.runs.list()).toHaveLength(1)
  const stream = await openai.chat.completions.create({ model: 'rondo/talking', messages: [user('x')], stream: true })
  await expect(
    (async () => {
      for await (const _ of stream);
    })(),
  ).rejects.toThrow(/Run .* failed/)
})

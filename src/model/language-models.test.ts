import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { promisify } from 'node:util'
import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import { afterEach, describe, expect, it } from 'vitest'
import {
  answer,
  cutShort,
  dropped,
  errorInBand,
  failure,
  hanging,
  held,
  json,
  malformed,
  type OpenAiServer,
  rateLimited,
  type Script,
  startOpenAiServer,
  toolCall,
} from '../../test/support/openai-server.ts'
import { WatchedClock } from '../../test/support/watched-clock.ts'
import { RondoError } from '../errors.ts'
import { createModels, type ModelsOptions } from './language-models.ts'
import type { CallScope, ModelCall, ModelReply, Models } from './model-call.ts'

const servers: OpenAiServer[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())))

async function serve(script: Script): Promise<OpenAiServer> {
  const server = await startOpenAiServer(script)
  servers.push(server)
  return server
}

const SECRET = 'house-key-0123456789'
const messages: LanguageModelV4Prompt = [
  { role: 'user', content: [{ type: 'text', text: 'What is the capital of the Kingdom of Rondonia?' }] },
]
const ask: ModelCall = { model: 'openai/gpt-4o-mini', messages, settings: {} }
const quiet = (): CallScope => ({ signal: new AbortController().signal })

/** One OpenAI server behind OPENAI_BASE_URL, on a clock turned by hand. */
async function system(script: Script, options: ModelsOptions = {}): Promise<{ models: Models; server: OpenAiServer; clock: WatchedClock }> {
  const server = await serve(script)
  const clock = new WatchedClock()
  const models = createModels({ clock, env: { OPENAI_API_KEY: SECRET, OPENAI_BASE_URL: server.url }, seed: 'test', ...options })
  return { models, server, clock }
}

/** Neither a timeout, nor the second a stream is followed for after an error in it. */
const isBackoff = (delay: number): boolean => delay > 0 && delay < 60_000 && delay !== 1000

/** Turns the clock past every backoff until the call is over. */
async function through<Outcome>(clock: WatchedClock, call: Promise<Outcome>): Promise<Outcome> {
  let over = false
  const done = call.finally(() => {
    over = true
  })
  const turn = async (): Promise<void> => {
    while (!over) clock.advance(await clock.waited(isBackoff))
  }
  void turn()
  return done
}

async function errorOf(call: Promise<unknown>): Promise<RondoError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof RondoError) return error
  throw new Error(`Expected a RondoError, got ${String(error)}`)
}

/** Who listens to a streamed call, and what they heard. */
function listener(): { scope: CallScope; heard: string[] } {
  const heard: string[] = []
  return { heard, scope: { ...quiet(), onDelta: (text) => heard.push(text), onRestart: () => heard.push('<restart>') } }
}

describe('a call', () => {
  it('gives the text, what it used and cost, who answered and how it ended', async () => {
    const { models } = await system([
      answer('Minor', { usage: { input: 1000, output: 100, cached: 400 }, model: 'gpt-4o-mini-2024-07-18' }),
    ])
    const reply = await models.call(ask, quiet())
    expect(reply).toMatchObject({
      text: 'Minor',
      finish: 'stop',
      model: 'openai/gpt-4o-mini',
      answeredBy: 'gpt-4o-mini-2024-07-18',
      priced: true,
      failedAttempts: [],
      toolRequests: [],
      message: { role: 'assistant', content: [{ type: 'text', text: 'Minor' }] },
    })
    expect(reply.usage).toEqual({ inputTokens: 1000, outputTokens: 100, microUsd: 600 * 0.15 + 400 * 0.075 + 100 * 0.6, attentionMs: 0 })
  })

  it('streams to who listens and comes to the same reply', async () => {
    const script = [answer('The capital is Minor', { usage: { input: 10, output: 4 } })]
    const { models } = await system(script)
    const streamed = await system(script)
    const { scope, heard } = listener()
    const reply = await streamed.models.call(ask, scope)
    expect(heard).toEqual(['The ', 'capital ', 'is ', 'Minor'])
    expect(reply).toEqual(await models.call(ask, quiet()))
    expect(streamed.server.requests[0]?.body.stream).toBe(true)
  })

  it('sends settings, schema, tools and the key as OpenAI wants them', async () => {
    const { models, server } = await system([json({ city: 'Minor' })])
    const schema = {
      type: 'object' as const,
      properties: { city: { type: 'string' as const } },
      required: ['city'],
      additionalProperties: false,
    }
    const tool = { type: 'function' as const, name: 'look', description: 'Looks', inputSchema: { type: 'object' as const, properties: {} } }
    const reply = await models.call(
      {
        ...ask,
        settings: { temperature: 0.2, maxOutputTokens: 50 },
        json: { schema, name: 'city' },
        tools: [tool],
        toolChoice: { type: 'auto' },
      },
      quiet(),
    )
    expect(JSON.parse(reply.text)).toEqual({ city: 'Minor' })
    expect(server.requests[0]?.headers['authorization']).toBe(`Bearer ${SECRET}`)
    expect(server.requests[0]?.body).toMatchObject({
      temperature: 0.2,
      max_tokens: 50,
      response_format: { type: 'json_schema', json_schema: { name: 'city', strict: true, schema: { required: ['city'] } } },
      tools: [{ function: { name: 'look' } }],
      tool_choice: 'auto',
    })
  })

  it('hands over tool requests as the model wrote them, streamed or not', async () => {
    const script = [toolCall('look', '{"id": 1'), toolCall('look', { id: 2 }, { text: 'Let me see' })]
    for (const scope of [quiet(), listener().scope]) {
      const { models } = await system(script)
      const broken = await models.call(ask, quiet())
      expect(broken.toolRequests).toEqual([{ id: 'call_0', tool: 'look', input: '{"id": 1' }])
      const reply = await models.call(ask, scope)
      expect(reply).toMatchObject({
        finish: 'tool-calls',
        text: 'Let me see',
        toolRequests: [{ id: 'call_0', tool: 'look', input: '{"id":2}' }],
      })
      expect(reply.message).toMatchObject({ content: [{ type: 'text' }, { type: 'tool-call', toolName: 'look', input: { id: 2 } }] })
    }
  })

  it('asks for log-probabilities only when they are wanted', async () => {
    const logProbabilities = [
      { token: 'Mi', logProbability: -0.1 },
      { token: 'nor', logProbability: -0.01 },
    ]
    for (const scope of [quiet(), listener().scope]) {
      const { models, server } = await system([answer('Minor', { logProbabilities }), answer('Minor', { logProbabilities })])
      expect((await models.call({ ...ask, logProbabilities: true }, scope)).logProbabilities).toEqual(logProbabilities)
      expect((await models.call(ask, scope)).logProbabilities).toBeUndefined()
      expect(server.requests.map((request) => request.body.logprobs)).toEqual([true, undefined])
    }
  })

  it('tells of a length limit and a content filter instead of failing', async () => {
    const { models } = await system([answer('Min', { finish: 'length' }), answer('', { finish: 'content_filter' })])
    expect((await models.call(ask, quiet())).finish).toBe('length')
    expect((await models.call(ask, quiet())).finish).toBe('content-filter')
  })
})

describe('a model without a known price', () => {
  it('counts tokens and says that it is not priced', async () => {
    const { models } = await system([answer('Minor', { usage: { input: 10, output: 5 } })])
    const reply = await models.call({ ...ask, model: 'openai/gpt-99' }, quiet())
    expect(reply).toMatchObject({ priced: false, usage: { inputTokens: 10, outputTokens: 5, microUsd: 0 } })
  })

  it('is priced by the config: a table, or the model itself', async () => {
    const script = [answer('Minor', { usage: { input: 10, output: 5 } })]
    const table = await system(script, { prices: { 'openai/*': { input: 1, output: 2 } } })
    expect(await table.models.call({ ...ask, model: 'openai/gpt-99' }, quiet())).toMatchObject({ priced: true, usage: { microUsd: 20 } })
    const model = await system(script, { models: { 'openai/gpt-4o-mini': { price: { input: 0, output: 0 } } } })
    expect(await model.models.call(ask, quiet())).toMatchObject({ priced: true, usage: { microUsd: 0 } })
  })
})

describe('an attempt that fails', () => {
  const passing: Record<string, Script> = {
    'status 408': [failure(408)],
    'status 409': [failure(409)],
    'status 500': [failure(500)],
    'status 503 without a body of OpenAI': [failure(503, { message: '' })],
    'a dropped socket': [dropped()],
    'malformed JSON': [malformed()],
    'an error in a response of status 200': [errorInBand()],
  }
  for (const [name, script] of Object.entries(passing))
    it(`with ${name} is tried again`, async () => {
      const { models, server, clock } = await system([...(typeof script === 'function' ? [] : script), answer('Minor')])
      const reply = await through(clock, models.call(ask, quiet()))
      expect(reply.text).toBe('Minor')
      expect(reply.failedAttempts).toEqual([expect.objectContaining({ model: 'openai/gpt-4o-mini', waitedMs: expect.any(Number) })])
      expect(server.requests).toHaveLength(2)
    })

  for (const status of [400, 401, 403, 404, 413, 422])
    it(`with status ${status} is not tried again`, async () => {
      const { models, server } = await system([failure(status, { message: 'No' })])
      const error = await errorOf(models.call(ask, quiet()))
      expect(error).toMatchObject({ code: 'model_failed', terminal: true, details: { status, model: 'openai/gpt-4o-mini' } })
      expect(error.message).toContain(`openai/gpt-4o-mini did not answer: status ${status}`)
      expect(server.requests).toHaveLength(1)
    })

  it('because the account has no credit is not tried again, although it is a 429', async () => {
    const { models } = await system([failure(429, { code: 'insufficient_quota', message: 'You exceeded your quota' })])
    const error = await errorOf(models.call(ask, quiet()))
    expect(error).toMatchObject({ code: 'model_failed', terminal: true })
    expect(error.message).toContain('add some with the provider')
  })

  it('is tried again or not as the server says, whatever its status', async () => {
    const patient = await system([failure(500, { headers: { 'x-should-retry': 'false' } })])
    expect(await errorOf(patient.models.call(ask, quiet()))).toMatchObject({ terminal: true })
    const willing = await system([failure(400, { headers: { 'x-should-retry': 'true' } }), answer('Minor')])
    expect((await through(willing.clock, willing.models.call(ask, quiet()))).text).toBe('Minor')
  })

  it('is given up after three attempts, and a step may try again later', async () => {
    const { models, server, clock } = await system([failure(500), failure(502), failure(503, { message: 'Overloaded' })])
    const error = await errorOf(through(clock, models.call(ask, quiet())))
    expect(error).toMatchObject({ code: 'model_failed', terminal: false, details: { status: 503 } })
    expect(error.message).toBe('openai/gpt-4o-mini did not answer in 3 attempts: status 503, error: "Overloaded".')
    expect(server.requests).toHaveLength(3)
  })

  it('is tried as often as the model’s options say', async () => {
    const { models, server } = await system([failure(500)], { models: { 'openai/*': { retry: { attempts: 1 } } } })
    await errorOf(models.call(ask, quiet()))
    expect(server.requests).toHaveLength(1)
  })

  it('waits longer each time, with a jitter that the seed fixes', async () => {
    const waits = async (seed: string): Promise<number[]> => {
      const { models, clock } = await system([failure(500), failure(500), answer('Minor')], { seed })
      return (await through(clock, models.call(ask, quiet()))).failedAttempts.map((failed) => failed.waitedMs)
    }
    const [first = 0, second = 0] = await waits('one')
    expect(first).toBeGreaterThan(349)
    expect(first).toBeLessThanOrEqual(500)
    expect(second).toBeGreaterThan(699)
    expect(second).toBeLessThanOrEqual(1000)
    expect(await waits('one')).toEqual([first, second])
    expect(await waits('other')).not.toEqual([first, second])
  })

  it('because nothing listens there is tried again, and says so', async () => {
    const port = await freePort()
    const clock = new WatchedClock()
    const models = createModels({ clock, env: { OPENAI_API_KEY: SECRET, OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` } })
    const error = await errorOf(through(clock, models.call(ask, quiet())))
    expect(error).toMatchObject({ code: 'model_failed', terminal: false })
    expect(error.message).toMatch(/did not answer in 3 attempts: no connection: .*ECONNREFUSED/)
  })
})

describe('a stream', () => {
  const broken: Record<string, Script> = {
    'drops in the middle': [dropped('The capital is Ma')],
    'ends before the answer did': [cutShort('The capital is Ma')],
    'holds an error': [errorInBand('The capital is Ma')],
    'holds malformed JSON': [malformed('The capital is Ma')],
  }
  for (const provider of ['openai', 'openai-compatible'])
    for (const [name, script] of Object.entries(broken))
      it(`of ${provider} that ${name} is no answer, and its listener is told to start over`, async () => {
        const server = await serve([...(typeof script === 'function' ? [] : script), answer('Minor')])
        const clock = new WatchedClock()
        const env = { OPENAI_API_KEY: SECRET, OPENAI_BASE_URL: server.url, OPENAI_COMPATIBLE_BASE_URL: server.url }
        const models = createModels({ clock, env })
        const { scope, heard } = listener()
        const reply = await through(clock, models.call({ ...ask, model: `${provider}/gpt-4o-mini` }, scope))
        expect(reply.text).toBe('Minor')
        expect(reply.failedAttempts).toHaveLength(1)
        expect(heard).toEqual(['The capital is Ma', '<restart>', 'Minor'])
      })

  it('that never yields an answer fails and keeps no piece of it', async () => {
    const { models, clock } = await system([cutShort('Ma'), cutShort('Ma'), cutShort('Ma')])
    const { scope, heard } = listener()
    const error = await errorOf(through(clock, models.call(ask, scope)))
    expect(error.message).toBe('openai/gpt-4o-mini did not answer in 3 attempts: the stream ended before the answer did.')
    expect(heard).toEqual(['Ma', '<restart>', 'Ma', '<restart>', 'Ma', '<restart>'])
  })

  it('with a hole in it is no answer, although it ends well, and nothing behind the hole is delivered', async () => {
    const stop = chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
    const server = await streaming([word('The capital '), '{"choices":[{"del', word('Minor'), stop, usageChunk, '[DONE]'])
    const models = createModels({
      env: { OPENAI_API_KEY: SECRET, OPENAI_BASE_URL: server.url },
      models: { 'openai/*': { retry: { attempts: 1 } } },
    })
    const { scope, heard } = listener()
    const error = await errorOf(models.call(ask, scope))
    await server.close()
    expect(error.message).toBe('openai/gpt-4o-mini did not answer: the server sent malformed JSON.')
    expect(error.details['usage']).toMatchObject({ inputTokens: 1000, outputTokens: 10 })
    expect(heard).toEqual(['The capital ', '<restart>'])
  })

  it('that fails before a word went out restarts nobody', async () => {
    const { models, clock } = await system([failure(500), answer('Minor')])
    const { scope, heard } = listener()
    await through(clock, models.call(ask, scope))
    expect(heard).toEqual(['Minor'])
  })
})

describe('a rate limit', () => {
  it('is waited out for as long as the server says, in any of the ways it may say so', async () => {
    for (const [header, value] of [
      ['retry-after', '7'],
      ['retry-after-ms', '7000'],
      ['retry-after', new Date(new WatchedClock().now() + 7000).toUTCString()],
    ] as const) {
      const { models, clock } = await system([rateLimited({ [header]: value }), answer('Minor')])
      const reply = await through(clock, models.call(ask, quiet()))
      expect(reply.failedAttempts).toMatchObject([{ status: 429, waitedMs: 7000 }])
    }
  })

  it('that one call met holds the others of the same model back', async () => {
    const { models, server, clock } = await system((request) =>
      request.index === 0 ? rateLimited({ 'retry-after': '9' }) : answer('Minor'),
    )
    const first = models.call(ask, quiet())
    await clock.waited((delay) => delay === 9000)
    const second = models.call(ask, quiet())
    await clock.waited((delay) => delay === 9000)
    expect(server.requests).toHaveLength(1)
    clock.advance(9000)
    expect((await Promise.all([first, second])).map((reply) => reply.text)).toEqual(['Minor', 'Minor'])
  })

  it('longer than anyone waits is an error of its own, for later calls too, and may be tried again', async () => {
    const { models, server } = await system([rateLimited({ 'retry-after': '3600' })])
    const error = await errorOf(models.call(ask, quiet()))
    expect(error).toMatchObject({ code: 'model_rate_limited', terminal: false, details: { status: 429, retryAfterMs: 3_600_000 } })
    const later = await errorOf(models.call(ask, quiet()))
    expect(later).toMatchObject({ code: 'model_rate_limited', terminal: false })
    expect(later.message).toContain('no calls in the next 1h')
    expect(server.requests).toHaveLength(1)
  })

  it('of our own keeps calls below it', async () => {
    const { models, server, clock } = await system(() => answer('Minor'), { models: { 'openai/*': { requestsPerMinute: 1 } } })
    await models.call(ask, quiet())
    const second = models.call(ask, quiet())
    await clock.waited((delay) => delay === 60_000)
    expect(server.requests).toHaveLength(1)
    clock.advance(60_000)
    await second
    expect(server.requests).toHaveLength(2)
  })

  it('of concurrency is kept for each model', async () => {
    let under = 0
    let most = 0
    const slow = async () => {
      under += 1
      most = Math.max(most, under)
      await new Promise((resolve) => setImmediate(resolve))
      under -= 1
      return answer('Minor')
    }
    const { models } = await system(slow, { models: { 'openai/*': { concurrency: 2 } } })
    await Promise.all(Array.from({ length: 10 }, () => models.call(ask, quiet())))
    expect(most).toBe(2)
  })
})

describe('fallbacks', () => {
  const withFallback: ModelCall = { ...ask, fallbacks: ['openai/gpt-4o'] }

  it('are asked when the model before cannot answer', async () => {
    const { models, server } = await system((request) => (request.body.model === 'gpt-4o' ? answer('Minor') : failure(404)))
    const reply = await models.call(withFallback, quiet())
    expect(reply).toMatchObject({ text: 'Minor', model: 'openai/gpt-4o', failedAttempts: [{ model: 'openai/gpt-4o-mini', status: 404 }] })
    expect(server.requests.map((request) => request.body.model)).toEqual(['gpt-4o-mini', 'gpt-4o'])
  })

  it('are asked at once when the model before is limited for too long', async () => {
    const { models } = await system((request) =>
      request.body.model === 'gpt-4o' ? answer('Minor') : rateLimited({ 'retry-after': '600' }),
    )
    expect((await models.call(withFallback, quiet())).model).toBe('openai/gpt-4o')
  })

  it('that name the same model again do not ask it twice', async () => {
    const { models, server } = await system([failure(404)], { default: 'openai/gpt-4o-mini' })
    await errorOf(models.call({ ...ask, model: undefined, fallbacks: ['openai/gpt-4o-mini'] }, quiet()))
    expect(server.requests).toHaveLength(1)
  })

  it('that are not set up are passed over, and named when all fail', async () => {
    const { models } = await system([failure(401)])
    const error = await errorOf(models.call({ ...ask, fallbacks: ['anthropic/claude-haiku-4-5'] }, quiet()))
    expect(error.message).toContain('openai/gpt-4o-mini did not answer: status 401')
    expect(error.message).toContain('ANTHROPIC_API_KEY')
  })

  it('of an unknown provider are refused before anything is asked', async () => {
    const { models, server } = await system([answer('Minor')])
    expect(await errorOf(models.call({ ...ask, fallbacks: ['nobody/x'] }, quiet()))).toMatchObject({ code: 'model_unknown' })
    expect(server.requests).toHaveLength(0)
  })
})

describe('time', () => {
  it('is up for an attempt that takes longer than its timeout, which is then tried again', async () => {
    const { models, server, clock } = await system((request) => (request.index === 0 ? hanging() : answer('Minor')))
    const call = models.call({ ...ask, timeoutMs: 90_000 }, quiet())
    await server.arrived(0)
    clock.advance(90_000)
    const reply = await through(clock, call)
    expect(reply.failedAttempts[0]?.error).toContain('no answer within 1m 30s')
  })

  it('is up in the middle of a stream too', async () => {
    const { models, clock } = await system((request) => (request.index === 0 ? hanging('The cap') : answer('Minor')))
    const { heard, scope } = listener()
    let first = (): void => {}
    const begun = new Promise<void>((resolve) => {
      first = resolve
    })
    const onDelta = (text: string): void => {
      scope.onDelta?.(text)
      first()
    }
    const call = models.call(ask, { ...scope, onDelta })
    await begun
    clock.advance(300_000)
    expect((await through(clock, call)).text).toBe('Minor')
    expect(heard).toEqual(['The cap', '<restart>', 'Minor'])
  })

  it('of the caller is respected: an aborted call ends at once with the signal’s reason, wherever it stands', async () => {
    const reason = new Error('the run was cancelled')
    const asking = await system([hanging()])
    const inCall = new AbortController()
    const call = asking.models.call(ask, { signal: inCall.signal })
    await asking.server.arrived(0)
    inCall.abort(reason)
    await expect(call).rejects.toBe(reason)

    const last = await system([hanging()], { models: { 'openai/*': { retry: { attempts: 1 } } } })
    const inLast = new AbortController()
    const lastCall = last.models.call(ask, { signal: inLast.signal })
    await last.server.arrived(0)
    inLast.abort(reason)
    await expect(lastCall).rejects.toBe(reason)

    const waiting = await system([failure(500)])
    const inWait = new AbortController()
    const waited = waiting.models.call(ask, { signal: inWait.signal })
    await waiting.clock.waited(isBackoff)
    inWait.abort(reason)
    await expect(waited).rejects.toBe(reason)

    const lined = await system([hanging()], { models: { 'openai/*': { concurrency: 1 } } })
    const other = lined.models.call(ask, quiet()).catch(() => {})
    await lined.server.arrived(0)
    const inLine = new AbortController()
    const queued = lined.models.call(ask, { signal: inLine.signal })
    inLine.abort(reason)
    await expect(queued).rejects.toBe(reason)
    await lined.server.close()
    void other

    const done = await system([answer('Minor')])
    await expect(done.models.call(ask, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(done.server.requests).toHaveLength(0)
  })

  it('waited for between attempts does not end the process that waits', async () => {
    const server = await serve([failure(500), answer('Minor')])
    const source = new URL('language-models.ts', import.meta.url).href
    const script = `
      import { createModels } from ${JSON.stringify(source)}
      const messages = [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }]
      const reply = await createModels().call({ model: 'openai/x', messages, settings: {} }, { signal: new AbortController().signal })
      console.log(reply.text)`
    const env = { ...process.env, OPENAI_BASE_URL: server.url }
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env })
    expect(stdout).toBe('Minor\n')
  })

  it('of the whole call is told, waits included', async () => {
    const { models, clock } = await system([rateLimited({ 'retry-after': '3' }), answer('Minor')])
    expect((await through(clock, models.call(ask, quiet()))).ms).toBe(3000)
  })
})

describe('what was spent', () => {
  it('counts failed attempts that reported what they used', async () => {
    const server = await streaming([word('Ma'), usageChunk])
    const clock = new WatchedClock()
    const paying = createModels({ clock, env: { OPENAI_API_KEY: SECRET, OPENAI_BASE_URL: server.url } })
    const { scope } = listener()
    const error = await errorOf(through(clock, paying.call(ask, scope)))
    await server.close()
    expect(error.details['usage']).toEqual({ inputTokens: 3000, outputTokens: 30, microUsd: 3 * (1000 * 0.15 + 10 * 0.6), attentionMs: 0 })
  })
})

describe('an error', () => {
  it('never shows the key, nor a piece of the conversation, and carries no request with it', async () => {
    const question = 'What is the capital of the Kingdom of Rondonia?'
    const { models } = await system([
      failure(401, { message: `Incorrect API key provided: ${SECRET}, not sk-proj-0123456789abcdef. Find yours in the settings.` }),
      failure(400, { message: `Cannot answer "${question}" in strict mode` }),
      failure(400, { message: "Unsupported parameter: 'temperature'" }),
    ])
    const errors = [
      await errorOf(models.call(ask, quiet())),
      await errorOf(models.call(ask, quiet())),
      await errorOf(models.call(ask, quiet())),
    ]
    const told = JSON.stringify(errors.map((error) => ({ message: error.message, details: error.details, cause: error.cause })))
    expect(told).not.toContain(SECRET)
    expect(told).not.toContain('sk-proj')
    expect(told).not.toContain('Kingdom')
    expect(errors[0]?.message).toContain('Incorrect API key provided: …, not …')
    expect(errors[2]?.message).toContain("Unsupported parameter: 'temperature'")
  })
})

describe('a slow answer', () => {
  it('is waited for', async () => {
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const { models, server } = await system([held(gate, answer('Minor'))])
    const call: Promise<ModelReply> = models.call(ask, quiet())
    await server.arrived(0)
    release()
    expect((await call).text).toBe('Minor')
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return address !== null && typeof address === 'object' ? address.port : 0
}

/** A server that streams these lines, whatever it is asked. */
async function streaming(lines: readonly string[]): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(lines.map((line) => `data: ${line}\n\n`).join(''))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return { url: `http://127.0.0.1:${port}/v1`, close: () => new Promise((resolve) => server.close(() => resolve())) }
}

const chunk = (fields: object): string => JSON.stringify({ id: 'x', created: 0, model: 'm', choices: [], ...fields })
const word = (content: string): string => chunk({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })
const usageChunk = chunk({ usage: { prompt_tokens: 1000, completion_tokens: 10, total_tokens: 1010 } })

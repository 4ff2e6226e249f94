import { createServer } from 'node:http'
import { createOpenAI } from '@ai-sdk/openai'
import type { LanguageModelV4 } from '@ai-sdk/provider'
import { afterEach, describe, expect, it } from 'vitest'
import { type AnthropicReply, startAnthropicServer } from '../../../test/support/anthropic-server.ts'
import { answer, errorInBand, json, type Script, startOpenAiServer } from '../../../test/support/openai-server.ts'
import { WatchedClock } from '../../../test/support/watched-clock.ts'
import { createModels, type ModelsOptions } from '../language-models.ts'
import type { CallScope, ModelCall } from '../model-call.ts'
import { loadPackage } from './provider.ts'

const open: { close(): Promise<void> }[] = []
afterEach(() => Promise.all(open.splice(0).map((server) => server.close())))

async function openAiServer(script: Script = [answer('Minor')]) {
  const server = await startOpenAiServer(script)
  open.push(server)
  return server
}

async function anthropicServer(script: readonly AnthropicReply[]) {
  const server = await startAnthropicServer(script)
  open.push(server)
  return server
}

/** OpenAI's other API, as far as one text goes. */
async function responsesServer(text: string) {
  const bodies: unknown[] = []
  const server = createServer(async (incoming, response) => {
    let body = ''
    for await (const piece of incoming.setEncoding('utf8')) body += piece
    bodies.push(JSON.parse(body))
    const message = { type: 'message', role: 'assistant', id: 'msg_1', content: [{ type: 'output_text', text, annotations: [] }] }
    const usage = { input_tokens: 7, output_tokens: 3 }
    response.writeHead(incoming.url === '/v1/responses' ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ id: 'resp_1', created_at: 0, model: 'gpt-5-codex', output: [message], usage }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  open.push({
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
  return { url: `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}/v1`, bodies }
}

const quiet = (): CallScope => ({ signal: new AbortController().signal })
const asking = (model: string | undefined, more: Partial<ModelCall> = {}): ModelCall => ({
  model,
  messages: [{ role: 'user', content: [{ type: 'text', text: 'What is the capital?' }] }],
  settings: {},
  ...more,
})
const call = (options: ModelsOptions, model: string | undefined, more: Partial<ModelCall> = {}) =>
  createModels({ env: {}, models: { 'openai/*': { retry: { attempts: 1 } } }, ...options }).call(asking(model, more), quiet())

describe('the name of a model', () => {
  it('is provider and model; the model’s own may hold slashes', async () => {
    const server = await openAiServer()
    const reply = await call({ env: { OLLAMA_HOST: server.url.replace('/v1', '') } }, 'ollama/hf.co/bartowski/Qwen3-GGUF')
    expect(reply.model).toBe('ollama/hf.co/bartowski/Qwen3-GGUF')
    expect(server.requests[0]?.body.model).toBe('hf.co/bartowski/Qwen3-GGUF')
  })

  it('falls back on the default of the config, then of the environment', () => {
    expect(createModels({ default: 'openai/gpt-5-mini', env: { RONDO_MODEL: 'ollama/x' } }).nameOf(undefined)).toBe('openai/gpt-5-mini')
    expect(createModels({ env: { RONDO_MODEL: 'ollama/x' } }).nameOf(undefined)).toBe('ollama/x')
    expect(createModels({ default: 'openai/gpt-5-mini', env: {} }).nameOf('ollama/y')).toBe('ollama/y')
  })

  it('is refused when there is none, when it has no provider, and when nobody knows the provider', () => {
    const models = createModels({ env: {} })
    expect(() => models.nameOf(undefined)).toThrow(/RONDO_MODEL/)
    expect(() => models.nameOf('gpt-5-mini')).toThrow(/write provider\/model/)
    expect(() => models.nameOf('mistral/large')).toThrow(/"mistral".*Known are openai, anthropic, ollama, openai-compatible/)
    expect(() => models.nameOf('toString/large')).toThrow(/nobody has told of/)
  })
})

describe('a provider that is not set up', () => {
  const missing = { openai: 'OPENAI_API_KEY', anthropic: 'ANTHROPIC_API_KEY', 'openai-compatible': 'OPENAI_COMPATIBLE_BASE_URL' }
  for (const [provider, variable] of Object.entries(missing))
    it(`says that ${provider} needs ${variable}`, async () => {
      await expect(call({}, `${provider}/some-model`)).rejects.toMatchObject({
        code: 'config_invalid',
        terminal: true,
        message: expect.stringContaining(variable),
      })
    })

  it('is looked at again at the next call', async () => {
    const server = await openAiServer()
    const env: Record<string, string> = {}
    const models = createModels({ env })
    await expect(models.call(asking('openai-compatible/x'), quiet())).rejects.toMatchObject({ code: 'config_invalid' })
    env['OPENAI_COMPATIBLE_BASE_URL'] = server.url
    expect((await models.call(asking('openai-compatible/x'), quiet())).text).toBe('Minor')
  })

  it('names the variable that the config points to', async () => {
    const providers = { local: { type: 'openai-compatible', baseURL: 'http://127.0.0.1:9/v1', apiKeyEnv: 'LOCAL_KEY' } } as const
    await expect(call({ providers }, 'local/x')).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('LOCAL_KEY'),
    })
  })

  it('says which package to install', async () => {
    // A name the type checker cannot follow, as that of a package which is not there.
    const absent: string = '@ai-sdk/not-installed-here'
    await expect(loadPackage('@ai-sdk/openai', 'openai', () => import(absent))).rejects.toMatchObject({
      code: 'package_missing',
      message: 'Models of "openai" need the package @ai-sdk/openai. Install it: npm i @ai-sdk/openai',
    })
  })

  it('does not hide that a package is there but broken', async () => {
    const broken = () => Promise.reject(new SyntaxError('Unexpected token'))
    await expect(loadPackage('@ai-sdk/openai', 'openai', broken)).rejects.toThrow('Unexpected token')
  })
})

describe('openai', () => {
  it('needs no key where OPENAI_BASE_URL names a server of one’s own', async () => {
    const server = await openAiServer()
    expect((await call({ env: { OPENAI_BASE_URL: server.url } }, 'openai/gpt-4o-mini')).text).toBe('Minor')
  })

  it('never sends the environment’s key to a server that only the config names', async () => {
    const server = await openAiServer()
    const providers = { lab: { type: 'openai', baseURL: server.url } } as const
    await call({ providers, env: { OPENAI_API_KEY: 'house-key' } }, 'lab/gpt-4o')
    expect(server.requests[0]?.headers['authorization']).toBe('Bearer none')
    const claude = { lab: { type: 'anthropic', baseURL: server.url } } as const
    await expect(call({ providers: claude, env: { ANTHROPIC_API_KEY: 'house-key' } }, 'lab/x')).rejects.toMatchObject({
      code: 'config_invalid',
    })
  })

  it('takes an empty variable for one that is not set', async () => {
    const server = await openAiServer()
    expect((await call({ env: { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: '' } }, 'openai/gpt-4o')).text).toBe('Minor')
    await expect(call({ env: { OPENAI_API_KEY: '' } }, 'openai/gpt-4o')).rejects.toMatchObject({ code: 'config_invalid' })
  })

  it('goes by chat completions unless the config says otherwise', async () => {
    const server = await openAiServer()
    await call({ env: { OPENAI_BASE_URL: server.url } }, 'openai/gpt-5')
    expect(server.requests.map((request) => request.path)).toEqual(['/v1/chat/completions'])
  })

  it('keeps nothing at OpenAI by the responses API either, unless a prompt asks for it', async () => {
    const server = await responsesServer('Minor')
    const providers = { openai: { type: 'openai', baseURL: server.url, apiKey: 'k', api: 'responses' } } as const
    const reply = await call({ providers }, 'openai/gpt-5-codex')
    await call({ providers }, 'openai/gpt-5-codex', { settings: { providerOptions: { openai: { store: true } } } })
    expect(reply).toMatchObject({ text: 'Minor', model: 'openai/gpt-5-codex', usage: { inputTokens: 7, outputTokens: 3 } })
    expect(server.bodies).toMatchObject([{ model: 'gpt-5-codex', store: false }, { store: true }])
  })
})

describe('an OpenAI-compatible server', () => {
  it('is set up in a config, with key, headers and schema', async () => {
    const server = await openAiServer([json({ city: 'Minor' })])
    const providers = {
      'my-server': { type: 'openai-compatible', baseURL: server.url, apiKeyEnv: 'MY_KEY', headers: { 'x-team': 'desk' } },
    } as const
    const reply = await call({ providers, env: { MY_KEY: 'secret' } }, 'my-server/qwen/qwen3', {
      json: { name: 'city', schema: { type: 'object', properties: { city: { type: 'string' } } } },
      settings: { providerOptions: { myServer: { min_p: 0.1 } } },
    })
    expect(reply).toMatchObject({ text: '{"city":"Minor"}', priced: false, warnings: [] })
    expect(server.requests[0]).toMatchObject({
      headers: { authorization: 'Bearer secret', 'x-team': 'desk' },
      body: { model: 'qwen/qwen3', min_p: 0.1, response_format: { type: 'json_schema', json_schema: { name: 'city' } } },
    })
  })

  it('gives log-probabilities, streamed or not', async () => {
    const logProbabilities = [{ token: 'Minor', logProbability: -0.5 }]
    const server = await openAiServer(() => answer('Minor', { logProbabilities }))
    const models = createModels({ env: { OPENAI_COMPATIBLE_BASE_URL: server.url, OPENAI_COMPATIBLE_API_KEY: 'k' } })
    for (const scope of [quiet(), { ...quiet(), onDelta: () => {} }]) {
      const reply = await models.call(asking('openai-compatible/x', { logProbabilities: true }), scope)
      expect(reply.logProbabilities).toEqual(logProbabilities)
    }
    expect(server.requests.map((request) => request.body.logprobs)).toEqual([true, true])
  })

  it('may be told that it knows no schemas', async () => {
    const server = await openAiServer([json({ city: 'Minor' })])
    const providers = { old: { type: 'openai-compatible', baseURL: server.url, structuredOutputs: false } } as const
    const reply = await call({ providers }, 'old/x', { json: { name: 'city', schema: { type: 'object' } } })
    expect(server.requests[0]?.body.response_format).toEqual({ type: 'json_object' })
    expect(reply.warnings).toHaveLength(1)
  })
})

describe('ollama', () => {
  it('takes OLLAMA_HOST in the forms Ollama does', async () => {
    const server = await openAiServer(() => answer('Minor'))
    const { port } = new URL(server.url)
    for (const host of [`127.0.0.1:${port}`, `0.0.0.0:${port}`, `http://localhost:${port}/`])
      expect((await call({ env: { OLLAMA_HOST: host } }, 'ollama/llama')).text).toBe('Minor')
    await expect(call({ env: { OLLAMA_HOST: 'http://' } }, 'ollama/llama')).rejects.toMatchObject({ code: 'config_invalid' })
  })
})

describe('anthropic', () => {
  const env = (url: string) => ({ ANTHROPIC_API_KEY: 'anthropic-secret', ANTHROPIC_BASE_URL: url })

  it('answers at once and as a stream, and its cached tokens are priced', async () => {
    const reply = { text: 'The capital is Minor', usage: { input: 100, output: 10, cached: 900 } }
    const server = await anthropicServer([reply, reply])
    const models = createModels({ env: env(server.url) })
    const heard: string[] = []
    const whole = await models.call(asking('anthropic/claude-haiku-4-5'), quiet())
    const streamed = await models.call(asking('anthropic/claude-haiku-4-5'), { ...quiet(), onDelta: (text) => heard.push(text) })
    expect(heard.join('')).toBe('The capital is Minor')
    for (const { text, usage, priced } of [whole, streamed]) {
      expect(text).toBe('The capital is Minor')
      expect(usage).toEqual({ inputTokens: 1000, outputTokens: 10, microUsd: 100 * 1 + 900 * 0.1 + 10 * 5, attentionMs: 0 })
      expect(priced).toBe(true)
    }
    expect(server.requests[0]?.headers['x-api-key']).toBe('anthropic-secret')
  })

  it('is asked again after an overload, be it a status or in the middle of a stream', async () => {
    const server = await anthropicServer([
      { status: 529, type: 'overloaded_error' },
      { status: 529, type: 'overloaded_error', inBand: true },
      { text: 'Minor' },
    ])
    const clock = new WatchedClock()
    const models = createModels({ env: env(server.url), clock })
    const heard: string[] = []
    const scope = { ...quiet(), onDelta: (text: string) => heard.push(text), onRestart: () => heard.push('<restart>') }
    const calling = models.call(asking('anthropic/claude-haiku-4-5'), scope)
    for (let waits = 0; waits < 2; waits++) clock.advance(await clock.waited((delay) => delay < 1000))
    expect((await calling).text).toBe('Minor')
    expect(heard).toEqual(['Half ', '<restart>', 'Minor'])
  })

  it('has no log-probabilities to ask for, and the reply says so', async () => {
    const server = await anthropicServer([{ text: 'Minor' }])
    const reply = await createModels({ env: env(server.url) }).call(
      asking('anthropic/claude-haiku-4-5', { logProbabilities: true }),
      quiet(),
    )
    expect(reply.logProbabilities).toBeUndefined()
    expect(reply.warnings).toEqual(['anthropic/claude-haiku-4-5 was not asked for log-probabilities: it is not known to have any'])
  })
})

describe('a provider of the AI SDK', () => {
  it('is taken as its package makes it, or as a function, and its log-probabilities are asked for where they are known', async () => {
    const logProbabilities = [{ token: 'Minor', logProbability: -0.5 }]
    const server = await openAiServer(() => answer('Minor', { logProbabilities }))
    const sdk = createOpenAI({ baseURL: server.url, apiKey: 'k' })
    const providers = { lab: { languageModel: (id: string) => sdk.chat(id) }, made: (id: string) => sdk.chat(`ft:${id}`) }
    const lab = await call({ providers }, 'lab/gpt-4o', { logProbabilities: true })
    expect(lab).toMatchObject({ model: 'lab/gpt-4o', logProbabilities })
    await call({ providers }, 'made/gpt-4o')
    expect(server.requests.map((request) => request.body.model)).toEqual(['gpt-4o', 'ft:gpt-4o'])
  })

  it('may be the default as a model, under its own name', async () => {
    const server = await openAiServer(() => answer('Minor'))
    const model = createOpenAI({ baseURL: server.url, apiKey: 'k' }).chat('gpt-4o-mini')
    const reply = await call({ default: model }, undefined)
    expect(reply).toMatchObject({ text: 'Minor', model: 'openai/gpt-4o-mini', priced: true })
  })

  it('of another version of the specification is refused by name', async () => {
    const old = { ...createOpenAI({ apiKey: 'k' }).chat('x'), specificationVersion: 'v2' } as unknown as LanguageModelV4
    await expect(call({ providers: { old: () => old } }, 'old/x')).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('specification v2'),
    })
  })
})

describe('the options of a model', () => {
  it('are refused when a limit lets nothing through', () => {
    expect(() => createModels({ models: { 'openai/*': { concurrency: 0 } } })).toThrow(/models\["openai\/\*"\].concurrency is 0/)
    expect(() => createModels({ models: { 'openai/x': { tokensPerMinute: Number.NaN } } })).toThrow(/tokensPerMinute/)
  })

  it('of one model go before those of all of a provider', async () => {
    const server = await openAiServer(() => errorInBand())
    const models = {
      'openai/*': { retry: { attempts: 1 }, price: { input: 1, output: 1 } },
      'openai/gpt-5': { retry: { attempts: 2, first: 0 } },
    }
    const env = { OPENAI_BASE_URL: server.url }
    await expect(call({ models, env }, 'openai/gpt-4o')).rejects.toThrow(/did not answer:/)
    await expect(call({ models, env }, 'openai/gpt-5')).rejects.toThrow(/did not answer in 2 attempts/)
  })
})

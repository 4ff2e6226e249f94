import { createOpenAI } from '@ai-sdk/openai'
import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { afterEach, describe, expect, it } from 'vitest'
import {
  answer,
  cutShort,
  dropped,
  errorInBand,
  failure,
  malformed,
  type OpenAiServer,
  type Script,
  startOpenAiServer,
  toolCall,
} from './openai-server.ts'

const asked: LanguageModelV4CallOptions = { prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hello there' }] }] }
const servers: OpenAiServer[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())))

async function client(script: Script) {
  const server = await startOpenAiServer(script)
  servers.push(server)
  return createOpenAI({ baseURL: server.url, apiKey: 'test' }).chat('gpt-4o-mini')
}

async function streamed(script: Script): Promise<LanguageModelV4StreamPart[]> {
  const model = await client(script)
  const { stream } = await model.doStream(asked)
  const parts: LanguageModelV4StreamPart[] = []
  for await (const part of stream) parts.push(part)
  return parts
}

const text = (parts: readonly LanguageModelV4StreamPart[]): string =>
  parts.map((part) => (part.type === 'text-delta' ? part.delta : '')).join('')

describe('the scripted OpenAI server, seen by the real client', () => {
  it('answers in the order of the script and records what it was asked', async () => {
    const model = await client([answer('One'), answer('Two')])
    const texts = [(await model.doGenerate(asked)).content, (await model.doGenerate(asked)).content]
    expect(texts).toEqual([[{ type: 'text', text: 'One' }], [{ type: 'text', text: 'Two' }]])
    expect(servers[0]?.requests.map((request) => request.lastUserText)).toEqual(['Hello there', 'Hello there'])
  })

  it('fails a request that the script does not foresee, in a way nobody retries', async () => {
    const model = await client([])
    await expect(model.doGenerate(asked)).rejects.toMatchObject({ statusCode: 400, isRetryable: false })
  })

  it('sends tool calls, streamed and not', async () => {
    const script = [toolCall('look', { id: 1 })]
    const model = await client(script)
    expect((await model.doGenerate(asked)).content).toMatchObject([{ type: 'tool-call', toolName: 'look', input: '{"id":1}' }])
    expect(await streamed(script)).toContainEqual(expect.objectContaining({ type: 'tool-call', toolName: 'look', input: '{"id":1}' }))
  })

  it('streams words, then usage', async () => {
    const parts = await streamed([answer('Good morning to you', { usage: { input: 3, output: 4, cached: 1 } })])
    expect(parts.filter((part) => part.type === 'text-delta')).toHaveLength(4)
    expect(text(parts)).toBe('Good morning to you')
    expect(parts.at(-1)).toMatchObject({ finishReason: { unified: 'stop' }, usage: { inputTokens: { total: 3, cacheRead: 1 } } })
  })

  it('drops a socket after the first words', async () => {
    await expect(streamed([dropped('Good mor')])).rejects.toThrow()
  })

  it('ends a stream early, breaks its JSON, and reports an error in it', async () => {
    expect((await streamed([cutShort('Good mor')])).at(-1)).toMatchObject({ finishReason: { unified: 'interrupted' } })
    expect((await streamed([malformed('Good mor')])).at(-1)).toMatchObject({ finishReason: { unified: 'error' } })
    const parts = await streamed([errorInBand('Good mor')])
    expect(text(parts)).toBe('Good mor')
    expect(parts).toContainEqual(expect.objectContaining({ type: 'error' }))
  })

  it('answers with an HTTP error and its headers', async () => {
    const model = await client([failure(429, { headers: { 'retry-after': '2' } })])
    await expect(model.doGenerate(asked)).rejects.toMatchObject({ statusCode: 429, responseHeaders: { 'retry-after': '2' } })
  })
})

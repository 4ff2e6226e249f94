/**
 * A stand-in for a model's server that speaks the OpenAI wire protocol over HTTP: chat completions, streamed and not.
 *
 * Owns: the wire (JSON bodies, server-sent events, error bodies, sockets that drop). Never: thinks. What it says is scripted, a
 * reply for each request in order, or worked out by a handler that sees the request. A request beyond the script's end is
 * answered with a 400 that says so, so that a test which asks too often fails at once instead of retrying.
 *
 *     const server = await startOpenAiServer([failure(500), answer('Hello')])
 *     const server = await startOpenAiServer((request) => answer(`You said: ${request.lastUserText}`))
 *     createOpenAI({ baseURL: server.url, apiKey: 'test' })
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'

const Message = z.looseObject({ role: z.string(), content: z.unknown().optional(), tool_call_id: z.string().optional() })
const ChatBody = z.looseObject({
  model: z.string(),
  messages: z.array(Message),
  stream: z.boolean().optional(),
  logprobs: z.boolean().nullish(),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).optional(),
  response_format: z.looseObject({ type: z.string() }).nullish(),
})

/** A request as it came in. */
export interface ModelRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: z.infer<typeof ChatBody>
  /** The text of the last message of the user. */
  readonly lastUserText: string
  /** How many requests came before it. */
  readonly index: number
}

export type Reply = Answer | Failure | Broken | Held

export interface Answer {
  readonly kind: 'answer'
  readonly text?: string
  /** The text as it is streamed; whole words unless given. */
  readonly chunks?: readonly string[]
  readonly toolCalls?: readonly { readonly tool: string; readonly input: unknown; readonly id?: string }[]
  readonly finish?: string
  readonly usage?: { readonly input: number; readonly output: number; readonly cached?: number }
  /** One per token; sent only when the request asks for them. */
  readonly logProbabilities?: readonly { readonly token: string; readonly logProbability: number }[]
  /** The model that says it answered; the one asked for unless given. */
  readonly model?: string
}

export interface Failure {
  readonly kind: 'failure'
  readonly status: number
  readonly message?: string
  readonly code?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What goes wrong after the server said 200; `after` is the text that still got through when the request is a streaming one. */
export interface Broken {
  readonly kind: 'broken'
  readonly how: 'drop' | 'end' | 'error' | 'malformed' | 'hang'
  readonly after: string
}

/** A reply that is sent once `until` has resolved: a slow server without a sleeping test. */
export interface Held {
  readonly kind: 'held'
  readonly until: Promise<unknown>
  readonly then: Reply
}

/** Says this. */
export const answer = (text: string, more: Omit<Answer, 'kind' | 'text'> = {}): Answer => ({ kind: 'answer', text, ...more })
/** Says this value as JSON. */
export const json = (value: unknown, more: Omit<Answer, 'kind' | 'text'> = {}): Answer => answer(JSON.stringify(value), more)
/** Asks for a tool; several `toolCalls` go into `more`. */
export const toolCall = (tool: string, input: unknown, more: Omit<Answer, 'kind'> = {}): Answer => ({
  kind: 'answer',
  toolCalls: [{ tool, input }],
  ...more,
})
/** An HTTP error: `failure(500)`, `failure(401, { message: 'Incorrect API key' })`. */
export const failure = (status: number, more: Omit<Failure, 'kind' | 'status'> = {}): Failure => ({ kind: 'failure', status, ...more })
/** 429; `headers` such as `{ 'retry-after': '2' }`. */
export const rateLimited = (headers: Record<string, string> = {}): Failure =>
  failure(429, { message: 'Rate limit reached', code: 'rate_limit_exceeded', headers })
/** The socket drops, in the middle of the answer when it is streamed. */
export const dropped = (after = ''): Broken => ({ kind: 'broken', how: 'drop', after })
/** The stream ends in good order, but before the answer did. */
export const cutShort = (after = ''): Broken => ({ kind: 'broken', how: 'end', after })
/** An error object in a response that began as a success. */
export const errorInBand = (after = ''): Broken => ({ kind: 'broken', how: 'error', after })
/** Something that is not JSON where JSON belongs. */
export const malformed = (after = ''): Broken => ({ kind: 'broken', how: 'malformed', after })
/** Falls silent, in the middle of the answer when it is streamed, without closing. */
export const hanging = (after = ''): Broken => ({ kind: 'broken', how: 'hang', after })
/** The reply once `until` has resolved. */
export const held = (until: Promise<unknown>, then: Reply): Held => ({ kind: 'held', until, then })

export type Script = readonly Reply[] | ((request: ModelRequest) => Reply | Promise<Reply>)

export interface OpenAiServer {
  /** The base URL, `/v1` included. */
  readonly url: string
  /** Every request so far, oldest first. */
  readonly requests: readonly ModelRequest[]
  /** Resolves when the request of this index has come in. */
  arrived(index: number): Promise<ModelRequest>
  /** Cuts every connection and stops listening. */
  close(): Promise<void>
}

export async function startOpenAiServer(script: Script): Promise<OpenAiServer> {
  const requests: ModelRequest[] = []
  const awaited = new Map<number, (request: ModelRequest) => void>()
  const server = createServer((incoming, response) => {
    response.on('error', () => {})
    serve(incoming, response).catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'application/json' }).end(errorBody(`The scripted server failed: ${error}`))
    })
  })

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(incoming)
    if (incoming.url !== '/v1/chat/completions')
      return void response.writeHead(404, { 'content-type': 'application/json' }).end(errorBody(`No such path: ${incoming.url}`))
    const request = modelRequest(incoming, ChatBody.parse(JSON.parse(body)), requests.length)
    requests.push(request)
    awaited.get(request.index)?.(request)
    const over = failure(400, { message: `The script has no reply for request ${request.index}.`, code: 'script_over' })
    const reply = typeof script === 'function' ? await script(request) : (script[request.index] ?? over)
    await send(response, request, reply)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    arrived: (index) =>
      new Promise((resolve) => {
        const here = requests[index]
        if (here !== undefined) resolve(here)
        else awaited.set(index, resolve)
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of incoming.setEncoding('utf8')) text += chunk
  return text
}

function modelRequest(incoming: IncomingMessage, body: z.infer<typeof ChatBody>, index: number): ModelRequest {
  const last = body.messages.findLast((message) => message.role === 'user')
  return { path: incoming.url ?? '', headers: incoming.headers, body, lastUserText: textOf(last?.content), index }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  const parts = z.array(z.looseObject({ text: z.string().optional() })).safeParse(content)
  return parts.success ? parts.data.map((part) => part.text ?? '').join('') : ''
}

async function send(response: ServerResponse, request: ModelRequest, reply: Reply): Promise<void> {
  const streams = request.body.stream === true
  switch (reply.kind) {
    case 'held':
      await reply.until
      return send(response, request, reply.then)
    case 'failure':
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
      return void response.end(errorBody(reply.message ?? `Status ${reply.status}`, reply.code))
    case 'answer':
      return streams ? streamAnswer(response, request, reply) : sendAnswer(response, request, reply)
    case 'broken':
      return streams ? streamBroken(response, request, reply) : sendBroken(response, reply)
  }
}

function sendAnswer(response: ServerResponse, request: ModelRequest, reply: Answer): void {
  const message = {
    role: 'assistant',
    content: reply.text ?? null,
    ...(reply.toolCalls !== undefined && { tool_calls: wireToolCalls(reply) }),
  }
  const choice = { index: 0, message, finish_reason: finishOf(reply), logprobs: wireLogProbabilities(request, reply) }
  const body = { id: 'chatcmpl-test', object: 'chat.completion', created: 0, model: reply.model ?? request.body.model, choices: [choice] }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...body, usage: wireUsage(request, reply) }))
}

function streamAnswer(response: ServerResponse, request: ModelRequest, reply: Answer): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const model = reply.model ?? request.body.model
  for (const chunk of chunksOf(reply)) response.write(event(model, { delta: { role: 'assistant', content: chunk } }))
  for (const [index, call] of wireToolCalls(reply).entries()) response.write(event(model, { delta: { tool_calls: [{ index, ...call }] } }))
  response.write(event(model, { delta: {}, finish_reason: finishOf(reply), logprobs: wireLogProbabilities(request, reply) }))
  response.write(event(model, undefined, wireUsage(request, reply)))
  response.end('data: [DONE]\n\n')
}

function sendBroken(response: ServerResponse, reply: Broken): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  if (reply.how === 'error') return void response.end(errorBody('The model is overloaded', 'server_error'))
  response.write('{"id":"chatcmpl-test","choices":[{"mess')
  if (reply.how === 'hang') return
  if (reply.how === 'drop') setImmediate(() => response.destroy())
  else response.end()
}

function streamBroken(response: ServerResponse, request: ModelRequest, reply: Broken): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(event(request.body.model, { delta: { role: 'assistant', content: reply.after } }))
  if (reply.how === 'error') response.write(`data: ${errorBody('The model is overloaded', 'server_error')}\n\n`)
  if (reply.how === 'malformed') response.write('data: {"choices":[{"del\n\n')
  if (reply.how === 'hang') return
  // What was written reaches the client before the socket goes.
  if (reply.how === 'drop') setTimeout(() => response.destroy(), 20)
  else response.end()
}

function event(model: string, choice: object | undefined, usage?: object): string {
  const choices = choice === undefined ? [] : [{ index: 0, finish_reason: null, ...choice }]
  const chunk = { id: 'chatcmpl-test', object: 'chat.completion.chunk', created: 0, model, choices, ...(usage !== undefined && { usage }) }
  return `data: ${JSON.stringify(chunk)}\n\n`
}

function errorBody(message: string, code = 'error'): string {
  return JSON.stringify({ error: { message, type: code, param: null, code } })
}

function chunksOf(reply: Answer): readonly string[] {
  return reply.chunks ?? reply.text?.match(/\S+\s*|\s+/g) ?? []
}

function finishOf(reply: Answer): string {
  return reply.finish ?? (reply.toolCalls === undefined ? 'stop' : 'tool_calls')
}

function wireToolCalls(reply: Answer): object[] {
  return (reply.toolCalls ?? []).map(({ tool, input, id }, index) => ({
    id: id ?? `call_${index}`,
    type: 'function',
    function: { name: tool, arguments: typeof input === 'string' ? input : JSON.stringify(input) },
  }))
}

function wireLogProbabilities(request: ModelRequest, reply: Answer): object | null {
  if (request.body.logprobs !== true || reply.logProbabilities === undefined) return null
  return { content: reply.logProbabilities.map(({ token, logProbability }) => ({ token, logprob: logProbability, top_logprobs: [] })) }
}

/** About four characters to a token, unless the reply says how many. */
function wireUsage(request: ModelRequest, reply: Answer): object {
  const input = reply.usage?.input ?? Math.ceil(JSON.stringify(request.body.messages).length / 4)
  const output = reply.usage?.output ?? Math.ceil((reply.text ?? JSON.stringify(reply.toolCalls ?? '')).length / 4)
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: reply.usage?.cached ?? 0 },
  }
}

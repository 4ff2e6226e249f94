/**
 * A stand-in for Anthropic's server that speaks the messages API over HTTP, streamed and not: text answers, and errors.
 */
import { createServer, type IncomingMessage } from 'node:http'
import { z } from 'zod'

const MessagesBody = z.looseObject({ model: z.string(), stream: z.boolean().optional() })

export interface AnthropicRequest {
  readonly headers: IncomingMessage['headers']
  readonly body: z.infer<typeof MessagesBody>
}

/** Text, or an error of a status; `inBand` puts it into a stream that began well. */
export type AnthropicReply =
  | { readonly text: string; readonly usage?: { readonly input: number; readonly output: number; readonly cached?: number } }
  | { readonly status: number; readonly type: string; readonly inBand?: boolean }

export interface AnthropicServer {
  readonly url: string
  readonly requests: readonly AnthropicRequest[]
  close(): Promise<void>
}

export async function startAnthropicServer(script: readonly AnthropicReply[]): Promise<AnthropicServer> {
  const requests: AnthropicRequest[] = []
  const server = createServer(async (incoming, response) => {
    let text = ''
    for await (const piece of incoming.setEncoding('utf8')) text += piece
    const body = MessagesBody.parse(JSON.parse(text))
    const reply = script[requests.length] ?? { status: 400, type: 'invalid_request_error' }
    requests.push({ headers: incoming.headers, body })
    if ('status' in reply && reply.inBand !== true) {
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(errorOf(reply.type))
    } else if (body.stream === true) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(
        eventsOf(reply, body.model)
          .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
          .join(''),
      )
    } else {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(messageOf(reply, body.model)))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function errorOf(type: string): string {
  return JSON.stringify({ type: 'error', error: { type, message: `The scripted ${type}` } })
}

function usageOf(reply: AnthropicReply): object {
  const { input = 10, output = 5, cached = 0 } = ('text' in reply ? reply.usage : undefined) ?? {}
  return { input_tokens: input, output_tokens: output, cache_read_input_tokens: cached, cache_creation_input_tokens: 0 }
}

function messageOf(reply: AnthropicReply, model: string): object {
  const content = 'text' in reply ? [{ type: 'text', text: reply.text }] : []
  return {
    id: 'msg_test',
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: usageOf(reply),
  }
}

type Event = Readonly<Record<string, unknown>> & { readonly type: string }

function eventsOf(reply: AnthropicReply, model: string): Event[] {
  const started = { ...messageOf({ text: '' }, model), content: [], stop_reason: null, usage: usageOf(reply) }
  const words = 'text' in reply ? (reply.text.match(/\S+\s*/g) ?? []) : ['Half ']
  const opening: Event[] = [
    { type: 'message_start', message: started },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...words.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
  ]
  if ('status' in reply) return [...opening, { type: 'error', error: { type: reply.type, message: 'The scripted error' } }]
  return [
    ...opening,
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: usageOf(reply) },
    { type: 'message_stop' },
  ]
}

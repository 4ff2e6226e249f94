/**
 * `/v1/chat/completions` and `/v1/models`: any OpenAI client calls a flow as if it were a model.
 *
 * Owns: the OpenAI wire form, in both directions, errors included. Never: what a run does; a chat starts one and waits for it.
 * Invariants:
 *   H1. What is streamed, put together, holds the whole output: the deltas when they are its text, else the output after them.
 *   H2. A chat whose run waits longer than the client is kept waiting says so in its answer, with the run's id; the run goes on.
 *   H3. A run that failed is told as an error that clients do not take for a reason to start another one.
 */
import type { Context } from 'hono'
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import type { RunRecord } from '../index.ts'
import { decode } from '../json.ts'
import { type ChatModel, chatMessage, flowNameOf, modelOf, outputText } from './chat-model.ts'
import type { Door } from './door.ts'
import { type Endpoint, type Env, endpoint } from './endpoint.ts'
import { problemOf, type Status } from './problem.ts'
import { SETTLED } from './pulse.ts'
import { Bell, type EventStream } from './sse.ts'

const chatBody = z.looseObject({
  model: z.string(),
  messages: z.array(chatMessage).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
})
type ChatBody = z.output<typeof chatBody>

interface Chat {
  readonly door: Door
  readonly model: ChatModel
  readonly run: string
  readonly created: number
}

export function chatEndpoints(door: Door): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/models',
      group: 'OpenAI',
      summary: 'The flows that can be called as models.',
      scope: 'read',
      replies: { 200: z.object({ object: z.literal('list'), data: z.array(z.looseObject({ id: z.string() })) }) },
      handle: () => {
        const created = Math.floor(door.startedAt / 1000)
        const models = [...door.rondo.flows.values()].flatMap((flow) => modelOf(flow) ?? [])
        return { object: 'list', data: models.map(({ name }) => ({ id: name, object: 'model', created, owned_by: 'rondo' })) }
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/models/:id{.+}',
      group: 'OpenAI',
      summary: 'One of them.',
      scope: 'read',
      replies: { 200: z.looseObject({ id: z.string() }) },
      handle: ({ param }) => {
        const id = param('id')
        const found = [...door.rondo.flows.values()].some((flow) => modelOf(flow)?.name === id)
        if (!found)
          throw new RondoError('not_found', `There is no flow that can be called as "${id}". GET /v1/models lists those there are.`)
        return { id, object: 'model', created: Math.floor(door.startedAt / 1000), owned_by: 'rondo' }
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/chat/completions',
      group: 'OpenAI',
      summary: 'Starts a run of the flow that `model` names, and answers with its output. An Idempotency-Key takes up the same run again.',
      scope: 'run',
      body: chatBody,
      replies: { 200: z.looseObject({ id: z.string(), choices: z.array(z.unknown()) }) },
      handle: ({ body, context }) => complete(door, body, context),
    }),
  ]
}

/** An error in the form OpenAI clients read. */
export function openAiProblem(thrown: unknown): Response {
  const { status, body } = problemOf(thrown)
  return failure(status, body.error.code, body.error.message)
}

function failure(status: Status, code: string, message: string): Response {
  return Response.json(failureBody(code, message), {
    status,
    headers: { 'x-should-retry': status === 429 || status === 503 ? 'true' : 'false' },
  })
}

function failureBody(code: string, message: string): object {
  return { error: { message, type: code, param: null, code } }
}

async function complete(door: Door, body: ChatBody, context: Context<Env>): Promise<Response> {
  const name = flowNameOf(body.model)
  const flow = door.rondo.flows.get(name)
  const model = flow === undefined ? undefined : modelOf(flow)
  if (model === undefined)
    throw new RondoError('flow_unknown', `There is no model "${body.model}" here. GET /v1/models lists those there are.`, {
      details: { model: body.model },
    })
  const key = context.req.header('idempotency-key')
  const { id } = await door.rondo.runs.start(model.flow, model.inputOf(body.messages), key === undefined ? {} : { key })
  const chat: Chat = { door, model, run: id, created: Math.floor(door.clock.now() / 1000) }
  if (body.stream !== true) return answer(chat, await door.pulse.settled(id, door.chatWaitMs, door.until(context)))
  const withUsage = body.stream_options?.include_usage === true
  return door.stream(context, (stream) => new ChatStream(chat, stream).tell(withUsage), {
    bye: `data: ${JSON.stringify(failureBody('stopped', `The server stops. Run ${id} goes on when it is back.`))}\n\n`,
    headers: { 'x-rondo-run': id },
  })
}

async function answer(chat: Chat, run: RunRecord | undefined): Promise<Response> {
  if (run === undefined) throw new RondoError('run_unknown', `Run ${chat.run} is not there any more.`)
  const failed = howItFailed(run)
  if (failed !== undefined) return failure(500, failed.code, failed.message)
  const content = run.status === 'completed' ? textOfOutput(run) : await whyItWaits(chat, run)
  const choice = { index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop', logprobs: null }
  return Response.json(
    { ...head(chat, 'chat.completion'), choices: [choice], usage: usageOf(run), rondo: { run: run.id, status: run.status } },
    { headers: { 'x-rondo-run': run.id } },
  )
}

/** A chat told as it comes about. */
class ChatStream {
  readonly #chat: Chat
  readonly #stream: EventStream
  #said = ''

  constructor(chat: Chat, stream: EventStream) {
    this.#chat = chat
    this.#stream = stream
  }

  async tell(withUsage: boolean): Promise<void> {
    await this.#chunk({ role: 'assistant', content: '' })
    const run = await this.#untilSettled()
    if (run === undefined) return
    const failed = howItFailed(run)
    if (failed !== undefined) return await this.#data(failureBody(failed.code, failed.message))
    const text = run.status === 'completed' ? textOfOutput(run) : await whyItWaits(this.#chat, run)
    await this.#say(this.#rest(text))
    await this.#chunk({}, 'stop', { run: run.id, status: run.status })
    if (withUsage) await this.#data({ ...head(this.#chat, 'chat.completion.chunk'), choices: [], usage: usageOf(run) })
    await this.#stream.write('data: [DONE]\n\n')
  }

  /** What is left to say of the output after the deltas: its end, or where they were something else, all of it. */
  #rest(text: string): string {
    if (text.startsWith(this.#said)) return text.slice(this.#said.length)
    return this.#said.trim() === text.trim() ? '' : `\n\n${text}`
  }

  /** Tells deltas until the run is settled or has been waited for long enough; `undefined` when the client or the server ends it. */
  async #untilSettled(): Promise<RunRecord | undefined> {
    const { door, run: id } = this.#chat
    const { signal } = this.#stream
    const bell = new Bell(signal)
    let [texts, late] = ['', false]
    const off = door.pulse.on(id, (event) => {
      if (event?.type === 'delta') texts += event.text
      if (event === undefined || event.type === 'delta' || event.type === 'status') bell.ring()
    })
    const takeBack = door.clock.at(door.clock.now() + door.chatWaitMs, () => {
      late = true
      bell.ring()
    })
    try {
      for (;;) {
        const run = await door.rondo.runs.get(id)
        const now = texts
        texts = ''
        await this.#say(now)
        if (signal.aborted) return undefined
        if (run === undefined || late || SETTLED.includes(run.status)) return run
        await bell.heard()
      }
    } finally {
      takeBack()
      off()
    }
  }

  async #say(content: string): Promise<void> {
    this.#said += content
    if (content !== '') await this.#chunk({ content })
  }

  #chunk(delta: object, finish: string | null = null, rondo: object = { run: this.#chat.run }): Promise<void> {
    const choice = { index: 0, delta, finish_reason: finish, logprobs: null }
    return this.#data({ ...head(this.#chat, 'chat.completion.chunk'), choices: [choice], rondo })
  }

  #data(data: object): Promise<void> {
    return this.#stream.write(`data: ${JSON.stringify(data)}\n\n`)
  }
}

function head({ run, created, model }: Chat, object: string): object {
  return { id: `chatcmpl-${run}`, object, created, model: model.name, system_fingerprint: null }
}

function textOfOutput({ output }: RunRecord): string {
  return output === undefined ? '' : outputText(decode(output))
}

function howItFailed(run: RunRecord): { code: string; message: string } | undefined {
  if (run.status === 'failed' || run.status === 'stopped')
    return {
      code: `run_${run.status}`,
      message: `Run ${run.id} ${run.status === 'failed' ? 'failed' : 'was stopped'}: ${run.error?.message ?? 'no reason is on record'}`,
    }
  if (run.status === 'cancelled')
    return { code: 'run_cancelled', message: `Run ${run.id} was cancelled${run.reason === undefined ? '.' : `: ${run.reason}`}` }
  return undefined
}

/** For the person at the other end: what the run waits for, and how to come back to it. */
async function whyItWaits({ door }: Chat, run: RunRecord): Promise<string> {
  const [question] = await door.rondo.inbox.list({ run: run.id, limit: 1 })
  const waits =
    question === undefined
      ? `This is not done yet: run ${run.id} is ${run.status}.`
      : `This waits for a person: "${question.title}" stands in the inbox of the role "${question.role}" (run ${run.id}).`
  return `${waits} It goes on by itself; ask GET /api/runs/${run.id}/result for the answer later, or repeat the request with the same Idempotency-Key.`
}

function usageOf({ usage: { inputTokens, outputTokens } }: RunRecord): object {
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens }
}

/**
 * Flows over HTTP: which there are, and starting their runs.
 */
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import { type AnyFlow, milliseconds } from '../index.ts'
import { modelOf } from './chat-model.ts'
import { fromWire, listOf, resultDocument, resultOf, runStatus } from './documents.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint, type Request } from './endpoint.ts'
import { SETTLED } from './pulse.ts'

const LONGEST_WAIT = '5m'

const flowDocument = z.object({
  name: z.string(),
  /** JSON schema. */
  input: z.unknown(),
  output: z.unknown(),
  counts: z.record(z.string(), z.number()),
  /** What OpenAI clients call it, where it can be called as a model. */
  model: z.string().optional(),
})

const started = resultDocument.extend({ started: z.boolean() })
const START_BODY = { id: z.string().optional(), within: z.union([z.string(), z.number()]).optional() }
export const waitQuery = z.object({ wait: z.string().optional() })

/** The JSON schema of what a flow takes or gives. */
export function schemaOf(type: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io, unrepresentable: 'any' })
  return schema
}

/** How long a request wants to wait, in milliseconds. Throws `invalid_input`. */
export function waitOf(wait: string | undefined): number {
  if (wait === undefined) return 0
  try {
    return Math.min(milliseconds(/^\d+$/.test(wait) ? Number(wait) : wait), milliseconds(LONGEST_WAIT))
  } catch (error) {
    throw new RondoError('invalid_input', `?wait=${wait} is no duration. Write "30s", or milliseconds.`, { cause: error })
  }
}

export function flowEndpoints(door: Door): Endpoint[] {
  const { rondo } = door
  return [
    endpoint({
      method: 'get',
      path: '/api/flows',
      group: 'Flows',
      summary: 'The flows there are, with the shapes of what they take and give, and how many runs stand in which status.',
      scope: 'read',
      replies: { 200: listOf(flowDocument) },
      handle: async () => {
        const counts = await rondo.store.runs.count()
        const items = [...rondo.flows.values()].map((flow) => {
          const model = modelOf(flow)
          return {
            name: flow.name,
            input: schemaOf(flow.input, 'input'),
            output: schemaOf(flow.output, 'output'),
            counts: Object.fromEntries(counts.filter((one) => one.flow === flow.name).map(({ status, count }) => [status, count])),
            ...(model !== undefined && { model: model.name }),
          }
        })
        return { items }
      },
    }),
    endpoint({
      method: 'post',
      path: '/api/flows/:flow/runs',
      group: 'Flows',
      summary:
        'Starts a run once: the same Idempotency-Key with the same input gives the same run. With ?wait= it answers with the result.',
      scope: 'run',
      query: waitQuery,
      body: z.object({ input: z.unknown().optional(), ...START_BODY }),
      replies: { 200: started, 201: started, 202: started },
      handle: (request) => start(door, request),
    }),
  ]
}

/** The same endpoint as the document shows it, once for each flow. */
export function typedStart(flow: AnyFlow): Pick<Endpoint, 'body' | 'replies'> {
  const reply = started.extend({ output: flow.output.optional(), status: runStatus })
  return { body: z.object({ input: flow.input, ...START_BODY }), replies: { 200: reply, 201: reply, 202: reply } }
}

type StartBody = { input?: unknown; id?: string | undefined; within?: string | number | undefined }

async function start(door: Door, { query, body, param, context }: Request<{ wait?: string | undefined }, StartBody>): Promise<Response> {
  const wait = waitOf(query.wait)
  const flow = param('flow')
  const key = context.req.header('idempotency-key')
  const traceparent = context.req.header('traceparent')
  const handle = await door.rondo.runs.start(flow, fromWire(body.input), {
    ...(key !== undefined && { key }),
    ...(traceparent !== undefined && { traceparent }),
    ...(body.id !== undefined && { id: body.id }),
    ...(body.within !== undefined && { within: body.within }),
  })
  const { id, started } = handle
  // What has just been started is queued: it need not be read again to say so.
  if (wait === 0 && started) return context.json({ id, flow, status: 'queued', started }, 201)
  const run = wait === 0 ? await door.rondo.runs.get(id) : await door.pulse.settled(id, wait, door.until(context))
  if (run === undefined) throw new RondoError('run_unknown', `Run ${id} is not there any more.`)
  const over = SETTLED.includes(run.status)
  return context.json({ ...resultOf(run), started }, over || wait === 0 ? 200 : 202)
}

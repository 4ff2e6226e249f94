/**
 * The OpenAPI 3.1 document: made from the schemas that requests are held against.
 *
 * Owns: that making. Starting a run is described once for each flow, with the flow's own input and output.
 */
import { z } from 'zod'
import type { AnyFlow } from '../index.ts'
import type { Endpoint } from './endpoint.ts'
import { typedStart } from './flows.ts'

export interface OpenApi {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: object
  readonly security: readonly object[]
}

export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly tags: readonly string[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<Record<string, object>>
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: Schema
  readonly description?: string
}

type Schema = Readonly<Record<string, unknown>>

const START = '/api/flows/:flow/runs'
const PROBLEM = { $ref: '#/components/schemas/Problem' }
const DESCRIPTION = `Flows in which code, models and people take steps, over HTTP.
Times are ISO text, money is in millionths of a dollar. Values are JSON; what JSON lacks is tagged: {"$rondo": "date", "value": "…"}, also "bigint", "bytes", "map", "set", "number", "undefined".`

/** The document of these endpoints, for these flows. */
export function openApi(endpoints: readonly Endpoint[], flows: Iterable<AnyFlow>, version: string): OpenApi {
  const paths: Record<string, Record<string, Operation>> = {}
  const add = (endpoint: Endpoint, path: string, more: Partial<Operation> = {}): void => {
    paths[path] = { ...paths[path], [endpoint.method]: { ...operation(endpoint), ...more } }
  }
  for (const endpoint of endpoints) {
    add(endpoint, endpoint.path.replaceAll(/:(\w+)(?:\{[^}]*\})?/g, '{$1}'))
    if (endpoint.path !== START) continue
    for (const flow of flows) {
      const typed = { ...endpoint, ...typedStart(flow), path: START.replace(':flow', encodeURIComponent(flow.name)) }
      add(typed, typed.path, { operationId: `start_${flow.name.replaceAll(/\W+/g, '_')}`, summary: `Starts a run of "${flow.name}" once.` })
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Rondo', version, description: DESCRIPTION },
    tags: [...new Set(endpoints.map(({ group }) => group))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' }, session: { type: 'apiKey', in: 'cookie', name: 'rondo_session' } },
      schemas: { Problem: schemaOf(problem, 'output') },
    },
    security: [{ token: [] }, { session: [] }],
  }
}

const problem = z.object({
  error: z.object({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()).optional() }),
})

function operation(endpoint: Endpoint): Operation {
  const { method, path, summary, group, scope } = endpoint
  const body = bodyOf(endpoint)
  return {
    operationId: `${method}${path.replaceAll(/[^\w]+/g, '_')}`,
    summary,
    description: `Needs the scope \`${scope}\`.`,
    tags: [group],
    parameters: parametersOf(endpoint),
    ...(body !== undefined && { requestBody: body }),
    responses: responsesOf(endpoint),
  }
}

function parametersOf({ path, query, method }: Endpoint): Parameter[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(
    ([, name = '']): Parameter => ({ name, in: 'path', required: true, schema: { type: 'string' } }),
  )
  const schema = query === undefined ? {} : schemaOf(query, 'input')
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  const inQuery = Object.entries(isObject(schema['properties']) ? schema['properties'] : {}).map(
    ([name, inner]): Parameter => ({ name, in: 'query', required: required.includes(name), schema: isObject(inner) ? inner : {} }),
  )
  const headers: Parameter[] = []
  if (path.endsWith('/runs') && method === 'post')
    headers.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      schema: { type: 'string' },
      description: 'The same key and input again give the same run.',
    })
  if (path === '/api/runs/:id/events')
    headers.push({
      name: 'Last-Event-ID',
      in: 'header',
      required: false,
      schema: { type: 'string' },
      description: 'The entry after which to go on.',
    })
  return [...inPath, ...inQuery, ...headers]
}

function bodyOf({ body, bodyTypes }: Endpoint): Operation['requestBody'] {
  if (body !== undefined) return { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } }
  if (bodyTypes.length === 0) return undefined
  return { required: true, content: Object.fromEntries(bodyTypes.map((type) => [type, { schema: { type: 'string' } }])) }
}

function responsesOf({ replies }: Endpoint): Operation['responses'] {
  const known = Object.entries(replies).map(([status, reply]): [string, object] => {
    const content =
      typeof reply === 'string'
        ? { [reply]: { schema: { type: 'string' } } }
        : { 'application/json': { schema: schemaOf(reply, 'output') } }
    return [status, { description: STATUS_WORDS[status] ?? 'Done.', content }]
  })
  return Object.fromEntries([
    ...known,
    ['default', { description: 'What went wrong.', content: { 'application/json': { schema: PROBLEM } } }],
  ])
}

const STATUS_WORDS: Readonly<Record<string, string>> = { 200: 'Done.', 201: 'Started.', 202: 'Taken, or not over yet.' }

function schemaOf(type: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io, unrepresentable: 'any' })
  return schema
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

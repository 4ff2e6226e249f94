/**
 * A small OTLP collector: takes spans over HTTP as JSON, and shows them as a tree.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished, vi } from 'vitest'
import { z } from 'zod'

const attribute = z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })
const wireSpan = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes: z.array(attribute).default([]),
  status: z.object({ code: z.number().optional(), message: z.string().optional() }).optional(),
})
const body = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(attribute) }),
      scopeSpans: z.array(z.object({ scope: z.object({ name: z.string() }), spans: z.array(wireSpan) })),
    }),
  ),
})

export interface CollectedSpan {
  readonly trace: string
  readonly id: string
  readonly parent: string | undefined
  readonly name: string
  readonly client: boolean
  readonly startedAt: number
  readonly endedAt: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly failed: boolean
}

export interface Collector {
  readonly spans: readonly CollectedSpan[]
  /** The attributes of the resource that sent last. */
  readonly resource: Readonly<Record<string, unknown>>
  /** All that came over the wire. */
  readonly text: string
  readonly headers: Readonly<Record<string, unknown>>
  /** Spans by indentation under those they hang under; one that hangs under nothing that was sent throws. */
  tree(roots?: readonly string[]): string[]
  named(name: string): CollectedSpan
}

/** Starts one, and points the usual environment variables at it until the test is over. */
export async function collector(): Promise<Collector> {
  const spans: CollectedSpan[] = []
  let resource = {}
  let text = ''
  let headers = {}
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (request.url !== '/v1/traces') return response.writeHead(404).end()
      const sent = Buffer.concat(chunks).toString('utf8')
      text += sent
      headers = request.headers
      for (const { resource: from, scopeSpans } of body.parse(JSON.parse(sent)).resourceSpans) {
        resource = valuesOf(from.attributes)
        for (const span of scopeSpans.flatMap((scoped) => scoped.spans)) spans.push(collected(span))
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    spans,
    get resource() {
      return resource
    },
    get text() {
      return text
    },
    get headers() {
      return headers
    },
    tree: (roots = []) => treeOf(spans, roots),
    named(name) {
      const found = spans.filter((span) => span.name === name)
      if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} spans are called "${name}"`)
      return found[0]
    },
  }
}

function collected(span: z.output<typeof wireSpan>): CollectedSpan {
  return {
    trace: span.traceId,
    id: span.spanId,
    parent: span.parentSpanId === '' ? undefined : span.parentSpanId,
    name: span.name,
    client: span.kind === 3,
    startedAt: Number(BigInt(span.startTimeUnixNano) / 1_000_000n),
    endedAt: Number(BigInt(span.endTimeUnixNano) / 1_000_000n),
    attributes: valuesOf(span.attributes),
    failed: span.status?.code === 2,
  }
}

function valuesOf(attributes: readonly z.output<typeof attribute>[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]))
}

function plainValue(value: Readonly<Record<string, unknown>>): unknown {
  if ('intValue' in value) return Number(value['intValue'])
  const list = value['arrayValue']
  if (list !== null && typeof list === 'object' && 'values' in list && Array.isArray(list.values)) return list.values.map(plainValue)
  return Object.values(value)[0]
}

function treeOf(spans: readonly CollectedSpan[], roots: readonly string[]): string[] {
  const known = new Set(spans.map(({ id }) => id))
  if (known.size !== spans.length) throw new Error('A span was sent twice.')
  for (const { name, parent } of spans)
    if (parent !== undefined && !known.has(parent) && !roots.includes(parent))
      throw new Error(`"${name}" hangs under nothing that was sent.`)
  const below = (parent: string | undefined, depth: number): string[] =>
    spans
      .filter((span) => (parent === undefined ? span.parent === undefined || roots.includes(span.parent) : span.parent === parent))
      .sort((one, other) => one.startedAt - other.startedAt || one.name.localeCompare(other.name))
      .flatMap((span) => [`${'  '.repeat(depth)}${span.name}`, ...below(span.id, depth + 1)])
  return below(undefined, 0)
}

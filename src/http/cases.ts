/**
 * Cases over HTTP: read, exported as a file, imported from one.
 */
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import { exportCases, importCases } from '../index.ts'
import { type CaseSearch, searchCases } from './case-search.ts'
import { decisionOf } from './decision-list.ts'
import { caseDocument, caseOf, listOf } from './documents.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint, limitOf } from './endpoint.ts'

const FORMATS = { csv: 'text/csv', jsonl: 'application/x-ndjson' } as const

const caseQuery = z.object({
  decision: z.string().optional(),
  origin: z.enum(['audit', 'escalation', 'correction', 'import']).optional(),
  segment: z.string().optional(),
  /** Whether the proposal was another than the answer. */
  differs: z.stringbool().optional(),
  /** What was proposed, and what was answered: a text as it is, anything else as its JSON. */
  predicted: z.string().optional(),
  answer: z.string().optional(),
  q: z.string().max(200).optional(),
  order: z.enum(['oldest', 'newest']).default('oldest'),
  after: z.coerce.number().int().min(0).optional(),
  limit: limitOf(100, 1000),
})

export function caseEndpoints(door: Door): Endpoint[] {
  const { cases } = door.rondo.store
  return [
    endpoint({
      method: 'get',
      path: '/api/cases',
      group: 'Cases',
      summary:
        'Cases, oldest or newest first: of one decision or of all, by origin, segment, proposal, answer and text, and those where the proposal was another.',
      scope: 'read',
      query: caseQuery,
      replies: { 200: listOf(caseDocument) },
      handle: async ({ query }) => {
        const { found, next } = await searchCases(cases, searchOf(query))
        return { items: found.map(caseOf), ...(next !== undefined && { next: String(next) }) }
      },
    }),
    endpoint({
      method: 'post',
      path: '/api/cases',
      group: 'Cases',
      summary: 'Imports cases from JSON Lines or CSV: all of the file or nothing. The same file again adds nothing.',
      scope: 'edit',
      query: z.object({ decision: z.string() }),
      bodyTypes: Object.values(FORMATS),
      replies: { 200: z.object({ imported: z.number(), known: z.number() }) },
      handle: async ({ query, context }) => {
        const type = (context.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
        const format = type === FORMATS.csv ? 'csv' : type === FORMATS.jsonl || type === 'application/jsonl' ? 'jsonl' : undefined
        if (format === undefined)
          throw new RondoError('body_type', `Cases come as ${Object.values(FORMATS).join(' or ')}; say which in content-type.`)
        const text = await context.req.text()
        return importCases({ cases, decision: decisionOf(door.rondo, query.decision), format }, [text])
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/cases/export',
      group: 'Cases',
      summary: 'The cases of a decision as a file.',
      scope: 'read',
      query: z.object({ decision: z.string(), format: z.enum(['csv', 'jsonl']).default('jsonl') }),
      replies: { 200: FORMATS.jsonl },
      handle: ({ query: { decision, format } }) => {
        const pieces = exportCases({ cases, decision, format })
        const encoder = new TextEncoder()
        const body = new ReadableStream<Uint8Array>({
          async pull(controller) {
            const { done, value } = await pieces.next()
            if (done === true) controller.close()
            else controller.enqueue(encoder.encode(value))
          },
          cancel: async () => void (await pieces.return(undefined)),
        })
        const name = `${decision.replaceAll(/[^\w.-]+/g, '_')}.${format}`
        return new Response(body, {
          headers: { 'content-type': `${FORMATS[format]}; charset=utf-8`, 'content-disposition': `attachment; filename="${name}"` },
        })
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/cases/:seq',
      group: 'Cases',
      summary: 'A case.',
      scope: 'read',
      replies: { 200: caseDocument },
      handle: async ({ param }) => {
        const seq = Number(param('seq'))
        const [found] = Number.isSafeInteger(seq) && seq > 0 ? await cases.list({ after: seq - 1, limit: 1 }) : []
        if (found === undefined || found.seq !== seq) throw new RondoError('not_found', `There is no case ${param('seq')}.`)
        return caseOf(found)
      },
    }),
  ]
}

function searchOf({
  decision,
  origin,
  segment,
  differs,
  predicted,
  answer,
  q,
  order,
  after,
  limit,
}: z.output<typeof caseQuery>): CaseSearch {
  return {
    filter: {
      newest: order === 'newest',
      ...(decision !== undefined && { decision }),
      ...(origin !== undefined && { origin }),
      ...(segment !== undefined && { segment }),
      ...(after !== undefined && { after }),
    },
    limit,
    ...(q !== undefined && q !== '' && { text: q }),
    ...(differs !== undefined && { differs }),
    ...(predicted !== undefined && { predicted }),
    ...(answer !== undefined && { answer }),
  }
}

/**
 * The audit log over HTTP, for administrators. Who reads it stands in it.
 */
import { z } from 'zod'
import type { ActRecord } from '../index.ts'
import { iso, list, listOf } from './documents.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint, limitOf } from './endpoint.ts'

const line = z.object({
  seq: z.number(),
  at: z.iso.datetime(),
  by: z.string(),
  credential: z.string().optional(),
  what: z.string(),
  on: z.string().optional(),
  outcome: z.enum(['asked', 'done', 'refused']),
  from: z.string().optional(),
  request: z.string().optional(),
  detail: z.string().optional(),
  previous: z.string(),
  hash: z.string(),
})

const place = z.coerce.number().int().min(0).optional()

export function auditEndpoints({ rondo: { access } }: Door): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/api/audit',
      group: 'Access',
      summary: 'What people did, newest first, `next` as `before`; with ?after= in order.',
      scope: 'admin',
      query: z.object({
        by: z.string().optional(),
        what: z.string().optional(),
        on: z.string().optional(),
        before: place,
        after: place,
        limit: limitOf(100, 1000),
      }),
      replies: { 200: listOf(line) },
      handle: async ({ query: { by, what, on, before, after, limit } }) => {
        const lines = await access.audit.list({
          limit,
          ...(by !== undefined && { by }),
          ...(what !== undefined && { what }),
          ...(on !== undefined && { on }),
          ...(after === undefined ? { before: before ?? Number.MAX_SAFE_INTEGER } : { after }),
        })
        return list(lines.map(lineOf), limit, ({ seq }) => seq)
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/audit/verify',
      group: 'Access',
      summary: 'Whether the log is what was written. Note `head` elsewhere, and give it as ?noted= another time.',
      scope: 'admin',
      query: z.object({ noted: z.string().optional() }),
      replies: {
        200: z.union([
          z.object({ kind: z.literal('intact'), lines: z.number(), head: z.string() }),
          z.object({ kind: z.literal('broken'), seq: z.number(), why: z.string() }),
        ]),
      },
      handle: ({ query: { noted } }) => access.audit.verify(noted),
    }),
  ]
}

function lineOf({ at, ...rest }: ActRecord): z.output<typeof line> {
  return { ...rest, at: iso(at) }
}

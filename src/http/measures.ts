/**
 * Measures over HTTP: scores of runs that come from outside, often later.
 */
import { z } from 'zod'
import type { MeasureRecord } from '../index.ts'
import { iso, list, listOf } from './documents.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint, limitOf } from './endpoint.ts'

const measure = z.object({
  seq: z.number(),
  id: z.string(),
  run: z.string(),
  path: z.string().optional(),
  flow: z.string(),
  release: z.string().optional(),
  segment: z.string().optional(),
  name: z.string(),
  value: z.number(),
  at: z.iso.datetime(),
  origin: z.string(),
  by: z.string().optional(),
  why: z.string().optional(),
})

export function measureEndpoints({ rondo: { measures } }: Door): Endpoint[] {
  const place = z.coerce.number().int().min(0).default(0)
  return [
    endpoint({
      method: 'post',
      path: '/api/runs/:id/measures',
      group: 'Runs',
      summary: 'Keeps a score from 0 to 1 of the run, or of a step of it. The same id again changes nothing.',
      scope: 'operate',
      body: z.object({
        name: z.string(),
        value: z.number(),
        path: z.string().optional(),
        at: z.coerce.date().optional(),
        id: z.string().optional(),
        segment: z.string().optional(),
        why: z.string().optional(),
        /** The caller’s own judgement, rather than a program’s. */
        person: z.boolean().optional(),
      }),
      replies: { 200: measure },
      handle: async ({ param, body, principal }) => {
        const { name, value, path, at, id, segment, why, person } = body
        const kept = await measures.add({
          run: param('id'),
          name,
          value,
          by: principal.name,
          ...(path !== undefined && { path }),
          ...(at !== undefined && { at }),
          ...(id !== undefined && { id }),
          ...(segment !== undefined && { segment }),
          ...(why !== undefined && { why }),
          ...(person !== undefined && { person }),
        })
        return measureOf(kept)
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/runs/:id/measures',
      group: 'Runs',
      summary: 'The scores of the run.',
      scope: 'read',
      query: z.object({ after: place, limit: limitOf(100, 1000) }),
      replies: { 200: listOf(measure) },
      handle: async ({ param, query: { after, limit } }) =>
        list((await measures.list({ run: param('id'), after, limit })).map(measureOf), limit, ({ seq }) => seq),
    }),
    endpoint({
      method: 'get',
      path: '/api/measures',
      group: 'Cases',
      summary: 'Scores, in the order in which they came.',
      scope: 'read',
      query: z.object({
        name: z.string().optional(),
        flow: z.string().optional(),
        release: z.string().optional(),
        segment: z.string().optional(),
        after: place,
        limit: limitOf(100, 1000),
      }),
      replies: { 200: listOf(measure) },
      handle: async ({ query: { name, flow, release, segment, after, limit } }) => {
        const filter = {
          ...(name !== undefined && { name }),
          ...(flow !== undefined && { flow }),
          ...(release !== undefined && { release }),
          ...(segment !== undefined && { segment }),
        }
        return list((await measures.list({ ...filter, after, limit })).map(measureOf), limit, ({ seq }) => seq)
      },
    }),
  ]
}

function measureOf(one: MeasureRecord): z.output<typeof measure> {
  return { ...one, at: iso(one.at) }
}

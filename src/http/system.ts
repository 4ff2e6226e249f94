/**
 * The system itself over HTTP, and who one is in it; and whether it lives, for those who watch machines.
 */
import { z } from 'zod'
import { iso } from './documents.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint } from './endpoint.ts'
import { tellSystem } from './live.ts'
import type { Metrics } from './metrics.ts'

export function systemEndpoints(door: Door, metrics: Metrics): Endpoint[] {
  const { rondo } = door
  return [
    endpoint({
      method: 'get',
      path: '/api/me',
      group: 'System',
      summary: 'Who the caller is, and what this credential of theirs may be used for.',
      scope: 'read',
      replies: {
        200: z.object({
          name: z.string(),
          roles: z.array(z.string()),
          scopes: z.array(z.string()),
          /** Where there is one to sign out of: POST /logout. */
          session: z.string().optional(),
        }),
      },
      handle: ({ principal: { name, roles, scopes, session } }) => ({ name, roles, scopes, ...(session !== undefined && { session }) }),
    }),
    endpoint({
      method: 'get',
      path: '/api/system',
      group: 'System',
      summary: 'Versions, what is registered, and how many runs stand in which status.',
      scope: 'read',
      replies: {
        200: z.object({
          version: z.string(),
          node: z.string(),
          startedAt: z.iso.datetime(),
          flows: z.array(z.string()),
          decisions: z.array(z.string()),
          runs: z.record(z.string(), z.number()),
          inboxOpen: z.number(),
          /** What models cost since this server started, in millionths of a dollar. */
          microUsd: z.number(),
          tokens: z.number(),
        }),
      },
      handle: async () => {
        const runs: Record<string, number> = {}
        for (const { status, count } of await rondo.store.runs.count()) runs[status] = (runs[status] ?? 0) + count
        const { microUsd, tokens } = metrics.spent
        return {
          version: door.version,
          node: process.version,
          startedAt: iso(door.startedAt),
          flows: [...rondo.flows.keys()],
          decisions: [...rondo.decisions.keys()],
          runs,
          inboxOpen: await rondo.inbox.count(),
          microUsd,
          tokens,
        }
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/events',
      group: 'System',
      summary: 'What happens, as server-sent events: run, inbox, entry, prompt. Small, live only: read anew what is shown.',
      scope: 'read',
      replies: { 200: 'text/event-stream' },
      handle: ({ context }) => {
        const flowOf = async (run: string): Promise<string | undefined> => (await rondo.runs.get(run))?.flow
        const others = door.hear.bind(door)
        return door.stream(context, (stream) => tellSystem({ ...door, startedAt: iso(door.startedAt), flowOf, others }, stream))
      },
    }),
    endpoint({
      method: 'get',
      path: '/metrics',
      group: 'System',
      summary: 'Metrics for Prometheus.',
      scope: 'read',
      replies: { 200: 'text/plain' },
      handle: async () => new Response(await metrics.text(), { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } }),
    }),
  ]
}

/**
 * Runs over HTTP: reading them, asking something of them, and following them.
 */
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import type { RunRecord } from '../index.ts'
import {
  entryDocument,
  entryOf,
  fromWire,
  itemDocument,
  itemOf,
  list,
  listOf,
  resultDocument,
  resultOf,
  runDocument,
  runOf,
  runStatus,
} from './documents.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint, limitOf, names } from './endpoint.ts'
import { waitOf, waitQuery } from './flows.ts'
import { SETTLED } from './pulse.ts'
import { placeOf, tellRun } from './run-events.ts'
import { searchRuns } from './run-search.ts'

const place = z.coerce.number().int().min(0).optional()
const statuses = names.pipe(z.array(runStatus)).optional()
const reasonBody = z.object({ reason: z.string().max(2000).optional() })

export function runEndpoints(door: Door): Endpoint[] {
  return [...reading(door), ...asking(door)]
}

function reading(door: Door): Endpoint[] {
  const { rondo } = door
  return [
    endpoint({
      method: 'get',
      path: '/api/runs',
      group: 'Runs',
      summary: 'Runs, newest first. `q` looks in id, key, input, output and error; a search that has looked at many goes on at `next`.',
      scope: 'read',
      query: z.object({
        flow: z.string().optional(),
        status: statuses,
        parent: z.string().optional(),
        q: z.string().max(500).optional(),
        before: z.string().optional(),
        limit: limitOf(50, 1000),
      }),
      replies: { 200: listOf(runDocument) },
      handle: async ({ query: { flow, status, parent, q, before, limit } }) => {
        const filter = {
          ...(flow !== undefined && { flow }),
          ...(status !== undefined && { status }),
          ...(parent !== undefined && { parent }),
          ...(before !== undefined && { before }),
        }
        if (q === undefined || q === '') return list((await rondo.runs.list({ ...filter, limit })).map(runOf), limit, ({ id }) => id)
        const { found, next } = await searchRuns(rondo, filter, q, limit)
        return { items: found.map(runOf), ...(next !== undefined && { next }) }
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/runs/:id',
      group: 'Runs',
      summary: 'A run as it stands.',
      scope: 'read',
      replies: { 200: runDocument },
      handle: async ({ param }) => runOf(await known(door, param('id'))),
    }),
    endpoint({
      method: 'get',
      path: '/api/runs/:id/journal',
      group: 'Runs',
      summary: 'What the run did, in order: its journal, with all that was shown and known.',
      scope: 'read',
      query: z.object({ after: place, limit: limitOf(200, 1000) }),
      replies: { 200: listOf(entryDocument) },
      handle: async ({ param, query: { after = 0, limit } }) => {
        await known(door, param('id'))
        const entries = await rondo.runs.journal(param('id'), { after, limit })
        return list(
          entries.map((entry) => entryOf(entry, true)),
          limit,
          ({ seq }) => seq,
        )
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/runs/:id/result',
      group: 'Runs',
      summary: 'How the run came out; with ?wait= it is waited for. 202 while it goes on.',
      scope: 'read',
      query: waitQuery,
      replies: { 200: resultDocument, 202: resultDocument },
      handle: async ({ param, query, context }) => {
        const run = await door.pulse.settled(param('id'), waitOf(query.wait), door.until(context))
        if (run === undefined) throw unknown(param('id'))
        return context.json(resultOf(run), SETTLED.includes(run.status) ? 200 : 202)
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/runs/:id/reviews',
      group: 'Runs',
      summary: 'The questions this run put to people, whatever became of them.',
      scope: 'read',
      replies: { 200: listOf(itemDocument) },
      handle: async ({ param }) => {
        const run = param('id')
        await known(door, run)
        const states = (['open', 'settled', 'taken', 'closed', 'early'] as const).map((state) =>
          rondo.inbox.list({ run, state, limit: 500 }),
        )
        return { items: (await Promise.all(states)).flat().map(itemOf) }
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/runs/:id/events',
      group: 'Runs',
      summary:
        'The run as server-sent events: entry, status, delta, progress, end. Rejoin with Last-Event-ID or ?after=; no entry is lost or repeated.',
      scope: 'read',
      query: z.object({ after: place, full: z.stringbool().optional() }),
      replies: { 200: 'text/event-stream' },
      handle: async ({ param, query, context }) => {
        const run = param('id')
        await known(door, run)
        const after = placeOf(context, query.after)
        return door.stream(context, (stream) => tellRun({ ...door, run, after, full: query.full ?? false }, stream))
      },
    }),
  ]
}

function asking(door: Door): Endpoint[] {
  const { runs } = door.rondo
  const ask = (what: string, summary: string, act: (id: string, reason?: string) => Promise<RunRecord>): Endpoint =>
    endpoint({
      method: 'post',
      path: `/api/runs/:id/${what}`,
      group: 'Runs',
      summary,
      scope: 'operate',
      body: reasonBody,
      replies: { 200: runDocument },
      handle: async ({ param, body, principal }) => runOf(await act(param('id'), body.reason ?? `asked by ${principal.name}`)),
    })
  return [
    ask('cancel', 'Ends the run: what is under way is told to stop, open questions close, children are cancelled.', (id, reason) =>
      runs.cancel(id, reason),
    ),
    ask('pause', 'Holds the run at its next step.', (id, reason) => runs.pause(id, reason)),
    ask('resume', 'Lets a paused run go on.', (id) => runs.resume(id)),
    ask('retry', 'Tries a failed or stopped run again: what it did stands, the step that failed runs again.', (id) => runs.retry(id)),
    endpoint({
      method: 'post',
      path: '/api/runs/:id/signals/:topic',
      group: 'Runs',
      summary: 'Sends the run a signal; it waits until the run listens. The same id again changes nothing.',
      scope: 'run',
      body: z.object({ value: z.unknown().optional(), id: z.string().min(1).max(200).optional() }),
      replies: { 202: z.object({ delivered: z.boolean() }) },
      handle: async ({ param, body: { value, id }, context }) => {
        const delivered = await runs.signal(param('id'), param('topic'), fromWire(value), id === undefined ? {} : { id })
        return context.json({ delivered }, 202)
      },
    }),
  ]
}

export async function known({ rondo }: Pick<Door, 'rondo'>, id: string): Promise<RunRecord> {
  const run = await rondo.runs.get(id)
  if (run === undefined) throw unknown(id)
  return run
}

function unknown(id: string): RondoError {
  return new RondoError('run_unknown', `There is no run "${id}".`, { details: { run: id } })
}

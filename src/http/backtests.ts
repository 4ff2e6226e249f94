/**
 * Backtests over HTTP: started, watched, stopped, and their reports read.
 */
import { z } from 'zod'
import { Backtests, backtestDocument, estimateDocument, fullDocument, MOST_LISTED, order } from './backtest-jobs.ts'
import { listOf } from './documents.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint, limitOf } from './endpoint.ts'

export function backtestEndpoints(door: Door): Endpoint[] {
  const backtests = new Backtests(door)
  return [
    endpoint({
      method: 'post',
      path: '/api/backtests',
      group: 'Backtests',
      summary:
        'Tries a change on recorded runs, within a budget; nothing that changes the world runs. With `estimateOnly`: what it would cost.',
      scope: 'edit',
      body: order,
      replies: { 200: estimateDocument, 202: backtestDocument },
      handle: async ({ body, principal, context }) =>
        body.estimateOnly === true ? backtests.estimate(body) : context.json(await backtests.start(body, principal.name), 202),
    }),
    endpoint({
      method: 'get',
      path: '/api/backtests',
      group: 'Backtests',
      summary: 'Backtests, newest first.',
      scope: 'read',
      query: z.object({ limit: limitOf(50, MOST_LISTED) }),
      replies: { 200: listOf(backtestDocument) },
      handle: async ({ query: { limit } }) => ({ items: (await backtests.all()).slice(0, limit) }),
    }),
    endpoint({
      method: 'get',
      path: '/api/backtests/:id',
      group: 'Backtests',
      summary: 'A backtest: how far it is, and once it is done its report.',
      scope: 'read',
      replies: { 200: fullDocument },
      handle: ({ param }) => backtests.get(param('id')),
    }),
    endpoint({
      method: 'get',
      path: '/api/backtests/:id/events',
      group: 'Backtests',
      summary: 'A backtest as server-sent events: estimate, run, then end. What was told before is in the backtest itself.',
      scope: 'read',
      replies: { 200: 'text/event-stream' },
      handle: async ({ param, context }) => {
        const id = param('id')
        await backtests.get(id)
        return door.stream(context, (stream) => backtests.tell(id, stream))
      },
    }),
    endpoint({
      method: 'post',
      path: '/api/backtests/:id/stop',
      group: 'Backtests',
      summary: 'Begins no further run; those under way end, and the report says how far it came.',
      scope: 'edit',
      body: z.object({}),
      replies: { 200: backtestDocument },
      handle: ({ param }) => backtests.stop(param('id')),
    }),
  ]
}

/**
 * What somebody does about themselves over HTTP: their password, and the browsers they are signed in with.
 */
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import { actorOf } from './actor.ts'
import { iso, listOf } from './documents.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint } from './endpoint.ts'

const sessionDocument = z.object({
  id: z.string(),
  /** It is the one that asks. */
  current: z.boolean(),
  way: z.enum(['password', 'openid']),
  from: z.string().optional(),
  createdAt: z.iso.datetime(),
  seenAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
})

export function ownEndpoints({ rondo: { access }, clock }: Door): Endpoint[] {
  return [
    endpoint({
      method: 'post',
      path: '/api/me/password',
      group: 'Access',
      summary: 'Changes one’s own password; that ends one’s other sessions. A wrong current one counts as an attempt to sign in.',
      scope: 'account',
      body: z.object({ current: z.string().max(1000), password: z.string().max(1000) }),
      replies: { 200: z.object({ name: z.string() }) },
      handle: async (request) => {
        const { principal, body, context } = request
        const { from } = context.get('arrival')
        if (!(await access.signIn.isPassword(principal.name, body.current, from, clock.now())))
          throw new RondoError('sign_in_refused', 'This is not the current password.')
        const { name } = await access.users.setPassword(actorOf(request), principal.name, body.password, principal.session)
        return { name }
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/me/sessions',
      group: 'Access',
      summary: 'Where one is signed in.',
      scope: 'account',
      replies: { 200: listOf(sessionDocument) },
      handle: async ({ principal }) => {
        const sessions = await access.sessions.list(principal.name, clock.now())
        const items = sessions.map(({ id, way, from, createdAt, seenAt, endsAt }) => ({
          id,
          current: id === principal.session,
          way,
          ...(from !== undefined && { from }),
          createdAt: iso(createdAt),
          seenAt: iso(seenAt),
          endsAt: iso(endsAt),
        }))
        return { items }
      },
    }),
    endpoint({
      method: 'post',
      path: '/api/me/sessions/:id/end',
      group: 'Access',
      summary: 'Signs out elsewhere.',
      scope: 'account',
      replies: { 200: z.object({ ended: z.string() }) },
      handle: async (request) => {
        await access.sessions.end(actorOf(request), request.principal.name, request.param('id'))
        return { ended: request.param('id') }
      },
    }),
  ]
}

/**
 * Tokens over HTTP: one's own, and for administrators everybody's.
 */
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import { milliseconds, type Token } from '../index.ts'
import type { Principal } from './access.ts'
import { actorOf } from './actor.ts'
import { iso, listOf } from './documents.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint } from './endpoint.ts'

const tokenDocument = z.object({
  id: z.string(),
  user: z.string(),
  label: z.string(),
  scopes: z.array(z.string()),
  createdAt: z.iso.datetime(),
  endsAt: z.iso.datetime().optional(),
  /** To within some minutes. */
  usedAt: z.iso.datetime().optional(),
  revokedAt: z.iso.datetime().optional(),
})

export function tokenEndpoints({ rondo: { access } }: Door): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/api/tokens',
      group: 'Access',
      summary: 'One’s own tokens, oldest first; with ?user= those of another, with ?user=* all (administrators).',
      scope: 'account',
      query: z.object({ user: z.string().optional() }),
      replies: { 200: listOf(tokenDocument) },
      handle: async ({ query: { user }, principal }) => {
        const whose = user ?? principal.name
        if (whose !== principal.name) needAdmin(principal)
        return { items: (await access.tokens.list(whose === '*' ? undefined : whose)).map(tokenOf) }
      },
    }),
    endpoint({
      method: 'post',
      path: '/api/tokens',
      group: 'Access',
      summary: 'A new token, which may do no more than the credential it is made with. `secret` is shown here and never again.',
      scope: 'account',
      body: z.object({
        label: z.string(),
        scopes: z.array(z.string()),
        /** How long it lasts, as in `90d`; for good, unless given. */
        within: z.union([z.string(), z.number()]).optional(),
        /** Another user, for administrators. */
        user: z.string().optional(),
      }),
      replies: { 201: tokenDocument.extend({ secret: z.string() }) },
      handle: async (request) => {
        const { principal, body, context } = request
        const { label, scopes, within, user = principal.name } = body
        if (user !== principal.name) needAdmin(principal)
        const lasting = within === undefined ? {} : { lastsMs: milliseconds(within) }
        const { token, secret } = await access.tokens.create(actorOf(request), user, { label, scopes, ...lasting }, principal.scopes)
        return context.json({ ...tokenOf(token), secret }, 201)
      },
    }),
    endpoint({
      method: 'post',
      path: '/api/tokens/:id/revoke',
      group: 'Access',
      summary: 'Ends a token at once: one’s own, or for administrators anybody’s.',
      scope: 'account',
      replies: { 200: tokenDocument },
      handle: async (request) => {
        const { principal, param } = request
        const owner = isAdmin(principal) ? undefined : principal.name
        return tokenOf(await access.tokens.revoke(actorOf(request), param('id'), owner))
      },
    }),
  ]
}

function isAdmin({ scopes }: Principal): boolean {
  return scopes.includes('*') || scopes.includes('admin')
}

function needAdmin(principal: Principal): void {
  if (!isAdmin(principal))
    throw new RondoError('scope_missing', 'The tokens of others are for administrators.', { details: { scope: 'admin' } })
}

function tokenOf({ createdAt, endsAt, usedAt, revokedAt, ...token }: Token): z.output<typeof tokenDocument> {
  return {
    ...token,
    scopes: [...token.scopes],
    createdAt: iso(createdAt),
    ...(endsAt !== undefined && { endsAt: iso(endsAt) }),
    ...(usedAt !== undefined && { usedAt: iso(usedAt) }),
    ...(revokedAt !== undefined && { revokedAt: iso(revokedAt) }),
  }
}

/**
 * Users over HTTP, for administrators. Passwords go in and never come out.
 */
import { z } from 'zod'
import { USER_ROLES, type User } from '../index.ts'
import { actorOf } from './actor.ts'
import { iso, listOf } from './documents.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint } from './endpoint.ts'

const role = z.enum(USER_ROLES as readonly [User['role'], ...User['role'][]])
const reviews = z.array(z.string())
const password = z.string().max(1000)

const userDocument = z.object({
  name: z.string(),
  role,
  /** The roles whose questions they may answer; `*` is every one. */
  reviews,
  signsInBy: z.enum(['password', 'openid', 'nothing']),
  createdAt: z.iso.datetime(),
  disabledAt: z.iso.datetime().optional(),
})

export function userEndpoints({ rondo: { access } }: Door): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/api/users',
      group: 'Access',
      summary: 'Who there is, and what they may do.',
      scope: 'admin',
      replies: { 200: listOf(userDocument) },
      handle: async () => ({ items: (await access.users.list()).map(userOf) }),
    }),
    endpoint({
      method: 'post',
      path: '/api/users',
      group: 'Access',
      summary: 'Adds a user. Without a password they sign in once one is set.',
      scope: 'admin',
      body: z.object({ name: z.string(), role, reviews: reviews.optional(), password: password.optional() }),
      replies: { 201: userDocument },
      handle: async (request) => {
        const { name, role, reviews, password } = request.body
        const given = { name, role, ...(reviews !== undefined && { reviews }), ...(password !== undefined && { password }) }
        return request.context.json(userOf(await access.users.create(actorOf(request), given)), 201)
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/users/:name',
      group: 'Access',
      summary: 'A user.',
      scope: 'admin',
      replies: { 200: userDocument },
      handle: async ({ param }) => userOf(await access.users.get(param('name'))),
    }),
    endpoint({
      method: 'put',
      path: '/api/users/:name',
      group: 'Access',
      summary: 'Changes what a user may do, or whether they may come in at all; that ends their sessions.',
      scope: 'admin',
      body: z.object({ role: role.optional(), reviews: reviews.optional(), disabled: z.boolean().optional() }),
      replies: { 200: userDocument },
      handle: async (request) => {
        const { role, reviews, disabled } = request.body
        const change = {
          ...(role !== undefined && { role }),
          ...(reviews !== undefined && { reviews }),
          ...(disabled !== undefined && { disabled }),
        }
        return userOf(await access.users.change(actorOf(request), request.param('name'), change))
      },
    }),
    endpoint({
      method: 'post',
      path: '/api/users/:name/password',
      group: 'Access',
      summary: 'Sets a user’s password; that ends their sessions.',
      scope: 'admin',
      body: z.object({ password }),
      replies: { 200: userDocument },
      handle: async (request) =>
        userOf(await access.users.setPassword(actorOf(request), request.param('name'), request.body.password, request.principal.session)),
    }),
  ]
}

function userOf({ createdAt, disabledAt, ...user }: User): z.output<typeof userDocument> {
  return {
    ...user,
    reviews: [...user.reviews],
    createdAt: iso(createdAt),
    ...(disabledAt !== undefined && { disabledAt: iso(disabledAt) }),
  }
}

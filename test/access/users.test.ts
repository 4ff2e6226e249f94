/**
 * Users, tokens and sessions: what is kept of them, and what they may do.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder } from '../http/stage.ts'
import { ADMIN, accessStage, PASSWORD, signIn } from './stage.ts'

test('neither a password nor a token nor a cookie stands in the database', async () => {
  const database = join(folder(), 'rondo.db')
  const stage = await accessStage({ database })
  const secret = await stage.token('root')
  const { cookie } = await signIn(stage, 'root')
  expect(secret).toMatch(/^rondo_[\w-]{43}$/)
  await stage.rondo.close()
  const bytes = Buffer.concat(['', '-wal'].flatMap((end) => (end === '' ? [readFileSync(database + end)] : [])))
  for (const text of [PASSWORD, secret, secret.slice(6), cookie.split('=')[1] ?? '-']) expect(bytes.includes(text)).toBe(false)
  expect(bytes.includes('scrypt$1024$8$1$')).toBe(true)
})

test('names are one whatever their case, taken once, and must look like names', async () => {
  const { rondo } = await accessStage()
  const { users } = rondo.access
  expect(await users.create(ADMIN, { name: ' Ann@Example.org ', role: 'viewer' })).toMatchObject({
    name: 'ann@example.org',
    signsInBy: 'nothing',
  })
  await expect(users.create(ADMIN, { name: 'ann@example.org', role: 'admin' })).rejects.toMatchObject({ code: 'user_taken' })
  for (const name of ['', ' ', 'a b', 'a\nb', '<b>', '-x', 'x'.repeat(101)])
    await expect(users.create(ADMIN, { name, role: 'viewer' })).rejects.toMatchObject({ code: 'invalid_input' })
  for (const password of ['short', 'aaaaaaaaaaaaaa', 'x'.repeat(300)])
    await expect(users.create(ADMIN, { name: 'bob', role: 'viewer', password })).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(users.create(ADMIN, { name: 'bob', role: 'root' as 'admin' })).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(users.get('nobody')).rejects.toMatchObject({ code: 'user_unknown' })
})

test('there is always an administrator, also when two take each other’s place at once', async () => {
  const { rondo, add } = await accessStage()
  const { users } = rondo.access
  await expect(users.change(ADMIN, 'root', { role: 'viewer' })).rejects.toMatchObject({ code: 'last_admin' })
  await expect(users.change(ADMIN, 'root', { disabled: true })).rejects.toMatchObject({ code: 'last_admin' })
  await add('ann', 'admin')
  const both = await Promise.allSettled([users.change(ADMIN, 'root', { role: 'viewer' }), users.change(ADMIN, 'ann', { disabled: true })])
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
})

test('who is disabled is out at once, by session and by token; enabled again, the token works and the session does not', async () => {
  const stage = await accessStage()
  await stage.add('ann', 'operator')
  const token = await stage.token('ann')
  const { cookie } = await signIn(stage, 'ann')
  const statuses = async (): Promise<number[]> => [
    (await stage.ask('/api/me', { token })).status,
    (await stage.ask('/api/me', { headers: { cookie } })).status,
    (await signIn(stage, 'ann')).status,
  ]
  expect(await statuses()).toEqual([200, 200, 200])
  await stage.rondo.access.users.change(ADMIN, 'ann', { disabled: true })
  expect(await statuses()).toEqual([401, 401, 401])
  await stage.rondo.access.users.change(ADMIN, 'ann', { disabled: false })
  expect(await statuses()).toEqual([200, 401, 200])
})

test('a token may do what it was made for, as far as its user may do it today', async () => {
  const stage = await accessStage()
  await stage.add('ann', 'operator', ['desk'])
  const token = await stage.token('ann', ['read', 'answer', 'operate'])
  const me = async (): Promise<unknown> => (await stage.ask('/api/me', { token })).body
  expect(await me()).toEqual({ name: 'ann', roles: ['desk', 'operator'], scopes: ['read', 'operate', 'answer'] })
  await stage.rondo.access.users.change(ADMIN, 'ann', { role: 'reviewer' })
  expect(await me()).toEqual({ name: 'ann', roles: ['desk'], scopes: ['read', 'answer'] })
  await stage.rondo.access.users.change(ADMIN, 'ann', { role: 'viewer' })
  expect(await me()).toEqual({ name: 'ann', roles: [], scopes: ['read'] })
})

test('a token ends when it was said to, and when it is revoked', async () => {
  const stage = await accessStage()
  const made = await stage.ask('/api/tokens', { token: await stage.token('root'), json: { label: 'ci', scopes: ['read'], within: '1h' } })
  expect(made.status).toBe(201)
  const { secret, id } = made.body as { secret: string; id: string }
  const status = async (): Promise<number> => (await stage.ask('/api/me', { token: secret })).status
  expect(await status()).toBe(200)
  stage.clock.advance(3_600_000)
  expect(await status()).toBe(401)
  const lasting = await stage.token('root')
  const other = (await stage.rondo.access.tokens.list('root')).find((token) => token.id === id)
  expect(other).toMatchObject({ id, usedAt: stage.clock.now() - 3_600_000 })
  const [last] = (await stage.rondo.access.tokens.list('root')).slice(-1)
  expect((await stage.ask(`/api/tokens/${last?.id}/revoke`, { token: lasting, method: 'POST' })).status).toBe(200)
  expect((await stage.ask('/api/me', { token: lasting })).status).toBe(401)
})

test('nobody makes a token that may do more than they, or for somebody else, or reads those of others', async () => {
  const stage = await accessStage()
  await stage.add('ann', 'operator')
  await stage.add('bob', 'viewer')
  const ann = await stage.token('ann')
  const narrow = await stage.token('ann', ['read', 'account'])
  const make = async (token: string, json: object): Promise<number> =>
    (await stage.ask('/api/tokens', { token, json: { label: 'x', ...json } })).status
  expect(await make(ann, { scopes: ['read', 'run'] })).toBe(201)
  expect(await make(ann, { scopes: ['admin'] })).toBe(403)
  expect(await make(ann, { scopes: ['*'] })).toBe(403)
  expect(await make(narrow, { scopes: ['run'] })).toBe(403)
  expect(await make(narrow, { scopes: ['read'] })).toBe(201)
  expect(await make(await stage.token('ann', ['read']), { scopes: ['read'] })).toBe(403)
  expect(await make(ann, { scopes: ['read'], user: 'bob' })).toBe(403)
  expect(await make(ann, { scopes: ['everything'] })).toBe(400)
  expect(await make(ann, { scopes: [] })).toBe(400)
  for (const user of ['bob', '*']) expect((await stage.ask(`/api/tokens?user=${user}`, { token: ann })).status).toBe(403)
  const bobs = await stage.token('bob')
  const [{ id } = { id: '' }] = await stage.rondo.access.tokens.list('bob')
  expect(await stage.ask(`/api/tokens/${id}/revoke`, { token: ann, method: 'POST' })).toMatchObject({ status: 404 })
  expect((await stage.ask('/api/me', { token: bobs })).status).toBe(200)
  const listed = await stage.ask('/api/tokens', { token: ann })
  expect(JSON.stringify(listed.body)).not.toMatch(/hash|secret|rondo_/)
})

test('a session ends when nobody uses it, and at the latest when it was set to; using it keeps it', async () => {
  const stage = await accessStage({ access: { sessions: { idle: '1h', longest: '3h' } } })
  const idle = (await signIn(stage, 'root')).cookie
  const used = (await signIn(stage, 'root')).cookie
  const status = async (cookie: string): Promise<number> => (await stage.ask('/api/me', { headers: { cookie } })).status
  stage.clock.advance(50 * 60_000)
  expect(await status(used)).toBe(200)
  stage.clock.advance(50 * 60_000)
  expect([await status(idle), await status(used)]).toEqual([401, 200])
  stage.clock.advance(50 * 60_000)
  expect(await status(used)).toBe(200)
  stage.clock.advance(40 * 60_000)
  expect(await status(used)).toBe(401)
})

test('a new password ends the other sessions, one’s own stays; the old one must be known', async () => {
  const stage = await accessStage()
  const here = (await signIn(stage, 'root')).cookie
  const there = (await signIn(stage, 'root')).cookie
  const change = (current: string) =>
    stage.ask('/api/me/password', { json: { current, password: 'four other plain words' }, headers: { cookie: here, origin: stage.url } })
  expect(await change('not the password')).toMatchObject({ status: 403, body: { error: { code: 'sign_in_refused' } } })
  expect(await change(PASSWORD)).toMatchObject({ status: 200 })
  const statuses = await Promise.all([here, there].map(async (cookie) => (await stage.ask('/api/me', { headers: { cookie } })).status))
  expect(statuses).toEqual([200, 401])
  expect([(await signIn(stage, 'root')).status, (await signIn(stage, 'root', 'four other plain words')).status]).toEqual([401, 200])
})

test('one’s sessions can be seen and ended, others’ cannot', async () => {
  const stage = await accessStage()
  await stage.add('ann', 'viewer')
  const here = { cookie: (await signIn(stage, 'ann')).cookie, origin: stage.url }
  stage.clock.advance(1)
  await signIn(stage, 'ann')
  await signIn(stage, 'root')
  const { body } = await stage.ask('/api/me/sessions', { headers: here })
  expect(body).toMatchObject({ items: [{ current: true, way: 'password', from: '127.0.0.1' }, { current: false }] })
  const { items } = body as { items: { id: string }[] }
  const end = async (id: string): Promise<number> =>
    (await stage.ask(`/api/me/sessions/${id}/end`, { method: 'POST', headers: here })).status
  const [roots] = await stage.rondo.access.sessions.list('root', stage.clock.now())
  expect([await end(roots?.id ?? ''), await end(items[1]?.id ?? ''), await end(items[1]?.id ?? '')]).toEqual([404, 200, 404])
  expect(await end(items[0]?.id ?? '')).toBe(200)
  expect((await stage.ask('/api/me', { headers: here })).status).toBe(401)
})

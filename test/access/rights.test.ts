/**
 * Who may do what: every endpoint there is, walked as every role and with every scope, on the one table of grants.
 */
import { expect, test } from 'vitest'
import { httpApp } from '../../src/http.ts'
import { USER_ROLES, type UserRole } from '../../src/index.ts'
import { atEnd } from '../http/stage.ts'
import { type AccessStage, ADMIN, accessStage, GRANTED, signIn } from './stage.ts'

interface Route {
  readonly method: string
  readonly path: string
  readonly scope: string
}

/** Every route of the app, with the scope the document says it needs. What is in no document is listed by hand. */
function routesOf(stage: AccessStage): Route[] {
  const paths = Object.entries(stage.served.app.openApi.paths)
  return paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const scope = /`(\w+)`/.exec(operation.description ?? '')?.[1] ?? ''
      return { method: method.toUpperCase(), path: path.replaceAll(/\{\w+\}/g, 'x'), scope }
    }),
  )
}

async function statusOf(stage: AccessStage, { method, path }: Route, token: string | false): Promise<number> {
  const stop = new AbortController()
  const response = await fetch(`${stage.url}${path}`, {
    method,
    signal: stop.signal,
    headers: {
      ...(token !== false && { authorization: `Bearer ${token}` }),
      ...(method !== 'GET' && { 'content-type': 'application/json' }),
    },
    ...(method !== 'GET' && { body: '{}' }),
  })
  // Some never end: they are streams.
  stop.abort()
  return response.status
}

test('every route lets in exactly the roles the table grants it to', async () => {
  const stage = await accessStage()
  const routes = routesOf(stage)
  expect(routes.length).toBeGreaterThan(50)
  const tokens = new Map<UserRole, string>()
  for (const role of USER_ROLES) {
    await stage.add(`a-${role}`, role)
    tokens.set(role, await stage.token(`a-${role}`))
  }
  const wrong: string[] = []
  for (const route of routes) {
    expect(GRANTED.admin).toContain(route.scope)
    if ((await statusOf(stage, route, false)) !== 401) wrong.push(`nobody ${route.method} ${route.path}`)
    for (const [role, token] of tokens) {
      const refused = (await statusOf(stage, route, token)) === 403
      if (refused === GRANTED[role].includes(route.scope)) wrong.push(`${role} ${route.method} ${route.path}`)
    }
  }
  expect(wrong).toEqual([])
})

test('a token of an administrator with one scope gets in where that scope is needed, and nowhere else', async () => {
  const stage = await accessStage()
  const routes = routesOf(stage)
  const wrong: string[] = []
  for (const scope of GRANTED.admin) {
    const token = await stage.token('root', [scope])
    for (const route of routes) {
      const refused = (await statusOf(stage, route, token)) === 403
      if (refused !== (route.scope !== scope)) wrong.push(`${scope}: ${route.method} ${route.path}`)
    }
  }
  expect(wrong).toEqual([])
})

test('what lies beside the endpoints lets nobody in either', async () => {
  const stage = await accessStage()
  for (const path of ['/openapi.json', '/docs', '/metrics', '/api/audit', '/api/audit/verify', '/api/users'])
    expect([path, (await stage.ask(path)).status]).toEqual([path, 401])
})

test('a reviewer answers for their own roles, and for no others', async () => {
  const stage = await accessStage()
  await stage.add('ann', 'reviewer', ['desk'])
  await stage.add('bob', 'reviewer', ['lead'])
  await stage.add('cy', 'viewer', ['desk'])
  const { id } = await stage.rondo.runs.start('approval', { text: 'hello' })
  await stage.rondo.idle()
  const question = encodeURIComponent(`${id}:approve`)
  const seen = async (name: string): Promise<number> => {
    const { body } = await stage.ask('/api/inbox', { token: await stage.token(name) })
    return (body as { items: unknown[] }).items.length
  }
  expect([await seen('ann'), await seen('bob'), await seen('cy')]).toEqual([1, 0, 0])
  const accept = async (name: string): Promise<unknown> => {
    const { cookie } = await signIn(stage, name)
    const { status, body } = await stage.ask(`/api/inbox/${question}/accept`, {
      json: { by: 'root' },
      headers: { cookie, origin: stage.url },
    })
    return status === 200 ? (body as { answers: { by: string }[] }).answers[0]?.by : status
  }
  expect([await accept('cy'), await accept('bob'), await accept('ann')]).toEqual([403, 403, 'ann'])
})

test('an endpoint that changes something and has no name for the audit log does not come to be', async () => {
  const stage = await accessStage()
  const app = httpApp(stage.rondo, { authenticator: { authenticate: () => undefined }, console: false })
  atEnd(() => app.stop())
  const { endpoint } = await import('../../src/http/endpoint.ts')
  const made = () =>
    endpoint({ method: 'post', path: '/api/new', group: 'x', summary: 'x', scope: 'read', replies: {}, handle: () => null })
  expect(made).toThrow(/no name for the audit log/)
})

test('a stream that is open ends soon after its reader may read no more', async () => {
  const stage = await accessStage()
  await stage.rondo.runs.start('approval', { text: 'a' }, { id: 'r1' })
  await stage.add('vic', 'viewer')
  await stage.add('ops', 'operator')
  await stage.add('cy', 'viewer')
  const open = async (path: string, headers: Record<string, string>): Promise<() => boolean> => {
    const response = await fetch(`${stage.url}${path}`, { headers })
    expect(response.status).toBe(200)
    let over = false
    response.body
      ?.pipeTo(new WritableStream())
      .catch(() => undefined)
      .finally(() => {
        over = true
      })
    return () => over
  }
  const token = await stage.token('ops', ['read'])
  const byToken = await open('/api/runs/r1/events?full=1', { authorization: `Bearer ${token}` })
  const bySession = await open('/api/events', { cookie: (await signIn(stage, 'vic')).cookie })
  const staying = await open('/api/events', { cookie: (await signIn(stage, 'cy')).cookie })
  const [{ id } = { id: '' }] = await stage.rondo.access.tokens.list('ops')
  stage.clock.advance(5000)
  expect([byToken(), bySession()]).toEqual([false, false])
  await stage.rondo.access.tokens.revoke(ADMIN, id)
  await stage.rondo.access.users.change(ADMIN, 'vic', { disabled: true })
  await expect
    .poll(() => {
      stage.clock.advance(1000)
      return [byToken(), bySession()]
    })
    .toEqual([true, true])
  expect(staying()).toBe(false)
})

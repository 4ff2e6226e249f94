import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { httpApp, SCOPES, TokenAccess } from '../../src/http.ts'
import { folder, raw, stage, TOKEN } from './stage.ts'

const START = { path: '/api/flows/echo/runs', method: 'POST', headers: { 'content-type': 'application/json' } }
const codeOf = (body: string): unknown => JSON.parse(body).error.code

test('nobody gets in without the token, or with a wrong one', async () => {
  const { ask, rondo } = await stage()
  for (const token of [false, 'wrong', `${TOKEN}x`, ''] as const)
    for (const path of ['/api/runs', '/api/flows', '/api/inbox', '/v1/models', '/metrics', '/openapi.json', '/docs'])
      expect(await ask(path, { token })).toMatchObject({ status: 401, body: { error: { code: 'unauthenticated' } } })
  expect(await ask('/api/flows/echo/runs', { token: false, json: { input: { text: 'a' } } })).toMatchObject({ status: 401 })
  expect(await rondo.runs.list()).toEqual([])
  for (const path of ['/healthz', '/readyz'])
    expect(await ask(path, { token: false })).toMatchObject({ status: 200, body: { status: 'ok' } })
})

test('a link signs its first visitor in, once; the session is a cookie that no script reads and no other site sends', async () => {
  const { served, ask } = await stage()
  const link = served.link() ?? ''
  const first = await fetch(link)
  expect(first.status).toBe(200)
  const cookie = first.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/^rondo_session=[\w-]{40,}; Path=\/; HttpOnly; SameSite=Strict$/)
  expect((await fetch(link)).status).toBe(403)
  expect((await fetch(`${served.url}/login?code=`)).status).toBe(403)
  const [session = ''] = cookie.split(';')
  expect(await ask('/api/me', { token: false, headers: { cookie: session } })).toMatchObject({
    status: 200,
    body: { name: 'ann', roles: ['*'], scopes: ['*'] },
  })
  expect(await ask('/api/me', { token: false, headers: { cookie: `${session}x` } })).toMatchObject({ status: 401 })
  const json = { input: { text: 'a' } }
  const start = (headers: Record<string, string>): ReturnType<typeof ask> =>
    ask('/api/flows/echo/runs', { token: false, json, headers: { cookie: session, ...headers } })
  expect(await start({})).toMatchObject({ status: 403, body: { error: { code: 'origin_refused' } } })
  expect(await start({ origin: served.url })).toMatchObject({ status: 201 })
})

test('a page of another site is refused, whatever it carries, unless its origin was named', async () => {
  const { url, rondo } = await stage({}, { origins: ['https://desk.example.org'] })
  const body = JSON.stringify({ input: { text: 'a' } })
  for (const origin of ['https://evil.example', 'null', 'http://localhost:1', url.replace('http:', 'ftp:').replace(/\d+$/, '1')]) {
    const refused = await raw(url, { ...START, headers: { ...START.headers, origin }, body })
    expect([refused.status, codeOf(refused.body)]).toEqual([403, 'origin_refused'])
    expect((await raw(url, { path: '/api/runs', headers: { origin } })).status).toBe(403)
  }
  expect(await rondo.runs.list()).toEqual([])
  const named = await fetch(`${url}/api/runs`, { headers: { authorization: `Bearer ${TOKEN}`, origin: 'https://desk.example.org' } })
  expect([named.status, named.headers.get('access-control-allow-origin')]).toEqual([200, 'https://desk.example.org'])
  const asked = await raw(url, {
    path: '/api/runs',
    method: 'OPTIONS',
    headers: { origin: 'https://desk.example.org', 'access-control-request-method': 'POST' },
  })
  expect(asked.status).toBe(204)
  expect((await raw(url, { path: '/api/runs', method: 'OPTIONS', headers: { origin: 'https://evil.example' } })).status).toBe(403)
})

test('a name that somebody else points at this server is refused; addresses and its own names are not', async () => {
  const { url } = await stage({}, { hosts: ['rondo.example.org'] })
  const port = new URL(url).port
  const status = async (host: string): Promise<number> => (await raw(url, { path: '/api/runs', headers: { host } })).status
  for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.evil.example', 'rondo.example.org.evil'])
    expect([host, await status(host)]).toEqual([host, 403])
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'rondo.example.org', 'RONDO.example.org.'])
    expect([host, await status(host)]).toEqual([host, 200])
})

test('a body that is too large is refused, whether it says so or not, and no more of it is read', async () => {
  const { url, rondo } = await stage({}, { maxBody: 10_000 })
  const large = JSON.stringify({ input: { text: 'x'.repeat(10_000) } })
  const told = await raw(url, { ...START, headers: { ...START.headers, 'content-length': String(large.length) }, body: large })
  expect([told.status, codeOf(told.body)]).toEqual([413, 'body_too_large'])
  const untold = await raw(url, {
    ...START,
    headers: { ...START.headers, 'transfer-encoding': 'chunked' },
    body: large.match(/.{1,1000}/g) ?? [],
  })
  expect([untold.status, codeOf(untold.body)]).toEqual([413, 'body_too_large'])
  const chat = await raw(url, { ...START, path: '/v1/chat/completions', body: large })
  expect(chat.status).toBe(413)
  expect(await rondo.runs.list()).toEqual([])
})

test('what is no JSON, or does not say that it is, is refused', async () => {
  const { url, rondo, ask } = await stage()
  const input = '{"input":{"text":"a"}}'
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx', ''])
    expect([type, (await raw(url, { ...START, headers: type === '' ? {} : { 'content-type': type }, body: input })).status]).toEqual([
      type,
      415,
    ])
  const deep = `{"input":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  for (const body of ['{', '{"input":', 'null x', "{'a':1}", '\u0000', '[1,]', deep]) {
    const refused = await raw(url, { ...START, body })
    expect([refused.status, codeOf(refused.body)]).toEqual([400, 'body_malformed'])
  }
  for (const json of [[], 3, 'text', null, { input: {} }, { input: { text: 3 } }, { input: { text: 'a' }, id: 3 }])
    expect(await ask('/api/flows/echo/runs', { json })).toMatchObject({ status: 400, body: { error: { code: 'invalid_input' } } })
  expect(await ask('/api/flows/echo/runs', { json: { input: { text: 'a' }, id: 'a:b' } })).toMatchObject({ status: 400 })
  expect(await rondo.runs.list()).toEqual([])
  const polluting = await raw(url, { ...START, body: '{"input":{"text":"a","__proto__":{"polluted":true}}}' })
  expect(polluting.status).toBe(201)
  expect('polluted' in {}).toBe(false)
})

test('no path leads out of the console’s folder, or to what is not meant', async () => {
  const inside = folder()
  mkdirSync(join(inside, 'console', 'assets'), { recursive: true })
  writeFileSync(join(inside, 'secret.txt'), 'the secret')
  writeFileSync(join(inside, 'console', '.env'), 'the secret')
  writeFileSync(join(inside, 'console', 'index.html'), '<!doctype html><title>Console</title>')
  writeFileSync(join(inside, 'console', 'assets', 'app-0123abcd.js'), 'export {}')
  const { url } = await stage({}, { console: join(inside, 'console') })
  for (const path of [
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
    '/%252e%252e%252fsecret.txt',
    '/..\\secret.txt',
    '/..%5csecret.txt',
    '//secret.txt',
    '/secret.txt%00.js',
    '/.env',
    '/assets/../.env',
    '/%2eenv',
    '/%ff',
    `/${'a/'.repeat(3000)}../secret.txt`,
  ]) {
    const answer = await raw(url, { path })
    expect([path, answer.body.includes('the secret'), answer.status < 500]).toEqual([path, false, true])
  }
  for (const path of [
    '/api/../healthz',
    '/api/%2e%2e/api/nothing',
    '/api/runs/..%2f..%2fetc%2fpasswd',
    '/api/prompts/..%2f..%2fsecret',
    '/api/nothing',
    '/v1/nothing',
  ])
    expect([path, [200, 400, 404].includes((await raw(url, { path })).status)]).toEqual([path, true])
  expect((await raw(url, { path: '/api/prompts/..%2fsecret' })).status).toBe(404)
  const page = await fetch(`${url}/runs/abc`)
  expect(await page.text()).toContain('Console')
  const goingTo = { headers: { accept: 'text/html,application/xhtml+xml' } }
  expect(await (await fetch(`${url}/runs/order.17`, goingTo)).text()).toContain('Console')
  expect((await fetch(`${url}/runs/order.17`)).status).toBe(404)
  expect((await fetch(`${url}/assets/gone-0123abcd.js`, goingTo)).status).toBe(404)
  expect((await fetch(`${url}/api/nothing.json`, goingTo)).status).toBe(401)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
  expect(page.headers.get('x-content-type-options')).toBe('nosniff')
  const asset = await fetch(`${url}/assets/app-0123abcd.js`)
  expect(asset.headers.get('cache-control')).toContain('immutable')
  const again = await fetch(`${url}/assets/app-0123abcd.js`, { headers: { 'if-none-match': asset.headers.get('etag') ?? '' } })
  expect(again.status).toBe(304)
  expect((await fetch(`${url}/assets/gone-0123abcd.js`)).status).toBe(404)
  expect((await fetch(`${url}/runs/abc`, { method: 'POST' })).status).toBe(404)
})

test('a browser that asks for an icon unasked is given the console’s', async () => {
  const inside = folder()
  writeFileSync(join(inside, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  const { url } = await stage({}, { console: inside })
  const icon = await fetch(`${url}/favicon.ico`)
  expect([icon.status, icon.headers.get('content-type')]).toEqual([200, 'image/svg+xml'])
  expect(await icon.text()).toContain('<svg')
})

test('a socket that talks no HTTP does not disturb the others', async () => {
  const { url, ask } = await stage()
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write('GET /api/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc\r\n\r\n')
  await new Promise((resolve) => socket.on('close', resolve).resume())
  expect(await ask('/healthz')).toMatchObject({ status: 200 })
})

test('a credential does what its scopes say, and nothing else', async () => {
  const { rondo } = await stage()
  const needs: readonly (readonly [string, string, (typeof SCOPES)[number]])[] = [
    ['GET', '/api/runs', 'read'],
    ['POST', '/api/flows/echo/runs', 'run'],
    ['POST', '/api/runs/x/cancel', 'operate'],
    ['POST', '/api/inbox/x/accept', 'answer'],
    ['PUT', '/api/prompts/x', 'edit'],
    ['POST', '/v1/chat/completions', 'run'],
  ]
  for (const scope of SCOPES) {
    const app = httpApp(rondo, { authenticator: new TokenAccess({ token: TOKEN, name: 'ann', scopes: [scope] }), console: false })
    for (const [method, path, needed] of needs) {
      const answer = await app.hono.request(path, {
        method,
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        ...(method !== 'GET' && { body: '{}' }),
      })
      expect([scope, path, answer.status === 403]).toEqual([scope, path, scope !== needed])
    }
    app.stop()
  }
  expect(() => new TokenAccess({ token: 'short', name: 'ann' })).toThrow(/shorter than 16/)
})

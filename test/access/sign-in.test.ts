/**
 * Signing in with a password over HTTP: cookies, whom one is told apart from, how often one may try.
 */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, raw } from '../http/stage.ts'
import { type AccessStage, ADMIN, accessStage, PASSWORD, signIn } from './stage.ts'

test('a sign-in leaves a cookie that no script reads, no other site sends, and that lasts as long as its session', async () => {
  const stage = await accessStage()
  const { status, body, headers } = await signIn(stage, ' ROOT ')
  expect({ status, body }).toEqual({ status: 200, body: { name: 'root' } })
  expect(headers.get('set-cookie')).toMatch(/^rondo_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/)
  expect(headers.get('cache-control')).toBe('no-store')
})

test('behind https the cookie is secure, and bound to the host by its name', async () => {
  const stage = await accessStage({}, { publicUrl: 'https://rondo.example.org' })
  const login = await raw(stage.url, {
    path: '/login',
    method: 'POST',
    headers: { host: 'rondo.example.org', origin: 'https://rondo.example.org', 'content-type': 'application/json', authorization: '' },
    body: JSON.stringify({ name: 'root', password: PASSWORD }),
  })
  expect(login.status).toBe(200)
  const { headers, cookie } = await signIn(stage, 'root')
  expect(headers.get('set-cookie')).toMatch(/^__Host-rondo_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/)
  expect(await stage.ask('/api/me', { headers: { cookie } })).toMatchObject({ status: 200, body: { name: 'root' } })
  const renamed = cookie.replace('__Host-', '')
  expect((await stage.ask('/api/me', { headers: { cookie: renamed } })).status).toBe(401)
})

test('each sign-in makes a new session, and ends the one the browser came with', async () => {
  const stage = await accessStage()
  const first = await signIn(stage, 'root')
  const second = await signIn(stage, 'root', PASSWORD, { cookie: first.cookie })
  expect(second.cookie).not.toBe(first.cookie)
  const status = async (cookie: string): Promise<number> => (await stage.ask('/api/me', { headers: { cookie } })).status
  expect([await status(first.cookie), await status(second.cookie)]).toEqual([401, 200])
  const planted = await signIn(stage, 'root', PASSWORD, { cookie: 'rondo_session=planted' })
  expect(planted.cookie).not.toContain('planted')
})

test('signing out ends the session, not only the cookie', async () => {
  const stage = await accessStage()
  const { cookie } = await signIn(stage, 'root')
  expect((await stage.ask('/logout', { method: 'POST', headers: { cookie } })).status).toBe(403)
  expect((await stage.ask('/api/me', { headers: { cookie } })).status).toBe(200)
  const out = await stage.ask('/logout', { method: 'POST', headers: { cookie, origin: stage.url } })
  expect([out.status, out.headers.get('set-cookie')]).toEqual([204, 'rondo_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0'])
  expect((await stage.ask('/api/me', { headers: { cookie } })).status).toBe(401)
})

test('another site can neither sign anybody in nor out, nor act with the session', async () => {
  const stage = await accessStage()
  const { cookie } = await signIn(stage, 'root')
  for (const origin of ['https://evil.example', 'null']) {
    expect((await signIn(stage, 'root', PASSWORD, { origin })).status).toBe(403)
    expect((await stage.ask('/logout', { method: 'POST', headers: { cookie, origin } })).status).toBe(403)
    const start = { json: { input: { text: 'a' } }, headers: { cookie, origin } }
    expect((await stage.ask('/api/flows/echo/runs', start)).status).toBe(403)
  }
  expect((await stage.ask('/api/flows/echo/runs', { json: { input: { text: 'a' } }, headers: { cookie } })).status).toBe(403)
  expect(await stage.rondo.runs.list()).toEqual([])
})

test('a wrong name and a wrong password are told apart by nothing', async () => {
  // The cost of a real installation, so that a difference would show.
  const stage = await accessStage({ access: { passwordCost: { n: 2 ** 13, r: 8, p: 1 } } })
  const said = async (name: string, index: number) => {
    const since = performance.now()
    const { status, body, headers } = await signIn(stage, name, `wrong password ${index}`)
    return { said: JSON.stringify([status, body, [...headers.keys()].sort()]), ms: performance.now() - since }
  }
  const replies: Record<string, { said: string; ms: number }[]> = { root: [], nobody: [] }
  await said('warm', 0)
  for (let index = 0; index < 5; index += 1) for (const name of ['root', 'nobody']) replies[name]?.push(await said(name, index))
  const words = Object.values(replies).flatMap((some) => some.map(({ said }) => said))
  expect(new Set(words).size).toBe(1)
  const fastest = Object.values(replies).map((some) => Math.min(...some.map(({ ms }) => ms)))
  // Without the hash of nobody, one would take no time at all.
  expect(Math.max(...fastest) / Math.min(...fastest)).toBeLessThan(3)
  const barred = await Promise.all(['root', 'nobody'].map(async (name) => (await signIn(stage, name)).status))
  expect(barred).toEqual([429, 429])
})

test('five wrong passwords bar an account, for twice as long each time; the right one does not help meanwhile', async () => {
  const stage = await accessStage()
  await stage.add('ann', 'viewer')
  const wrong = async (times: number): Promise<number[]> => {
    const statuses: number[] = []
    for (let index = 0; index < times; index += 1) statuses.push((await signIn(stage, 'ann', 'not the password')).status)
    return statuses
  }
  expect(await wrong(6)).toEqual([401, 401, 401, 401, 401, 429])
  const barred = await signIn(stage, 'ann')
  expect([barred.status, barred.headers.get('retry-after')]).toEqual([429, '60'])
  expect((await signIn(stage, 'root')).status).toBe(200)
  stage.clock.advance(60_000)
  expect(await wrong(2)).toEqual([401, 429])
  stage.clock.advance(60_000)
  expect((await signIn(stage, 'ann')).status).toBe(429)
  stage.clock.advance(60_000)
  expect((await signIn(stage, 'ann')).status).toBe(200)
  expect(await wrong(4)).toEqual([401, 401, 401, 401])
})

test('many attempts at once count as many', async () => {
  const stage = await accessStage()
  const tries = await Promise.all(Array.from({ length: 40 }, () => signIn(stage, 'root', 'not the password')))
  expect(tries.filter(({ status }) => status === 401)).toHaveLength(5)
  expect(tries.filter(({ status }) => status === 429)).toHaveLength(35)
})

test('an address that tries many names is barred, others are not', async () => {
  const stage = await accessStage({}, { proxies: 1 })
  const from = (address: string) => ({ 'x-forwarded-for': `10.9.9.9, ${address}` })
  const statuses = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => (await signIn(stage, `name${index}`, 'not the password', from('203.0.113.7'))).status),
  )
  expect(statuses.filter((status) => status === 401)).toHaveLength(30)
  expect((await signIn(stage, 'root', PASSWORD, from('203.0.113.7'))).status).toBe(429)
  expect((await signIn(stage, 'root', PASSWORD, from('203.0.113.8'))).status).toBe(200)
})

test('whoever has one IPv6 network has one address', async () => {
  const stage = await accessStage({}, { proxies: 1 })
  for (let index = 0; index < 30; index += 1)
    await signIn(stage, `name${index}`, 'not the password', { 'x-forwarded-for': `2001:db8:1:2::${index.toString(16)}` })
  expect((await signIn(stage, 'root', PASSWORD, { 'x-forwarded-for': '2001:db8:1:2:ffff::1' })).status).toBe(429)
  expect((await signIn(stage, 'root', PASSWORD, { 'x-forwarded-for': '2001:db8:1:3::1' })).status).toBe(200)
})

test('who is barred, who is signed in and what was revoked is so after a restart', async () => {
  const stage = await accessStage({ database: join(folder(), 'rondo.db') })
  await stage.add('ann', 'viewer')
  const { cookie } = await signIn(stage, 'root')
  for (let index = 0; index < 5; index += 1) await signIn(stage, 'ann', 'not the password')
  const token = await stage.token('root')
  const [made] = await stage.rondo.access.tokens.list('root')
  await stage.rondo.access.tokens.revoke(ADMIN, made?.id ?? '')
  const again = await stage.restart()
  expect((await signIn(again, 'ann')).status).toBe(429)
  expect((await again.ask('/api/me', { headers: { cookie } })).status).toBe(200)
  expect((await again.ask('/api/me', { token })).status).toBe(401)
})

test('the page signs in without a script, leads on to a path of this server only, and says what is wrong', async () => {
  const stage = await accessStage()
  const page = await stage.ask('/login?next=/runs/7')
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(String(page.body)).toContain('<form method="post" action="/login"><input type="hidden" name="next" value="/runs/7">')
  const post = async (fields: Record<string, string>): Promise<Response> =>
    fetch(`${stage.url}/login`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: stage.url, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields),
    })
  const location = async (next: string): Promise<string | null> =>
    (await post({ name: 'root', password: PASSWORD, next })).headers.get('location')
  expect((await post({ name: 'root', password: PASSWORD, next: '/runs/7' })).status).toBe(303)
  for (const [next, leads] of [
    ['/runs/7?a=b', '/runs/7?a=b'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example', '/'],
    ['/a\n/b', '/'],
    ['/login/openid', '/'],
  ] as const)
    expect([next, await location(next)]).toEqual([next, leads])
  const wrong = await post({ name: '"><script>', password: 'x' })
  expect([wrong.status, (await wrong.text()).includes('<script')]).toEqual([401, false])
  const scripted = await stage.ask('/login?next=%2F%22%3E%3Cscript%3E')
  expect(String(scripted.body)).not.toContain('<script')
})

test('where there are no users a link is printed; once there is one, people sign in and it is not', async () => {
  const database = join(folder(), 'rondo.db')
  const printed: string[] = []
  const serving = { print: (text: string) => printed.push(text) }
  const stage = await accessStage({ database }, serving)
  expect([stage.served.link(), stage.served.token]).toEqual([undefined, undefined])
  expect(printed).toEqual([`Rondo is at ${stage.url}`])
  expect((await stage.ask('/login?code=x')).status).toBe(200)
})

test('what is no sign-in is refused', async () => {
  const stage: AccessStage = await accessStage()
  const headers = { origin: stage.url }
  for (const json of [{}, { name: 'root' }, { name: 3, password: PASSWORD }, [], 'root', { name: 'root', password: { $ne: '' } }])
    expect((await stage.ask('/login', { json, headers })).status).toBe(400)
  expect((await stage.ask('/login', { body: '{', headers })).status).toBe(400)
  expect((await stage.ask('/login', { body: 'x'.repeat(20_000), headers })).status).toBe(413)
  expect((await stage.ask('/login', { method: 'PUT', headers })).status).toBe(404)
  for (const token of ['rondo_', `rondo_${'a'.repeat(43)}`, 'x'.repeat(5000)])
    expect((await stage.ask('/api/me', { token })).status).toBe(401)
})

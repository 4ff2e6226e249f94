/**
 * Sign-in with a real OpenID provider over HTTP: who comes in, as what, and what is refused.
 */
import { expect, test } from 'vitest'
import type { OpenIdOptions } from '../../src/index.ts'
import { Browser, CLIENT, type OidcServer, oidcServer } from './oidc-server.ts'
import { type AccessStage, ADMIN, accessStage, PASSWORD } from './stage.ts'

const GRANT: OpenIdOptions['grant'] = {
  staff: { role: 'viewer' },
  mail: { role: 'reviewer', reviews: ['mail-desk'] },
  leads: { role: 'reviewer', reviews: ['lead'] },
  ops: { role: 'operator' },
}

async function both(options: Partial<OpenIdOptions> = {}): Promise<{ stage: AccessStage; provider: OidcServer }> {
  let stage: AccessStage | undefined
  const provider = await oidcServer(() => [`${stage?.url}/login/openid/back`])
  const openId = { issuer: provider.issuer, ...CLIENT, grant: GRANT, insecure: true, label: 'the office', ...options }
  stage = await accessStage({ access: { openId } })
  return { stage, provider }
}

async function me(stage: AccessStage, browser: Browser): Promise<unknown> {
  const session = browser.cookie(stage.url, 'rondo_session') ?? ''
  const { status, body } = await stage.ask('/api/me', { headers: { cookie: `rondo_session=${session}` } })
  return status === 200 ? body : status
}

test('somebody whom the provider knows comes in with the roles their groups grant, and is in the log', async () => {
  const { stage, provider } = await both()
  provider.accounts.set('7', { preferred_username: 'Ann', groups: ['staff', 'mail', 'leads', 'others'] })
  const browser = new Browser()
  expect(String((await browser.open(`${stage.url}/login`)).text)).toContain('Sign in with the office')
  const page = await browser.signInThere(`${stage.url}/login/openid`, '7')
  expect([page.status, page.text.includes('You are signed in.')]).toEqual([200, true])
  expect(page.headers.getSetCookie().find((cookie) => cookie.startsWith('rondo_session='))).toMatch(/; Path=\/; HttpOnly; SameSite=Strict/)
  expect(await me(stage, browser)).toEqual({
    name: 'ann',
    roles: ['mail-desk', 'lead'],
    scopes: ['read', 'answer', 'account'],
    session: expect.any(String),
  })
  expect(browser.cookie(stage.url, 'rondo_openid')).toBeUndefined()
  expect(await stage.rondo.access.users.get('ann')).toMatchObject({ signsInBy: 'openid' })
  const lines = await stage.rondo.access.audit.list({ by: 'ann' })
  expect(lines.map(({ what, detail, outcome }) => [what, detail, outcome])).toEqual([
    ['user.create', 'reviewer; reviews mail-desk, lead', 'done'],
    ['sign-in', 'openid', 'done'],
  ])
})

test('what somebody may do follows their groups at each sign-in; the name they came with stays theirs', async () => {
  const { stage, provider } = await both()
  const browser = new Browser()
  provider.accounts.set('7', { preferred_username: 'ann', groups: ['staff'] })
  await browser.signInThere(`${stage.url}/login/openid`, '7')
  provider.accounts.set('7', { preferred_username: 'renamed', groups: ['ops'] })
  await browser.signInThere(`${stage.url}/login/openid`, '7')
  expect(await me(stage, browser)).toMatchObject({ name: 'ann', roles: ['operator'] })
  expect((await stage.rondo.access.users.list()).map(({ name }) => name)).toEqual(['ann', 'root'])
})

test('who has no role by the rules does not come in, nor who is disabled, nor who takes another user’s name', async () => {
  const { stage, provider } = await both()
  await stage.add('bob', 'admin')
  provider.accounts.set('1', { preferred_username: 'nobody', groups: ['others', '__proto__', 'constructor'] })
  provider.accounts.set('2', { preferred_username: 'Bob', groups: ['staff'] })
  provider.accounts.set('3', { preferred_username: 'cy', groups: 'staff' })
  provider.accounts.set('4', { groups: ['staff'] })
  const tried = async (login: string): Promise<readonly [number, string, unknown]> => {
    const browser = new Browser()
    const { status, text } = await browser.signInThere(`${stage.url}/login/openid`, login)
    return [status, /role="alert">([^<]+)</.exec(text)?.[1] ?? '', await me(stage, browser)]
  }
  expect(await tried('1')).toEqual([403, expect.stringContaining('nothing there gives you a role'), 401])
  expect(await tried('2')).toEqual([403, expect.stringContaining('another user'), 401])
  expect(await tried('4')).toEqual([403, expect.stringContaining('what you are called'), 401])
  expect(await tried('3')).toEqual([200, '', expect.objectContaining({ name: 'cy' })])
  await stage.rondo.access.users.change(ADMIN, 'cy', { disabled: true })
  expect(await tried('3')).toEqual([403, expect.stringContaining('disabled'), 401])
  const refused = (await stage.rondo.access.audit.list({ what: 'sign-in' })).filter(({ outcome }) => outcome === 'refused')
  expect(refused.map(({ by, detail }) => [by, detail])).toEqual([
    ['?', 'sign_in_refused'],
    ['bob', 'name is taken'],
    ['?', 'sign_in_refused'],
    ['cy', 'disabled'],
  ])
})

test('what comes back counts only in the browser that set out, once, with its own state, and in time', async () => {
  const { stage, provider } = await both()
  provider.accounts.set('7', { preferred_username: 'ann', groups: ['staff'] })
  const back = `${stage.url}/login/openid/back`
  const alert = (text: string): string => /role="alert">([^<]+)</.exec(text)?.[1] ?? ''
  const other = await new Browser().open(`${back}?code=x&state=y`)
  expect([other.status, alert(other.text)]).toEqual([403, expect.stringContaining('not begun in this browser')])
  const browser = new Browser()
  await browser.open(`${stage.url}/login/openid`)
  const forged = await browser.open(`${back}?code=x&state=forged&iss=${encodeURIComponent(provider.issuer)}`)
  expect([forged.status, await me(stage, browser)]).toEqual([403, 401])
  const again = await browser.open(`${back}?code=x&state=forged`)
  expect(alert(again.text)).toContain('not begun in this browser')
  const slow = new Browser()
  await slow.open(`${stage.url}/login/openid`)
  stage.clock.advance(11 * 60_000)
  expect(alert((await slow.signInThere(`${stage.url}/login/openid/back?code=x`, '7')).text)).toContain('took too long')
})

test('a function may say what claims grant; a role that there is not is said', async () => {
  const { stage, provider } = await both({
    nameClaim: 'email',
    grant: ({ email }) => (String(email).endsWith('@example.org') ? { role: 'operator' } : { role: 'root' as 'admin' }),
  })
  provider.accounts.set('7', { email: 'ann@example.org' })
  provider.accounts.set('8', { email: 'bob@evil.example' })
  const browser = new Browser()
  await browser.signInThere(`${stage.url}/login/openid`, '7')
  expect(await me(stage, browser)).toMatchObject({ name: 'ann@example.org', roles: ['operator'] })
  const wrong = await new Browser().signInThere(`${stage.url}/login/openid`, '8')
  expect([wrong.status, wrong.text]).toEqual([500, expect.stringContaining('which there is not')])
})

test('a provider that cannot be reached is said, and passwords go on working', async () => {
  const { stage } = await both({ issuer: 'http://127.0.0.1:9' })
  const page = await new Browser().open(`${stage.url}/login/openid`)
  expect([page.status, page.text]).toEqual([403, expect.stringContaining('could not be reached')])
  const reply = await stage.ask('/login', { json: { name: 'root', password: PASSWORD }, headers: { origin: stage.url } })
  expect(reply.status).toBe(200)
})

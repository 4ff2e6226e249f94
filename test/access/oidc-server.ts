/**
 * A real OpenID provider (oidc-provider) on a port of its own, and the means of a browser that goes through its pages.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import { atEnd } from '../http/stage.ts'

export const CLIENT = { clientId: 'rondo', clientSecret: 'a secret of the client' }

/** What the provider says of somebody. */
export type Account = Readonly<Record<string, unknown>>

export interface OidcServer {
  readonly issuer: string
  /** By the name they sign in with there. */
  readonly accounts: Map<string, Account>
}

/** `redirects`: where it may send browsers to; known once the other side listens. */
export async function oidcServer(redirects: () => string[]): Promise<OidcServer> {
  const accounts = new Map<string, Account>()
  let provider: Provider | undefined
  const server = createServer((request, response) => provider?.callback()(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(() => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  provider = new Provider(issuer, {
    clients: [],
    findAccount: (_: unknown, id: string) => {
      const claims = accounts.get(id)
      return claims === undefined ? undefined : { accountId: id, claims: () => ({ sub: id, ...claims }) }
    },
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ['a key of the tests'] },
  })
  const { Client } = provider
  // Where Rondo listens is known later, so the client is looked up each time.
  Client.find = async (id: string) =>
    id === CLIENT.clientId
      ? new Client({ client_id: id, client_secret: CLIENT.clientSecret, redirect_uris: redirects(), grant_types: ['authorization_code'] })
      : undefined
  return { issuer, accounts }
}

/** A browser: it keeps cookies by host and follows redirects, one page at a time. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>()

  /** Goes to an address and on to wherever it leads, until a page. */
  async open(
    url: string,
    init: { form?: Record<string, string> } = {},
  ): Promise<{ url: string; status: number; text: string; headers: Headers }> {
    const { host, origin } = new URL(url)
    const response = await fetch(url, {
      redirect: 'manual',
      headers: {
        cookie: [...(this.#cookies.get(host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(init.form !== undefined && { origin }),
      },
      ...(init.form !== undefined && { method: 'POST', body: new URLSearchParams(init.form) }),
    })
    const jar = this.#cookies.get(host) ?? new Map<string, string>()
    this.#cookies.set(host, jar)
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';')
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    const location = response.headers.get('location')
    if (location !== null && response.status < 400) return this.open(new URL(location, url).href)
    return { url, status: response.status, text: await response.text(), headers: response.headers }
  }

  cookie(url: string, name: string): string | undefined {
    return this.#cookies.get(new URL(url).host)?.get(name)
  }

  /** Signs in at the provider's own page, and consents. */
  async signInThere(url: string, login: string): Promise<{ url: string; status: number; text: string; headers: Headers }> {
    let page = await this.open(url)
    for (let more = 0; more < 3 && page.url.includes('/interaction/'); more += 1) {
      const action = /action="([^"]+)"/.exec(page.text)?.[1] ?? page.url
      const prompt = /name="prompt" value="(\w+)"/.exec(page.text)?.[1] ?? ''
      page = await this.open(new URL(action, page.url).href, { form: { prompt, ...(prompt === 'login' && { login, password: 'x' }) } })
    }
    return page
  }
}

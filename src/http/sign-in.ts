/**
 * Sign-in at the HTTP door: sessions by cookie, tokens by header, and the pages `/login` and `/logout`.
 *
 * Owns: cookies, and these pages. Never: decides who may come in (`Access` does).
 * Invariants:
 *   L1. The cookie of a session is read by no script, sent by no other site, and over https by nobody without TLS (`__Host-`).
 *   L2. Every sign-in makes a new session and ends the one the browser came with.
 *   L3. Where a sign-in leads on to is a path of this server.
 *   L4. These pages are behind the same guard of hosts and origins as all others, so no other site signs anybody in or out.
 */
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import type { Rondo, SignedIn } from '../index.ts'
import { type Arrival, type Authenticator, bearerOf, COOKIE, cookieOf, type Principal, page } from './access.ts'
import { problemOf } from './problem.ts'
import { signInPage } from './sign-in-page.ts'

export interface SignInOptions {
  /** How browsers reach this server, when a proxy stands in front: `https://rondo.example.org`. */
  readonly publicUrl?: string
}

const BACK = '/login/openid/back'
const OPENID_COOKIE = 'rondo_openid'
const credentials = z.object({ name: z.string().max(1000), password: z.string().max(1000), next: z.string().max(2000).optional() })

export class UserAccess implements Authenticator {
  readonly #access: Rondo['access']
  readonly #publicUrl: string | undefined

  constructor({ access }: Pick<Rondo, 'access'>, { publicUrl }: SignInOptions = {}) {
    this.#access = access
    this.#publicUrl = publicUrl === undefined ? undefined : originOf(publicUrl)
  }

  authenticate(request: Request): Promise<Principal | undefined> {
    const { tokens, sessions, clock } = this.#access
    const bearer = bearerOf(request)
    if (bearer !== undefined) return tokens.holder(bearer, clock.now())
    const session = cookieOf(request, this.#cookie(request))
    return session === undefined ? Promise.resolve(undefined) : sessions.holder(session, clock.now())
  }

  async signInPath(): Promise<string | undefined> {
    return this.#access.openId !== undefined || (await this.#access.hasUsers()) ? '/login' : undefined
  }

  async route(request: Request, arrival: Arrival): Promise<Response | undefined> {
    const { pathname } = new URL(request.url)
    switch (`${request.method} ${pathname}`) {
      case 'GET /login':
        return this.#form(request)
      case 'POST /login':
        return this.#signIn(request, arrival)
      case 'POST /logout':
        return this.#signOut(request, arrival)
      case 'GET /login/openid':
        return this.#setOut(request)
      case `GET ${BACK}`:
        return this.#comeBack(request, arrival)
      default:
        return undefined
    }
  }

  async #form(
    request: Request,
    more: { readonly next?: string; readonly problem?: string; readonly status?: number; readonly headers?: Record<string, string> } = {},
  ) {
    const { problem, status = 200, headers = {} } = more
    const next = nextOf(more.next ?? new URL(request.url).searchParams.get('next') ?? '/')
    const { openId, users } = this.#access
    const withPassword = (await users.list()).some(({ signsInBy }) => signsInBy === 'password')
    const text = signInPage({
      next,
      withPassword,
      ...(openId !== undefined && { openId: openId.label }),
      ...(problem !== undefined && { problem }),
    })
    return new Response(text, { status, headers: { ...PAGE_HEADERS, ...headers } })
  }

  async #signIn(request: Request, arrival: Arrival): Promise<Response> {
    const isForm = isFormPost(request)
    const given = credentials.safeParse(await bodyOf(request, isForm))
    if (!given.success) return problem(new RondoError('invalid_input', 'A sign-in needs a name and a password.'))
    const { name, password, next } = given.data
    const before = cookieOf(request, this.#cookie(request))
    const from = { ...arrival, ...(before !== undefined && { before }) }
    const result = await this.#access.signIn.withPassword(name, password, from, this.#access.clock.now())
    if (result.kind === 'signed in') {
      const headers = { 'set-cookie': this.#sessionCookie(request, result) }
      if (isForm) return new Response(null, { status: 303, headers: { ...headers, location: nextOf(next ?? '/') } })
      return Response.json({ name: result.user }, { headers })
    }
    const error =
      result.kind === 'barred'
        ? new RondoError('too_many_attempts', 'Too many attempts. Wait a few minutes.')
        : new RondoError('unauthenticated', 'The name or the password is wrong.')
    const seconds = result.kind === 'barred' ? Math.max(1, Math.ceil((result.until - this.#access.clock.now()) / 1000)) : undefined
    const headers: Record<string, string> = seconds === undefined ? {} : { 'retry-after': String(seconds) }
    if (!isForm) return problem(error, headers)
    return this.#form(request, { ...(next !== undefined && { next }), problem: error.message, status: problemOf(error).status, headers })
  }

  async #signOut(request: Request, arrival: Arrival): Promise<Response> {
    const name = this.#cookie(request)
    const session = cookieOf(request, name)
    if (session !== undefined) await this.#access.sessions.signOut(session, arrival)
    const headers = { 'set-cookie': this.#set(request, name, '', 0) }
    return isFormPost(request)
      ? new Response(null, { status: 303, headers: { ...headers, location: '/login' } })
      : new Response(null, { status: 204, headers })
  }

  async #setOut(request: Request): Promise<Response> {
    const { openId } = this.#access
    if (openId === undefined) return page('No OpenID provider is configured here.', 404)
    try {
      const { url, secret, lastsMs } = await openId.begin(`${this.#origin(request)}${BACK}`)
      // Lax: it comes along when the provider sends the browser back.
      const cookie = `${OPENID_COOKIE}=${secret}; Path=/login; HttpOnly; SameSite=Lax; Max-Age=${lastsMs / 1000}${this.#secure(request)}`
      return new Response(null, { status: 302, headers: { location: url, 'set-cookie': cookie } })
    } catch (error) {
      return this.#form(request, { problem: told(error), status: problemOf(error).status })
    }
  }

  async #comeBack(request: Request, arrival: Arrival): Promise<Response> {
    const { openId, signIn } = this.#access
    if (openId === undefined) return page('No OpenID provider is configured here.', 404)
    const over = `${OPENID_COOKIE}=; Path=/login; HttpOnly; SameSite=Lax; Max-Age=0${this.#secure(request)}`
    try {
      const identified = await openId
        .finish(cookieOf(request, OPENID_COOKIE), new URL(request.url).searchParams)
        .catch(async (error: unknown) => {
          await signIn.failedElsewhere(arrival, error instanceof RondoError ? error.code : 'failed')
          throw error
        })
      const before = cookieOf(request, this.#cookie(request))
      const signedIn = await signIn.withIdentity(identified, { ...arrival, ...(before !== undefined && { before }) })
      const response = page('You are signed in.', 200)
      response.headers.append('set-cookie', over)
      response.headers.append('set-cookie', this.#sessionCookie(request, signedIn))
      return response
    } catch (error) {
      return this.#form(request, { problem: told(error), status: problemOf(error).status, headers: { 'set-cookie': over } })
    }
  }

  #sessionCookie(request: Request, { secret }: SignedIn): string {
    return this.#set(request, this.#cookie(request), secret, Math.floor(this.#access.sessions.longestMs / 1000))
  }

  #set(request: Request, name: string, value: string, seconds: number): string {
    return `${name}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${this.#secure(request)}`
  }

  /** With the prefix, browsers take it only with `Secure`, from this very host. */
  #cookie(request: Request): string {
    return this.#isSecure(request) ? `__Host-${COOKIE}` : COOKIE
  }

  #secure(request: Request): string {
    return this.#isSecure(request) ? '; Secure' : ''
  }

  #isSecure(request: Request): boolean {
    return this.#origin(request).startsWith('https:')
  }

  #origin(request: Request): string {
    return this.#publicUrl ?? new URL(request.url).origin
  }
}

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  // Not `no-referrer`: browsers would send the form with `Origin: null`.
  'referrer-policy': 'same-origin',
}

/** A path of this server, whatever a link asked for. */
function nextOf(text: string): string {
  return /^\/(?![/\\])[^\\\s]*$/.test(text) && !/^\/(login|logout)\b/.test(text) ? text : '/'
}

function isFormPost(request: Request): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(request.headers.get('content-type') ?? '')
}

async function bodyOf(request: Request, isForm: boolean): Promise<unknown> {
  const text = await request.text()
  if (isForm) return Object.fromEntries(new URLSearchParams(text))
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function problem(error: RondoError, headers: Record<string, string> = {}): Response {
  const { status, body } = problemOf(error)
  return Response.json(body, { status, headers })
}

/** What a person is told: the words of what nobody foresaw are for the log. */
function told(error: unknown): string {
  return error instanceof RondoError ? error.message : 'Something went wrong. Try again.'
}

/** Throws `config_invalid`. */
function originOf(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return new URL(url).origin
  throw new RondoError('config_invalid', `"${url}" is no address of a server. Write publicUrl as in https://rondo.example.org.`)
}

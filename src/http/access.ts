/**
 * Who is calling, and what they may do: the port that sign-in stands behind, and its first implementation, a token and a one-time link.
 *
 * Owns: `Authenticator`, scopes, and access for one person on their own machine. Never: users, passwords, OIDC; those come by the port.
 * Invariants:
 *   A1. Tokens and codes are compared in constant time, and only their hashes are kept.
 *   A2. A link works once. What it leaves in the browser is a session of its own, which no script can read and no other site sends.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { RondoError } from '../errors.ts'
import { type Person, SCOPES, type Scope } from '../index.ts'

export { SCOPES, type Scope }

/** A caller who is known: a person with roles, and what this credential of theirs may be used for. */
export interface Principal extends Person {
  readonly scopes: readonly (Scope | '*')[]
  /** By what they are known, for the audit log: `session 1f2e…`, `token 9a8b…`. */
  readonly credential?: string
  /** The session it is, where it is one. */
  readonly session?: string
}

/** Where a request comes from. */
export interface Arrival {
  /** The address of the client. */
  readonly from?: string
  /** The id of the request. */
  readonly request?: string
}

/** Where sign-in is plugged in. */
export interface Authenticator {
  /** Who sent this request; `undefined` when nobody is known by it. */
  authenticate(request: Request, arrival: Arrival): Principal | undefined | Promise<Principal | undefined>
  /** Answers requests of its own, before anybody is known: sign-in, sign-out. `undefined`: this is none of them. */
  route?(request: Request, arrival: Arrival): Response | undefined | Promise<Response | undefined>
  /** The path of the page that people sign in at, if there is anybody who could. */
  signInPath?(): Promise<string | undefined>
}

/** Throws `scope_missing` unless the credential may be used for this. */
export function needScope({ name, scopes }: Principal, scope: Scope): void {
  if (scopes.includes('*') || scopes.includes(scope)) return
  throw new RondoError(
    'scope_missing',
    `This needs the scope "${scope}", which the credential of ${name} does not have (${scopes.length === 0 ? 'no scopes' : `scopes: ${scopes.join(', ')}`}).`,
    { details: { scope } },
  )
}

export interface TokenOptions {
  readonly token: string
  /** Who it stands for. */
  readonly name: string
  /** Default: every role. */
  readonly roles?: readonly string[]
  /** Default: every scope. */
  readonly scopes?: readonly (Scope | '*')[]
  /** Told when somebody signs in by the link, before they are in. */
  readonly signedIn?: (arrival: Arrival) => void | Promise<void>
}

/** What a session of the browser is kept in. */
export const COOKIE = 'rondo_session'
const LARGEST_TOKEN = 4096
/** A link that nobody opened is forgotten when there are more. */
const MOST_CODES = 20
const MOST_SESSIONS = 1000

/** Access by one token, in the header `Authorization: Bearer`, or by a link that works once and leaves a session in the browser. */
export class TokenAccess implements Authenticator {
  readonly #principal: Principal
  readonly #token: Buffer
  readonly #signedIn: TokenOptions['signedIn']
  readonly #codes = new Set<string>()
  readonly #sessions = new Set<string>()

  constructor(options: TokenOptions) {
    const { token, name, roles = ['*'], scopes = ['*'] } = options
    if (token.length < 16)
      throw new RondoError(
        'config_invalid',
        'The token of the HTTP door is shorter than 16 characters. Give a longer one: openssl rand -base64 32.',
      )
    this.#principal = { name, roles, scopes, credential: 'token of the server' }
    this.#signedIn = options.signedIn
    this.#token = digest(token)
  }

  authenticate(request: Request): Principal | undefined {
    const bearer = bearerOf(request)
    if (bearer !== undefined) return timingSafeEqual(digest(bearer), this.#token) ? this.#principal : undefined
    const session = cookieOf(request, COOKIE)
    const isKnown = session !== undefined && this.#sessions.has(digest(session).toString('hex'))
    return isKnown ? { ...this.#principal, credential: 'link of the server' } : undefined
  }

  /** The path of a link that signs its first visitor in. */
  link(): string {
    const code = randomBytes(24).toString('base64url')
    addTo(this.#codes, digest(code).toString('hex'), MOST_CODES)
    return `/login?code=${code}`
  }

  async route(request: Request, arrival: Arrival = {}): Promise<Response | undefined> {
    const url = new URL(request.url)
    if (url.pathname !== '/login' || request.method !== 'GET' || !url.searchParams.has('code')) return undefined
    const code = digest(url.searchParams.get('code') ?? '').toString('hex')
    if (!this.#codes.delete(code))
      return page('This link has been used, or is no link of this server. Ask it for a new one: start it again.', 403)
    await this.#signedIn?.(arrival)
    const session = randomBytes(32).toString('base64url')
    addTo(this.#sessions, digest(session).toString('hex'), MOST_SESSIONS)
    const secure = url.protocol === 'https:' ? '; Secure' : ''
    return page('You are signed in.', 200, { 'set-cookie': `${COOKIE}=${session}; Path=/; HttpOnly; SameSite=Strict${secure}` })
  }
}

/** The bearer token of a request, when it carries one. */
export function bearerOf(request: Request): string | undefined {
  const [, token] = /^Bearer +([^\s]+) *$/i.exec(request.headers.get('authorization') ?? '') ?? []
  return token !== undefined && token.length <= LARGEST_TOKEN ? token : undefined
}

export function cookieOf(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const cut = pair.indexOf('=')
    if (cut > 0 && pair.slice(0, cut).trim() === name) return pair.slice(cut + 1).trim()
  }
  return undefined
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function addTo(set: Set<string>, one: string, most: number): void {
  set.add(one)
  const [oldest] = set
  if (set.size > most && oldest !== undefined) set.delete(oldest)
}

/** Several ways in, tried in turn. */
export function anyOf(ways: readonly Authenticator[]): Authenticator {
  return {
    async authenticate(request, arrival) {
      for (const way of ways) {
        const principal = await way.authenticate(request, arrival)
        if (principal !== undefined) return principal
      }
      return undefined
    },
    async route(request, arrival) {
      for (const way of ways) {
        const response = await way.route?.(request, arrival)
        if (response !== undefined) return response
      }
      return undefined
    },
    async signInPath() {
      for (const way of ways) {
        const path = await way.signInPath?.()
        if (path !== undefined) return path
      }
      return undefined
    },
  }
}

/** A page that goes on by itself: a cookie that is `Strict` is sent from here, and would not be after a redirect from elsewhere. */
export function page(text: string, status: number, headers: Record<string, string> = {}): Response {
  const onward = status === 200 ? '<meta http-equiv="refresh" content="0;url=/">' : ''
  return new Response(`<!doctype html><meta charset="utf-8"><title>Rondo</title>${onward}<p>${text}</p>`, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', ...headers },
  })
}

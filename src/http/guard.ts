/**
 * What every request goes through before anything looks at it: where it comes from, whom it calls, how much it brings.
 *
 * Owns: refusing foreign hosts and origins, and bodies that are too large. Never: who the caller is (access.ts).
 * Invariants:
 *   G1. The `Host` is a name this server goes by, or an address: a name that somebody else's DNS points here (rebinding) is refused.
 *   G2. A request from another site's page (`Origin`) is refused unless that site was named; one that changes something and carries
 *       only a cookie must say where it comes from.
 *   G3. No more of a body than the limit is ever read.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { RondoError } from '../errors.ts'
import type { Env } from './endpoint.ts'

export interface GuardOptions {
  /** Names this server goes by, besides `localhost` and addresses. */
  readonly hosts: readonly string[]
  /** Other origins whose pages may call: `https://desk.example.org`. */
  readonly origins: readonly string[]
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
const CORS_HEADERS = 'authorization, content-type, idempotency-key, last-event-id'

export function guard({ hosts, origins }: GuardOptions): MiddlewareHandler<Env> {
  const names = new Set(['localhost', ...hosts.map((host) => host.toLowerCase())])
  const others = new Set(origins)
  return async (context, next) => {
    const { req } = context
    const host = req.header('host') ?? new URL(req.url).host
    const name = hostname(host)
    if (!names.has(name) && !isAddress(name))
      throw new RondoError('host_refused', `This server is not called "${name}". Name it in the option \`hosts\` if it should be.`)
    const origin = req.header('origin')
    if (origin === undefined) {
      if (!SAFE.has(req.method) && isByCookieOnly(context) && req.header('sec-fetch-site') !== 'same-origin')
        throw new RondoError(
          'origin_refused',
          'A request that changes something and carries a cookie must say where it comes from. Use a token.',
        )
    } else if (others.has(origin)) {
      if (req.method === 'OPTIONS') return preflight(origin)
      await next()
      context.res.headers.set('access-control-allow-origin', origin)
      context.res.headers.append('vary', 'Origin')
      return
    } else if (!isSame(origin, host)) {
      throw new RondoError(
        'origin_refused',
        `Pages of ${origin} may not call this server. Name that origin in the option \`origins\` if they should.`,
      )
    }
    await next()
  }
}

/** Refuses bodies above a size, whether they say how long they are or not. */
export function limitBody(most: number): MiddlewareHandler<Env> {
  const refuse = (): never => {
    throw new RondoError('body_too_large', `The body is larger than ${most} bytes, which is as much as this takes.`, { details: { most } })
  }
  const counting = bodyLimit({ maxSize: most, onError: refuse })
  return (context, next) => {
    const { req } = context
    if (SAFE.has(req.method)) return next()
    const length = req.header('content-length')
    // What says how long it is cannot be longer: the HTTP parser sees to that.
    if (length === undefined || req.header('transfer-encoding') !== undefined) return counting(context, next)
    return Number(length) > most ? refuse() : next()
  }
}

function isByCookieOnly(context: Context<Env>): boolean {
  return context.req.header('cookie') !== undefined && context.req.header('authorization') === undefined
}

/** The scheme is left to the proxy in front: what counts is that the page comes from the host it calls. */
function isSame(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase().replace(/:(80|443)$/, '')
}

function hostname(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
}

/** An address cannot be pointed elsewhere by anybody's DNS. */
function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name)
}

function preflight(origin: string): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST, PUT, OPTIONS',
      'access-control-allow-headers': CORS_HEADERS,
      'access-control-max-age': '600',
      vary: 'Origin',
    },
  })
}

/**
 * The HTTP door as an app: every endpoint behind its guards, for `serveHttp`, or for a server of one's own.
 *
 * Owns: what stands before what. Never: listens (serve.ts).
 * The order: host and origin, who is calling, how much they bring, then the endpoint. Without anybody known only the health checks, the
 * sign-in of the authenticator and the console's own files answer.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Context, Hono } from 'hono'
import { type Clock, systemClock } from '../clock.ts'
import { RondoError } from '../errors.ts'
import { type Actor, type Duration, milliseconds, type Person, type Rondo } from '../index.ts'
import type { Arrival, Authenticator } from './access.ts'
import { actorOf } from './actor.ts'
import { auditEndpoints } from './audit.ts'
import { backtestEndpoints } from './backtests.ts'
import { caseEndpoints } from './cases.ts'
import { chatEndpoints, openAiProblem } from './chat.ts'
import { decisionEndpoints } from './decisions.ts'
import { docsPage } from './docs-page.ts'
import { Door } from './door.ts'
import { type Endpoint, type Env, identify, register } from './endpoint.ts'
import { flowEndpoints } from './flows.ts'
import { guard, limitBody } from './guard.ts'
import { inboxEndpoints } from './inbox.ts'
import { measureEndpoints } from './measures.ts'
import { Metrics } from './metrics.ts'
import { type OpenApi, openApi } from './openapi.ts'
import { ownEndpoints } from './own.ts'
import { Pages } from './pages.ts'
import { pictureEndpoints } from './pictures.ts'
import { problemOf } from './problem.ts'
import { promptEndpoints } from './prompts.ts'
import { Pulse } from './pulse.ts'
import { runEndpoints } from './runs.ts'
import { systemEndpoints } from './system.ts'
import { tokenEndpoints } from './tokens.ts'
import { userEndpoints } from './users.ts'

export interface HttpOptions {
  /** Who callers are: a `TokenAccess`, or a sign-in of one's own. */
  readonly authenticator: Authenticator
  /** Names this server goes by, besides `localhost` and addresses: `rondo.example.org`. */
  readonly hosts?: readonly string[]
  /** Other origins whose pages may call: `https://desk.example.org`. */
  readonly origins?: readonly string[]
  /** How many proxies stand in front and add to `X-Forwarded-For`: the client's address is told by them. Default 0. */
  readonly proxies?: number
  /** The largest body in bytes. Default 4 MiB; a file of cases may have sixteen times as much. */
  readonly maxBody?: number
  /** How often a silent stream says that it is there. Default `15s`. */
  readonly heartbeat?: Duration
  /** How long a chat waits for a run, which may wait for people. Default `5m`. */
  readonly chatWait?: Duration
  /** Other doors behind the same guards, by path: `{ '/mcp': await mcpHandler(rondo, { hosts: false }) }`. */
  readonly mounts?: Readonly<Record<`/${string}`, Mounted>>
  /** The folder of the console's files; `false`: none. Default: those of this package. */
  readonly console?: string | false
  readonly clock?: Clock
  /** Told what went wrong that no client is told. The console unless told otherwise. */
  readonly warn?: (message: string, cause?: unknown) => void
}

/** A door that answers requests once it is known who sends them. */
export interface Mounted {
  /** `actor`: who stands in the audit log for what is done. */
  fetch(request: Request, caller: { readonly person: Person; readonly scopes: readonly string[]; readonly actor: Actor }): Promise<Response>
  /** Called when the server stops. */
  close?(): void | Promise<void>
}

export interface HttpApp {
  /** For a server of one's own: `Bun.serve({ fetch })`, `app.route('/', …)`. */
  readonly hono: Hono<Env>
  readonly openApi: OpenApi
  /** Ends streams and waits in good order; requests under way come to their end. */
  stop(): void
}

const MAX_BODY = 4 * 1024 * 1024
const CASES_TIMES = 16
const SIGN_IN_BODY = 16 * 1024

/** The app of a running system. */
export function httpApp(rondo: Rondo, options: HttpOptions): HttpApp {
  const { authenticator, hosts = [], origins = [], maxBody = MAX_BODY, mounts = {}, clock = systemClock, warn = console.warn } = options
  const stopping = new AbortController()
  const metrics = new Metrics(rondo)
  const door = new Door({
    rondo,
    clock,
    pulse: new Pulse(rondo, clock),
    heartbeatMs: milliseconds(options.heartbeat ?? '15s'),
    chatWaitMs: milliseconds(options.chatWait ?? '5m'),
    stopping: stopping.signal,
    authenticator,
    version: ownVersion(),
  })
  const endpoints = endpointsOf(door, metrics)
  const document = openApi(endpoints, rondo.flows.values(), door.version)
  const hono = new Hono<Env>()
  hono.onError((error, context) => failed(error, context, warn))
  hono.use(measured(metrics))
  hono.use(arriving(rondo, options.proxies ?? 0))
  health(hono, door)
  hono.use(guard({ hosts, origins }))
  const known = async (context: Context<Env>, next: () => Promise<void>): Promise<void> => {
    await identify(context, authenticator)
    await next()
  }
  for (const path of ['/api/*', '/v1/*', '/metrics', '/openapi.json', '/docs', ...Object.keys(mounts)]) hono.use(path, known)
  hono.use('/api/cases', limitBody(maxBody * CASES_TIMES))
  const limited = limitBody(maxBody)
  for (const path of ['/api/*', '/v1/*', ...Object.keys(mounts)])
    hono.use(path, (context, next) => (context.req.path === '/api/cases' ? next() : limited(context, next)))
  for (const path of ['/login', '/logout']) hono.use(path, limitBody(SIGN_IN_BODY))
  register(hono, endpoints)
  for (const [path, mounted] of Object.entries(mounts))
    hono.all(path, (context) => {
      const principal = context.get('principal')
      const { scopes, credential: _, ...person } = principal
      return mounted.fetch(context.req.raw, { person, scopes, actor: actorOf({ principal, context }) })
    })
  hono.get('/openapi.json', (context) => context.json(document))
  hono.get('/docs', (context) => {
    context.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
    return context.html(docsPage(document))
  })
  hono.notFound(otherwise(options))
  return {
    hono,
    openApi: document,
    stop() {
      stopping.abort()
      metrics.close()
      for (const mounted of Object.values(mounts))
        void Promise.resolve(mounted.close?.()).catch((error: unknown) => warn('A mounted door did not close.', error))
    },
  }
}

function endpointsOf(door: Door, metrics: Metrics): Endpoint[] {
  return [
    ...flowEndpoints(door),
    ...pictureEndpoints(door),
    ...runEndpoints(door),
    ...measureEndpoints(door),
    ...inboxEndpoints(door),
    ...decisionEndpoints(door),
    ...caseEndpoints(door),
    ...promptEndpoints(door),
    ...backtestEndpoints(door),
    ...systemEndpoints(door, metrics),
    ...chatEndpoints(door),
    ...ownEndpoints(door),
    ...userEndpoints(door),
    ...tokenEndpoints(door),
    ...auditEndpoints(door),
  ]
}

/** Where a request comes from, and what it is called in the audit log; the reply says so too. */
function arriving(rondo: Rondo, proxies: number) {
  return async (context: Context<Env>, next: () => Promise<void>): Promise<void> => {
    const given = context.req.header('x-request-id') ?? ''
    const request = /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID()
    const from = addressOf(context, proxies)
    const arrival: Arrival = { request, ...(from !== undefined && { from }) }
    context.set('arrival', arrival)
    context.set('audit', rondo.access.audit)
    await next()
    context.res.headers.set('x-request-id', request)
  }
}

/** As the last proxy that is ours saw it; what a client writes into the header itself stands further left. */
function addressOf(context: Context<Env>, proxies: number): string | undefined {
  const told = (context.req.header('x-forwarded-for') ?? '').split(',').map((address) => address.trim())
  const seen = proxies === 0 ? undefined : told.at(-proxies)
  const address = seen === undefined || seen === '' ? context.env?.incoming?.socket.remoteAddress : seen.slice(0, 64)
  return address?.replace(/^::ffff:(?=\d+\.)/, '')
}

/** For those who watch machines and know nobody: whether this process lives, and whether it can do its work. */
function health(hono: Hono<Env>, { rondo, stopping }: Door): void {
  hono.get('/healthz', (context) => context.json({ status: 'ok' }))
  hono.get('/readyz', async (context) => {
    const readable = await rondo.store.reviews.count({ state: 'open' }).then(
      () => true,
      () => false,
    )
    const status = stopping.aborted ? 'stopping' : readable ? 'ok' : 'the database cannot be read'
    return context.json({ status }, status === 'ok' ? 200 : 503)
  })
}

function measured(metrics: Metrics) {
  return async (context: Context<Env>, next: () => Promise<void>): Promise<void> => {
    const start = performance.now()
    await next()
    const { headers, status } = context.res
    headers.set('x-content-type-options', 'nosniff')
    if (!headers.has('referrer-policy')) headers.set('referrer-policy', 'no-referrer')
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
    metrics.request(context.req.method, context.get('route') ?? 'other', status, (performance.now() - start) / 1000)
  }
}

/** Sign-in, the console, or nothing. */
function otherwise({ authenticator, console: folder }: HttpOptions) {
  const pages = folder === false ? undefined : new Pages(folder ?? ownConsole())
  return async (context: Context<Env>): Promise<Response> => {
    const { path, raw } = context.req
    if (!isApi(path)) {
      const page = (await authenticator.route?.(raw, context.get('arrival'))) ?? (await pages?.answer(raw))
      if (page !== undefined) return page
    }
    const problem = problemOf(
      new RondoError('not_found', `There is nothing at ${context.req.method} ${path}. GET /docs says what there is.`),
    )
    return context.json(problem.body, problem.status)
  }
}

function failed(error: Error, context: Context<Env>, warn: (message: string, cause?: unknown) => void): Response {
  const { status, body } = problemOf(error)
  if (status === 500) warn(`${context.req.method} ${context.req.path} failed.`, error)
  return context.req.path.startsWith('/v1/') ? openAiProblem(error) : context.json(body, status)
}

function isApi(path: string): boolean {
  return path.startsWith('/api/') || path.startsWith('/v1/') || path === '/api' || path === '/v1'
}

/** From `src/http` as from `dist/http`, it is built into the package's `dist`. */
function ownConsole(): string {
  return join(import.meta.dirname, '..', '..', 'dist', 'console')
}

function ownVersion(): string {
  const file: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'))
  return file !== null && typeof file === 'object' && 'version' in file ? String(file.version) : 'unknown'
}

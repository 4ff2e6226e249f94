/**
 * The HTTP door, open: listens, says how to get in, and closes in good order.
 *
 * Owns: the socket and the shutdown. Never: closes the system it serves, unless asked to (`shutDown`).
 */
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { userInfo } from 'node:os'
import { createAdaptorServer } from '@hono/node-server'
import { systemClock } from '../clock.ts'
import { RondoError } from '../errors.ts'
import { type Duration, milliseconds, type Rondo } from '../index.ts'
import { anyOf, TokenAccess, type TokenOptions } from './access.ts'
import { type HttpApp, type HttpOptions, httpApp } from './app.ts'
import { UserAccess } from './sign-in.ts'

export interface ServeOptions extends Partial<HttpOptions> {
  /** Default 4747; 0 takes one that is free. */
  readonly port?: number
  /** Default 127.0.0.1: this machine only. */
  readonly host?: string
  /**
   * What callers send as "Authorization: Bearer …", with every right. Without one (and without an authenticator) one is made, unless there
   * are users: then they sign in.
   */
  readonly token?: string
  /** How browsers reach this server, when a proxy stands in front: `https://rondo.example.org`. Cookies are `Secure` then. */
  readonly publicUrl?: string
  /** Who stands behind the token. Default: the user of this process. */
  readonly person?: { readonly name: string; readonly roles?: readonly string[] }
  /** How long requests under way have to end when the server stops. Default `10s`. */
  readonly grace?: Duration
  /** Told how to get in, when a token was made. Default: prints it. */
  readonly print?: (text: string) => void
}

/** A server that listens. */
export interface Served {
  /** `http://127.0.0.1:4747` */
  readonly url: string
  readonly port: number
  /** The token callers send; `undefined` when there is none: an authenticator was given, or users sign in. */
  readonly token: string | undefined
  /** A new link that signs its first visitor in; `undefined` when there is no token. */
  link(): string | undefined
  readonly app: HttpApp
  /** Takes no more requests, ends streams with a hint to come again, and lets requests under way end. */
  close(): Promise<void>
  /** `close`, then closes the system as well. */
  shutDown(): Promise<void>
}

const PORT = 4747
const LOOK_EVERY_MS = 25
/** Longer than proxies keep theirs, so that none is closed under a request. */
const KEEP_ALIVE_MS = 65_000

/** Serves a running system over HTTP. Throws `config_invalid` when the port is taken. */
export async function serveHttp(rondo: Rondo, options: ServeOptions = {}): Promise<Served> {
  const { port = PORT, host = '127.0.0.1', print = console.log } = options
  const token = await tokenOf(rondo, options)
  const access = token === undefined ? undefined : new TokenAccess({ ...whose(options), token, signedIn: noting(rondo, options) })
  const users = new UserAccess(rondo, options)
  const authenticator = options.authenticator ?? anyOf(access === undefined ? [users] : [access, users])
  const hosts = [...(options.hosts ?? []), ...(isName(host) ? [host] : []), ...hostOf(options)]
  const app = httpApp(rondo, { ...options, authenticator, hosts })
  const server = createAdaptorServer({ fetch: app.hono.fetch, serverOptions: { keepAliveTimeout: KEEP_ALIVE_MS } }) as Server
  const bound = await listen(server, port, host)
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`
  const link = (): string | undefined => (access === undefined ? undefined : `${url}${access.link()}`)
  if (access === undefined && options.authenticator === undefined) print(`Rondo is at ${options.publicUrl ?? url}`)
  if (access !== undefined && options.token === undefined) print(`Rondo is at ${url}\nOpen this link once to sign in: ${link()}`)
  const close = closing(server, app, options)
  return {
    url,
    port: bound,
    token,
    link,
    app,
    close,
    async shutDown() {
      await close()
      await rondo.close()
    },
  }
}

function whose({ person }: ServeOptions): { name: string; roles?: readonly string[] } {
  return person ?? { name: userInfo().username }
}

/** The token of this server: the one given, or a new one where nobody could sign in otherwise. */
async function tokenOf(rondo: Rondo, { authenticator, token }: ServeOptions): Promise<string | undefined> {
  if (authenticator !== undefined) return undefined
  if (token !== undefined) return token
  return (await rondo.access.hasUsers()) ? undefined : randomBytes(32).toString('base64url')
}

/** A sign-in by the link is in the audit log before it is one. */
function noting(rondo: Rondo, options: ServeOptions): NonNullable<TokenOptions['signedIn']> {
  const { name: by } = whose(options)
  return async (arrival) => {
    await rondo.access.audit.append({ by, what: 'sign-in', credential: 'link of the server', outcome: 'done', detail: 'link', ...arrival })
  }
}

function hostOf({ publicUrl }: ServeOptions): string[] {
  return publicUrl !== undefined && URL.canParse(publicUrl) ? [new URL(publicUrl).hostname] : []
}

function isName(host: string): boolean {
  return /[a-z]/i.test(host) && !host.includes(':')
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? `Port ${port} of ${host} is taken by another program. Name another port.` : error.message
      reject(new RondoError('config_invalid', `The HTTP door could not be opened: ${why}`, { cause: error, details: { port, host } }))
    })
    server.listen(port, host, () => {
      const address = server.address()
      resolve(address !== null && typeof address === 'object' ? address.port : port)
    })
  })
}

/** Closes once, however often it is called. */
function closing(server: Server, app: HttpApp, { clock = systemClock, grace = '10s' }: ServeOptions): () => Promise<void> {
  let closed: Promise<void> | undefined
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      let takeBack: () => void = () => undefined
      const lastAt = clock.now() + milliseconds(grace)
      server.close(() => {
        takeBack()
        resolve()
      })
      app.stop()
      // A connection that is kept alive is let go once it is idle, and all of them at the end of the grace.
      const look = (): void => {
        if (clock.now() >= lastAt) server.closeAllConnections()
        else {
          server.closeIdleConnections()
          takeBack = clock.at(clock.now() + LOOK_EVERY_MS, look)
        }
      }
      look()
    })
  return () => (closed ??= close())
}

/**
 * A system with users behind a real HTTP server, a clock turned by hand, and a browser's means: cookies and an origin.
 */

import { ManualClock } from '../../src/clock.ts'
import { type Served, type ServeOptions, serveHttp } from '../../src/http.ts'
import { createRondo, type Rondo, type RondoOptions, type UserRole } from '../../src/index.ts'
import { type Asking, ask, atEnd, FLOWS, type Reply } from '../http/stage.ts'

export const PASSWORD = 'three plain words'
/** Cheap, so that many sign-ins take no time. */
export const COST = { n: 2 ** 10, r: 8, p: 1 }
export const ADMIN = { by: 'root', credential: 'command line' }

export interface AccessStage {
  readonly rondo: Rondo
  readonly served: Served
  readonly url: string
  readonly clock: ManualClock
  add(name: string, role: UserRole, reviews?: readonly string[]): Promise<void>
  /** A token of a user, with all they may do unless told otherwise. */
  token(name: string, scopes?: readonly string[]): Promise<string>
  ask(path: string, init?: Asking): Promise<Reply>
  /** Closes it all, and opens it again on the same database. */
  restart(): Promise<AccessStage>
}

export async function accessStage(
  options: Partial<RondoOptions> = {},
  serving: ServeOptions = {},
  clock = new ManualClock(),
): Promise<AccessStage> {
  const access = { passwordCost: COST, ...options.access }
  const rondo = await createRondo({ flows: FLOWS, database: ':memory:', warn: () => undefined, clock, ...options, access })
  if ((await rondo.access.users.list()).length === 0)
    await rondo.access.users.create(ADMIN, { name: 'root', role: 'admin', password: PASSWORD })
  const served = await serveHttp(rondo, { port: 0, console: false, clock, print: () => undefined, warn: () => undefined, ...serving })
  let isOpen = true
  const close = async (): Promise<void> => {
    if (!isOpen) return
    isOpen = false
    // The server looks at its clock for how long requests may still take.
    const turning = setInterval(() => clock.advance(25), 5)
    await served.shutDown()
    clearInterval(turning)
  }
  atEnd(close)
  return {
    rondo,
    served,
    url: served.url,
    clock,
    add: async (name, role, reviews) => {
      await rondo.access.users.create(ADMIN, { name, role, password: PASSWORD, ...(reviews !== undefined && { reviews }) })
    },
    token: async (name, scopes = ['*']) => {
      const { role } = await rondo.access.users.get(name)
      const all = scopes.includes('*') && role !== 'admin' ? GRANTED[role] : scopes
      return (await rondo.access.tokens.create(ADMIN, name, { label: 'test', scopes: all })).secret
    },
    ask: (path, init) => ask(served.url, path, { token: false, ...init }),
    restart: async () => {
      await close()
      return accessStage(options, serving, clock)
    },
  }
}

/** What each role may do, written down a second time. */
export const GRANTED: Readonly<Record<UserRole, readonly string[]>> = {
  viewer: ['read', 'account'],
  reviewer: ['read', 'answer', 'account'],
  operator: ['read', 'run', 'operate', 'answer', 'edit', 'account'],
  admin: ['read', 'run', 'operate', 'answer', 'edit', 'account', 'admin'],
}

/** Signs in as a browser does from the server's own page; the cookie to send from then on. */
export async function signIn(
  stage: AccessStage,
  name: string,
  password = PASSWORD,
  headers: Record<string, string> = {},
): Promise<Reply & { cookie: string }> {
  const reply = await stage.ask('/login', { json: { name, password }, headers: { origin: stage.url, ...headers } })
  return { ...reply, cookie: (reply.headers.get('set-cookie') ?? '').split(';')[0] ?? '' }
}

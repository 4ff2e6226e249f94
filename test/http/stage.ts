/**
 * A system behind a real HTTP server, for the tests of the door: its flows, a database of its own, and a client's means.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { z } from 'zod'
import { type Served, type ServeOptions, serveHttp } from '../../src/http.ts'
import { type AnyFlow, createRondo, flow, type Rondo, type RondoOptions } from '../../src/index.ts'

export const TOKEN = 'a-token-of-the-tests'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Does this when the test is over. */
export function atEnd(end: () => Promise<void> | void): void {
  ends.push(end)
}

export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'rondo-http-'))
  ends.push(() => rmSync(made, { recursive: true, force: true }))
  return made
}

export const echo = flow({
  name: 'echo',
  input: z.object({ text: z.string() }),
  output: z.object({ text: z.string() }),
  run: async (run, { text }) => ({ text: await run.step('say', () => text, { effect: 'none' }) }),
})

export const approval = flow({
  name: 'approval',
  input: z.object({ text: z.string() }),
  output: z.object({ outcome: z.string() }),
  async run(run, { text }) {
    await run.step('before', () => text, { effect: 'none' })
    const review = await run.review('approve', { subject: { text }, title: 'Send it?', role: 'desk' })
    await run.step('after', () => review.outcome, { effect: 'none' })
    return { outcome: review.outcome }
  },
})

export const failing = flow({
  name: 'failing',
  input: z.object({}),
  output: z.string(),
  run: async (run) =>
    run.step(
      'break',
      (): string => {
        throw new Error('It broke.')
      },
      { effect: 'none', retry: { attempts: 1 } },
    ),
})

export const FLOWS: readonly AnyFlow[] = [echo, approval, failing]

export interface Stage {
  readonly rondo: Rondo
  readonly served: Served
  readonly url: string
  /** A request as the token's person, JSON both ways. */
  ask(path: string, init?: Asking): Promise<Reply>
}

/** What came back. */
export interface Reply {
  readonly status: number
  readonly body: unknown
  readonly headers: Headers
}

export interface Asking {
  readonly method?: string
  readonly json?: unknown
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly token?: string | false
  readonly signal?: AbortSignal
}

export async function stage(options: Partial<RondoOptions> = {}, serving: ServeOptions = {}): Promise<Stage> {
  const rondo = await createRondo({ flows: FLOWS, database: ':memory:', warn: () => undefined, ...options })
  const served = await serveHttp(rondo, { port: 0, token: TOKEN, person: { name: 'ann', roles: ['*'] }, console: false, ...serving })
  ends.push(() => served.shutDown())
  return { rondo, served, url: served.url, ask: (path, init) => ask(served.url, path, init) }
}

export async function ask(url: string, path: string, init: Asking = {}): Promise<Reply> {
  const { json, body, headers = {}, token = TOKEN, method = json === undefined && body === undefined ? 'GET' : 'POST', signal } = init
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token !== false && { authorization: `Bearer ${token}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
    ...(body !== undefined && { body }),
    ...(signal !== undefined && { signal }),
  })
  const text = await response.text()
  return { status: response.status, body: bodyOf(text), headers: response.headers }
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** A request exactly as written: `fetch` tidies paths and hosts up. */
export function raw(
  url: string,
  {
    path,
    method = 'GET',
    headers = {},
    body,
  }: { path: string; method?: string; headers?: Record<string, string>; body?: string | Iterable<string> },
): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers: { authorization: `Bearer ${TOKEN}`, ...headers } }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
      response.on('error', reject)
    })
    sent.on('error', reject)
    if (typeof body === 'string') sent.write(body)
    else for (const piece of body ?? []) sent.write(piece)
    sent.end()
  })
}

/** Waits until something is so: for what another party does in its own time. */
export async function until<Value>(look: () => Promise<Value | undefined> | Value | undefined, what = 'it'): Promise<Value> {
  for (let tries = 0; tries < 2000; tries += 1) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`Waited for ${what} in vain.`)
}

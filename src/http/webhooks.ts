/**
 * Webhooks: tells other systems what happened, signed, and tries again until they heard it.
 *
 * Owns: which events there are, what is sent, and when it is tried again. A delivery is a run of a small flow of its own, so it is as
 * durable as any run, stands in the same lists, and can be cancelled or retried by hand.
 * Invariants:
 *   W1. Every end of a run and every question is sent at least once to every endpoint that wants it, also when the process died right
 *       after it: at the start, what happened in the last days is looked through again, and a delivery's key keeps it from being made
 *       twice. `inbox.ended` is told as it happens only: who must not miss it asks for the question.
 *   W2. Events carry ids and statuses, and no contents: who wants those reads them with a token of their own.
 *   W3. A secret is never in the journal: a delivery names its endpoint, and the secret is found here.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type Clock, systemClock } from '../clock.ts'
import { TerminalError } from '../errors.ts'
import { type AnyFlow, type Duration, flow, milliseconds, type Rondo, RondoError, type RunEvent, type RunRecord } from '../index.ts'
import { iso, pathOf } from './documents.ts'
import { checkSecret, sign } from './signature.ts'

export type WebhookEvent =
  | 'run.completed'
  | 'run.failed'
  | 'run.cancelled'
  | 'run.stopped'
  /** A question stands in the inbox. */
  | 'inbox.opened'
  /** It was answered, or needs no answer any more. */
  | 'inbox.ended'

export interface WebhookEndpoint {
  /** What deliveries call it. */
  readonly name: string
  readonly url: string
  /** `whsec_…`; several while one takes the place of another, the newest first. */
  readonly secret: string | readonly string[]
  /** Default: all of them. */
  readonly events?: readonly WebhookEvent[]
  /** Only of these flows. Default: all of them. */
  readonly flows?: readonly string[]
}

export interface WebhookOptions {
  readonly endpoints: readonly WebhookEndpoint[]
  /** For one attempt. Default `15s`. */
  readonly timeout?: Duration
  /** How far back is looked at the start for what was not told. Default `3d`. */
  readonly lookBack?: Duration
  /** Attempts of a delivery in all: the waits between them double from five seconds to an hour. Default 20, about half a day. */
  readonly attempts?: number
  readonly clock?: Clock
  readonly fetch?: typeof fetch
  readonly warn?: (message: string, cause?: unknown) => void
}

export interface Webhooks {
  /** Hand it to `createRondo({ flows: [...yours, webhooks.flow] })`. */
  readonly flow: AnyFlow
  /** Begins to tell. Resolves when what was missed is on its way; returns a function that ends it. */
  attach(rondo: Rondo): Promise<() => Promise<void>>
}

export const WEBHOOK_FLOW = 'rondo webhook'
const PAGE = 500
const MOST_LOOKED_AT = 100_000

const delivery = z.object({
  endpoint: z.string(),
  id: z.string(),
  type: z.string(),
  /** The body, as it is signed. */
  body: z.string(),
})
type Delivery = z.output<typeof delivery>

interface Happening {
  readonly id: string
  readonly type: WebhookEvent
  readonly flow: string
  readonly at: number
  readonly data: Readonly<Record<string, unknown>>
}

/** Makes webhooks. Throws `config_invalid` for an endpoint that could never be told. */
export function webhooks(options: WebhookOptions): Webhooks {
  const endpoints = new Map(options.endpoints.map((endpoint) => [endpoint.name, endpoint]))
  if (endpoints.size < options.endpoints.length) throw invalid('two endpoints have the same name')
  for (const endpoint of endpoints.values()) check(endpoint)
  return {
    flow: deliveryFlow(options, endpoints),
    attach: (rondo) => new Teller(rondo, options, [...endpoints.values()]).begin(),
  }
}

function deliveryFlow(options: WebhookOptions, endpoints: ReadonlyMap<string, WebhookEndpoint>): AnyFlow {
  const { attempts = 20, timeout = '15s' } = options
  return flow({
    name: WEBHOOK_FLOW,
    input: delivery,
    output: z.object({ status: z.number() }),
    run: async (run, input) => {
      const status = await run.step('post', ({ signal }) => post(options, endpoints.get(input.endpoint), input, signal), {
        effect: 'idempotent',
        timeout,
        retry: { attempts, first: '5s', factor: 2, longest: '1h' },
      })
      return { status }
    },
  })
}

/** One attempt. The id stays the same over all of them, so that a receiver can tell that it heard this before. */
async function post(
  options: WebhookOptions,
  endpoint: WebhookEndpoint | undefined,
  { id, body }: Delivery,
  signal: AbortSignal,
): Promise<number> {
  if (endpoint === undefined) throw new TerminalError('This endpoint is no longer among the webhooks.')
  const { clock = systemClock, fetch: send = fetch } = options
  const headers = sign(secretsOf(endpoint), id, Math.floor(clock.now() / 1000), body)
  const response = await send(endpoint.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'rondo-webhooks', ...headers },
    body,
    signal,
    // Where it would lead, nobody configured.
    redirect: 'manual',
  })
  await response.body?.cancel()
  if (response.status >= 200 && response.status < 300) return response.status
  if (response.status === 410) throw new TerminalError(`${endpoint.name} is gone (410): it wants no more webhooks.`)
  throw new Error(`${endpoint.name} answered with ${response.status}.`)
}

class Teller {
  readonly #rondo: Rondo
  readonly #options: WebhookOptions
  readonly #endpoints: readonly WebhookEndpoint[]
  /** Questions that were told of and stand open, by run. */
  readonly #open = new Map<string, Set<string>>()
  #last: Promise<void> = Promise.resolve()

  constructor(rondo: Rondo, options: WebhookOptions, endpoints: readonly WebhookEndpoint[]) {
    this.#rondo = rondo
    this.#options = options
    this.#endpoints = endpoints
  }

  async begin(): Promise<() => Promise<void>> {
    const off = this.#rondo.events.subscribe((event) => this.#hear(event))
    await this.#lookBack()
    return async () => {
      off()
      await this.#last
    }
  }

  /** In the order in which it happened, and never at the cost of who happened to cause it. */
  #hear(event: RunEvent): void {
    const isEnd = event.type === 'status' && statusEvent(event.status) !== undefined
    const isQuestion = event.type === 'entry' && (isAsking(event) || this.#open.has(event.run))
    if (!isEnd && !isQuestion) return
    this.#last = this.#last.then(() => this.#look(event)).catch((error: unknown) => this.#complain(error))
  }

  async #look(event: RunEvent): Promise<void> {
    if (event.type === 'entry' && isAsking(event)) await this.#tellQuestion(`${event.run}:${pathOf(event.entry)}`)
    // Whatever happened may have ended a question: an answer, a race that was lost, the end of the run.
    else for (const id of this.#open.get(event.run) ?? []) await this.#tellQuestion(id)
    const run = event.type === 'status' ? await this.#rondo.runs.get(event.run) : undefined
    if (run !== undefined) await this.#tellRun(run)
  }

  async #tellRun(run: RunRecord): Promise<void> {
    const type = statusEvent(run.status)
    if (type === undefined || run.flow === WEBHOOK_FLOW) return
    const at = run.endedAt ?? run.startedAt ?? run.createdAt
    const { id, flow, status, key, parent } = run
    const data = { run: id, flow, status, ...(key !== undefined && { key }), ...(parent !== undefined && { parent: parent.run }) }
    // A run that is retried may end again: it is another event then.
    await this.#tell({ id: `${type}:${id}:${run.epoch}`, type, flow, at, data })
  }

  async #tellQuestion(id: string): Promise<void> {
    const item = await this.#rondo.inbox.get(id)
    if (item === undefined || item.flow === WEBHOOK_FLOW || item.state === 'early') return
    const { run, path, flow, kind, role, title, openedAt, dueAt, state } = item
    const data = { id, run, path, flow, kind, role, title, ...(dueAt !== undefined && { dueAt: iso(dueAt) }) }
    if (state === 'open' || state === 'settled') {
      this.#open.set(run, (this.#open.get(run) ?? new Set()).add(id))
      return await this.#tell({ id: `inbox.opened:${id}:${openedAt}`, type: 'inbox.opened', flow, at: openedAt, data })
    }
    const open = this.#open.get(run)
    open?.delete(id)
    if (open?.size === 0) this.#open.delete(run)
    const ended = { id: `inbox.ended:${id}:${openedAt}`, type: 'inbox.ended' as const, flow, at: item.answers.at(-1)?.at ?? openedAt }
    await this.#tell({ ...ended, data: { ...data, state, by: item.answers.map(({ by }) => by) } })
  }

  async #tell({ id, type, flow, at, data }: Happening): Promise<void> {
    for (const { name, events, flows } of this.#endpoints) {
      if (events?.includes(type) === false || flows?.includes(flow) === false) continue
      const input: Delivery = { endpoint: name, id, type, body: JSON.stringify({ type, timestamp: iso(at), data }) }
      await this.#rondo.runs.start(WEBHOOK_FLOW, input, { key: keyOf(name, id) })
    }
  }

  /** What happened while nobody told: runs that ended, and questions that stand open. */
  async #lookBack(): Promise<void> {
    const { clock = systemClock, lookBack = '3d' } = this.#options
    const since = clock.now() - milliseconds(lookBack)
    for await (const run of this.#endedSince(since)) await this.#tellRun(run)
    for (const { id, openedAt } of await this.#rondo.inbox.list({ limit: PAGE * 10 })) if (openedAt >= since) await this.#tellQuestion(id)
  }

  /** Newest runs first, oldest told first. */
  async *#endedSince(since: number): AsyncGenerator<RunRecord> {
    const ended: RunRecord[] = []
    let before: string | undefined
    for (let looked = 0; looked < MOST_LOOKED_AT; looked += PAGE) {
      const page = await this.#rondo.runs.list({
        status: ['completed', 'failed', 'cancelled', 'stopped'],
        limit: PAGE,
        ...(before !== undefined && { before }),
      })
      ended.push(...page.filter(({ endedAt, flow }) => (endedAt ?? 0) >= since && flow !== WEBHOOK_FLOW))
      before = page.at(-1)?.id
      if (page.length < PAGE) break
    }
    yield* ended.sort((one, other) => (one.endedAt ?? 0) - (other.endedAt ?? 0))
  }

  #complain(error: unknown): void {
    const { warn = console.warn } = this.#options
    warn('A webhook could not be put on its way; it is looked for again at the next start.', error)
  }
}

/** A question was put to people. */
function isAsking({ entry }: Extract<RunEvent, { type: 'entry' }>): boolean {
  return entry.state === 'opened' && entry.attempt !== undefined
}

function statusEvent(status: RunRecord['status']): WebhookEvent | undefined {
  if (status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'stopped') return `run.${status}`
  return undefined
}

/** Keys are short, ids may be long. */
function keyOf(endpoint: string, id: string): string {
  return createHash('sha256')
    .update(JSON.stringify([endpoint, id]))
    .digest('base64url')
}

function secretsOf({ secret }: WebhookEndpoint): readonly string[] {
  return typeof secret === 'string' ? [secret] : secret
}

function check(endpoint: WebhookEndpoint): void {
  const { name, url } = endpoint
  if (name === '') throw invalid('an endpoint has no name')
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw invalid(`"${name}" has no http(s) address to send to: ${url}`)
  if (secretsOf(endpoint).length === 0) throw invalid(`"${name}" has no secret`)
  for (const secret of secretsOf(endpoint)) checkSecret(secret)
}

function invalid(why: string): RondoError {
  return new RondoError('config_invalid', `webhooks(): ${why}.`)
}

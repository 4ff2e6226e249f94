/**
 * A typed client of a Rondo server, for Node, browsers, and wherever there is `fetch`.
 *
 * Owns: the client's shape. Its types are inferred from the flows, of which only the types are needed: `createClient<typeof flows>(…)`.
 */
import type { Flow } from '../flow/flow.ts'
import type { ItemDocument, ResultDocument, RunDocument } from '../http/documents.ts'
import { type ClientOptions, Requests } from './requests.ts'
import { RemoteRun, type StartRun } from './runs.ts'
import { toWire } from './values.ts'

/** Flows by their names: `{ 'mail-desk': mailDesk }`. */
export type Flows = Readonly<Record<string, { readonly name: string }>>

type InputOf<One> = One extends Flow<infer Input, infer _> ? Input : never
type OutputOf<One> = One extends Flow<infer _, infer Output> ? Output : never

/** One flow of a server. */
export interface FlowClient<Input, Output> {
  /** Starts a run. */
  start(input: Input, options?: StartRun): Promise<RemoteRun<Output>>
  /** Starts a run and waits for its output, as long as it takes. */
  run(input: Input, options?: StartRun): Promise<Output>
}

/** An answer to a question, besides its value. */
export interface Answering {
  readonly note?: string
  readonly attentionMs?: number
  /** As the item showed it: an answer to a question that was asked anew since is refused. */
  readonly openedAt?: string
}

export interface InboxClient {
  /** Most urgent first; what I may answer, unless `for: 'all'`. */
  list(filter?: {
    readonly for?: 'me' | 'all'
    readonly role?: string
    readonly flow?: string
    readonly run?: string
    readonly state?: ItemDocument['state']
    readonly limit?: number
    readonly after?: string
  }): Promise<{ readonly items: readonly ItemDocument[]; readonly next?: string }>
  get(id: string): Promise<ItemDocument>
  count(): Promise<number>
  claim(id: string): Promise<ItemDocument>
  release(id: string): Promise<ItemDocument>
  accept(id: string, options?: Answering): Promise<ItemDocument>
  answer(id: string, value: unknown, options?: Answering): Promise<ItemDocument>
  reject(id: string, note: string, options?: Omit<Answering, 'note'>): Promise<ItemDocument>
  reassign(id: string, role: string, note?: string): Promise<ItemDocument>
  comment(id: string, text: string): Promise<ItemDocument>
}

export interface Client<Known extends Flows> {
  /** A flow, by its name. */
  flow<Name extends keyof Known & string>(name: Name): FlowClient<InputOf<Known[Name]>, OutputOf<Known[Name]>>
  /** A run, by its id. */
  run(id: string): RemoteRun<unknown>
  readonly runs: {
    list(filter?: {
      readonly flow?: string
      readonly status?: readonly RunDocument['status'][]
      readonly q?: string
      readonly before?: string
      readonly limit?: number
    }): Promise<{ readonly items: readonly RunDocument[]; readonly next?: string }>
  }
  readonly inbox: InboxClient
}

/**
 * A client of the server at `url`.
 *
 * @example
 * const client = createClient<typeof flows>({ url: 'http://127.0.0.1:4747', token })
 * const run = await client.flow('mail-desk').start({ raw })
 * for await (const event of run.events()) if (event.type === 'delta') process.stdout.write(event.text)
 * const { folder } = await run.result()
 */
export function createClient<Known extends Flows>(options: ClientOptions): Client<Known> {
  const requests = new Requests(options)
  return {
    flow: (name) => flowClient(requests, name),
    run: (id) => new RemoteRun(requests, id),
    runs: {
      list: ({ status, ...filter } = {}) =>
        requests.json({ path: '/api/runs', query: { ...filter, ...(status !== undefined && { status: status.join(',') }) } }),
    },
    inbox: inboxClient(requests),
  }
}

function flowClient<Input, Output>(requests: Requests, name: string): FlowClient<Input, Output> {
  const start = async (input: Input, { key, id, within }: StartRun = {}): Promise<RemoteRun<Output>> => {
    const started = await requests.json<ResultDocument>({
      method: 'POST',
      path: `/api/flows/${encodeURIComponent(name)}/runs`,
      body: { input: toWire(input), ...(id !== undefined && { id }), ...(within !== undefined && { within }) },
      headers: key === undefined ? {} : { 'idempotency-key': key },
      repeatable: key !== undefined || id !== undefined,
    })
    return new RemoteRun(requests, started.id)
  }
  return {
    start,
    run: async (input, options) => (await start(input, options)).result(),
  }
}

function inboxClient(requests: Requests): InboxClient {
  const at = (id: string, rest = ''): string => `/api/inbox/${encodeURIComponent(id)}${rest}`
  const act = (id: string, what: string, body: object = {}): Promise<ItemDocument> =>
    requests.json({ method: 'POST', path: at(id, `/${what}`), body })
  return {
    list: (filter = {}) => requests.json({ path: '/api/inbox', query: { ...filter } }),
    get: (id) => requests.json({ path: at(id) }),
    count: async () => (await requests.json<{ open: number }>({ path: '/api/inbox/count' })).open,
    claim: (id) => act(id, 'claim'),
    release: (id) => act(id, 'release'),
    accept: (id, options) => act(id, 'accept', options),
    answer: (id, value, options) => act(id, 'answer', { ...options, value: toWire(value) }),
    reject: (id, note, options) => act(id, 'reject', { ...options, note }),
    reassign: (id, role, note) => act(id, 'reassign', { role, ...(note !== undefined && { note }) }),
    comment: (id, text) => act(id, 'comment', { text }),
  }
}

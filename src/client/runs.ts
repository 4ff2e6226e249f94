/**
 * Runs from afar: start them, wait for them, follow them over lost connections, ask something of them.
 *
 * Owns: coming back. Invariants:
 *   C1. `events()` gives each entry once and in order, however often the connection is lost or the server is started again.
 *   C2. `result()` waits as long as it takes, whatever the run waits for and however often the server goes away meanwhile.
 */
import type { EntryDocument, ResultDocument, RunDocument } from '../http/documents.ts'
import { eventsIn, type ReceivedEvent } from './event-lines.ts'
import { type Requests, RondoClientError } from './requests.ts'
import { fromWire, toWire } from './values.ts'

export interface StartRun {
  /** The same key and input again give the same run. Without one, a start whose answer was lost is not tried again. */
  readonly key?: string
  readonly id?: string
  /** How long the run may take: `'1h'`, or milliseconds. */
  readonly within?: string | number
}

/** What a run tells. `entry` stands in the journal; the others are live only. */
export type ClientEvent =
  | { readonly type: 'entry'; readonly entry: EntryDocument }
  | { readonly type: 'status'; readonly status: RunDocument['status'] }
  | { readonly type: 'delta'; readonly path: string; readonly text: string }
  | { readonly type: 'progress'; readonly path: string; readonly message: string }

export interface Follow {
  /** Goes on after this entry's `seq`. */
  readonly after?: number
  /** With what steps returned, and what was shown and known. */
  readonly full?: boolean
  readonly signal?: AbortSignal
}

const WAIT = '60s'

/** A run of a server. */
export class RemoteRun<Output> {
  readonly id: string
  readonly #requests: Requests

  constructor(requests: Requests, id: string) {
    this.#requests = requests
    this.id = id
  }

  get(): Promise<RunDocument> {
    return this.#requests.json({ path: this.#path() })
  }

  /** The output. Throws `RondoClientError` with code `run_failed`, `run_cancelled` or `run_stopped` for a run that has none. */
  async result(options: { readonly signal?: AbortSignal } = {}): Promise<Output> {
    for (let lost = 0; ; ) {
      try {
        const result = await this.#requests.json<ResultDocument>({ path: this.#path('/result'), query: { wait: WAIT }, ...options })
        lost = 0
        if (isOver(result.status)) return outputOf<Output>(result)
      } catch (error) {
        if (options.signal?.aborted === true || (error instanceof RondoClientError && error.status !== 503)) throw error
        lost += 1
        await this.#requests.pause(lost, options.signal)
      }
      options.signal?.throwIfAborted()
    }
  }

  /** Follows the run to its end. */
  async *events({ after = 0, full, signal }: Follow = {}): AsyncGenerator<ClientEvent> {
    let [last, lost, status] = [after, 0, '']
    while (!isAborted(signal)) {
      try {
        for await (const received of this.#stream(last, full, signal)) {
          lost = 0
          if (received.event === 'end') return
          const event = eventOf(received)
          if (event === undefined) continue
          if (event.type === 'entry') last = event.entry.seq
          // After a rejoin the server says again how the run stands.
          if (event.type === 'status' && event.status === status) continue
          if (event.type === 'status') status = event.status
          yield event
        }
      } catch (error) {
        if (isAborted(signal)) return
        if (error instanceof RondoClientError && error.status !== 503) throw error
      }
      lost += 1
      await this.#requests.pause(lost, signal)
    }
  }

  cancel(reason?: string): Promise<RunDocument> {
    return this.#ask('cancel', reason)
  }

  pause(reason?: string): Promise<RunDocument> {
    return this.#ask('pause', reason)
  }

  resume(): Promise<RunDocument> {
    return this.#ask('resume')
  }

  retry(): Promise<RunDocument> {
    return this.#ask('retry')
  }

  /** Sends a signal. With an `id` the same one again changes nothing, and a lost answer is asked for again. */
  async signal(topic: string, value: unknown, options: { readonly id?: string } = {}): Promise<boolean> {
    const { delivered } = await this.#requests.json<{ delivered: boolean }>({
      method: 'POST',
      path: this.#path(`/signals/${encodeURIComponent(topic)}`),
      body: { value: toWire(value), ...options },
      repeatable: options.id !== undefined,
    })
    return delivered
  }

  /** The journal, entry by entry. */
  async *journal(after = 0): AsyncGenerator<EntryDocument> {
    for (let last: number | undefined = after; last !== undefined; ) {
      const page: { items: EntryDocument[]; next?: string } = await this.#requests.json({
        path: this.#path('/journal'),
        query: { after: last },
      })
      yield* page.items
      last = page.next === undefined ? undefined : Number(page.next)
    }
  }

  async *#stream(after: number, full: boolean | undefined, signal: AbortSignal | undefined): AsyncGenerator<ReceivedEvent> {
    const response = await this.#requests.response({
      path: this.#path('/events'),
      query: { after, ...(full !== undefined && { full }) },
      headers: { accept: 'text/event-stream' },
      ...(signal !== undefined && { signal }),
    })
    if (response.body !== null) yield* eventsIn(response.body)
  }

  #ask(what: string, reason?: string): Promise<RunDocument> {
    return this.#requests.json({ method: 'POST', path: this.#path(`/${what}`), body: reason === undefined ? {} : { reason } })
  }

  #path(rest = ''): string {
    return `/api/runs/${encodeURIComponent(this.id)}${rest}`
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

function isOver(status: string): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'stopped'
}

/** What a result document says, or throws why there is none. */
function outputOf<Output>({ id, status, output, error, reason }: ResultDocument): Output {
  // The server has held it against the flow's own schema.
  if (status === 'completed') return fromWire(output) as Output
  const why = error?.message ?? reason ?? `Run ${id} is ${status}.`
  throw new RondoClientError(200, `run_${status}`, why, { run: id, ...(error !== undefined && { error }) })
}

function eventOf({ event, data }: ReceivedEvent): ClientEvent | undefined {
  if (event === 'entry') return { type: 'entry', entry: JSON.parse(data) }
  if (event === 'status' || event === 'delta' || event === 'progress') return { type: event, ...JSON.parse(data) }
  return undefined
}

/**
 * Server-sent events: a response that stays open and says things as they happen.
 *
 * Owns: the wire form, heartbeats, back pressure, and the end: the client's leaving, or the server's. Never: what is said.
 * Invariants:
 *   E1. A client that does not read holds up its own stream and nothing else: `send` waits for it.
 *   E2. When the server stops, every stream ends in good order with `bye`, and says when to come again.
 */
import type { Clock } from '../clock.ts'

export interface SentEvent {
  readonly event: string
  readonly data: unknown
  /** Where the client goes on from, if it leaves after this. */
  readonly id?: string | number
}

export interface EventStream {
  /** Resolves when the client has room for more. */
  send(event: SentEvent): Promise<void>
  /** A line that no client shows: keeps connections from being cut for silence. */
  comment(text: string): Promise<void>
  /** Raw text, for those who speak another dialect. */
  write(text: string): Promise<void>
  /** Aborted when the client is gone or the server stops. */
  readonly signal: AbortSignal
}

export interface StreamOptions {
  /** The client's connection. */
  readonly client: AbortSignal
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal
  readonly heartbeatMs: number
  readonly clock: Clock
  /** What is said when the server stops. */
  readonly bye?: string
  readonly headers?: Readonly<Record<string, string>>
}

const RECONNECT_MS = 1000
const BYE = `retry: ${RECONNECT_MS}\nevent: bye\ndata: {}\n\n`

/** A response that lasts as long as `body` does. */
export function eventStream(options: StreamOptions, body: (stream: EventStream) => Promise<void>): Response {
  const { client, stopping, bye = BYE, headers = {} } = options
  const gone = new AbortController()
  const signal = AbortSignal.any([client, stopping, gone.signal])
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, { highWaterMark: 64 }, { highWaterMark: 64 })
  const writer = writable.getWriter()
  const encoder = new TextEncoder()
  writer.closed.catch(() => gone.abort())
  const write = async (text: string): Promise<void> => {
    if (gone.signal.aborted) return
    await writer.ready.catch(() => undefined)
    writer.write(encoder.encode(text)).catch(() => gone.abort())
  }
  const stream: EventStream = {
    signal,
    write,
    comment: (text) => write(`: ${text}\n\n`),
    send: ({ event, data, id }) => write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
  }
  const run = async (): Promise<void> => {
    const endBeats = beats(options, () => void stream.comment('still here'))
    try {
      // Said at once, so that a client knows it is connected and proxies pass the head on.
      await write(`retry: ${RECONNECT_MS}\n\n`)
      await body(stream)
      if (stopping.aborted) await write(bye)
    } catch {
      // Nothing can be said any more: the head is sent, and the stream breaks off, which clients take for a reason to come again.
    } finally {
      endBeats()
      gone.abort()
      await writer.close().catch(() => undefined)
    }
  }
  void run()
  return new Response(readable, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      ...headers,
    },
  })
}

/** Calls back at every beat until the returned function is called. */
function beats({ clock, heartbeatMs }: StreamOptions, beat: () => void): () => void {
  let takeBack: () => void = () => undefined
  const arm = (): void => {
    takeBack = clock.at(clock.now() + heartbeatMs, () => {
      beat()
      arm()
    })
  }
  arm()
  return () => takeBack()
}

/** Something to wait for that may come while nobody waits: what came meanwhile counts. It rings when its stream ends, too. */
export class Bell {
  #rung = false
  #ring: () => void = () => undefined

  constructor(signal: AbortSignal) {
    if (signal.aborted) this.#rung = true
    else signal.addEventListener('abort', () => this.ring(), { once: true })
  }

  ring(): void {
    this.#rung = true
    this.#ring()
  }

  /** Resolves at once if it rang since it was last heard, or else when it rings. */
  async heard(): Promise<void> {
    if (!this.#rung) await new Promise<void>((resolve) => (this.#ring = resolve))
    this.#rung = false
  }
}

/**
 * What the endpoints of one door share.
 */
import type { Context } from 'hono'
import type { Clock } from '../clock.ts'
import type { Rondo } from '../index.ts'
import type { Env } from './endpoint.ts'
import type { Pulse } from './pulse.ts'
import { type EventStream, eventStream, type StreamOptions } from './sse.ts'

export interface DoorOptions {
  readonly rondo: Rondo
  readonly pulse: Pulse
  readonly heartbeatMs: number
  readonly chatWaitMs: number
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal
  readonly version: string
  readonly clock: Clock
}

export class Door {
  readonly rondo: Rondo
  readonly pulse: Pulse
  readonly stopping: AbortSignal
  readonly version: string
  readonly clock: Clock
  readonly startedAt: number
  /** How long a chat waits for a run that waits for people. */
  readonly chatWaitMs: number
  readonly #heartbeatMs: number
  readonly #listeners = new Set<(event: string, data: unknown) => void>()

  constructor(options: DoorOptions) {
    this.rondo = options.rondo
    this.pulse = options.pulse
    this.stopping = options.stopping
    this.version = options.version
    this.clock = options.clock
    this.startedAt = options.clock.now()
    this.chatWaitMs = options.chatWaitMs
    this.#heartbeatMs = options.heartbeatMs
  }

  /** Aborted when the client is gone, or the server stops. */
  until(context: Context<Env>): AbortSignal {
    return AbortSignal.any([context.req.raw.signal, this.stopping])
  }

  stream(context: Context<Env>, body: (stream: EventStream) => Promise<void>, more: Pick<StreamOptions, 'bye' | 'headers'> = {}): Response {
    return eventStream(
      { client: context.req.raw.signal, stopping: this.stopping, heartbeatMs: this.#heartbeatMs, clock: this.clock, ...more },
      body,
    )
  }

  /** Tells those who watch the system something that is no event of a run. */
  tell(event: string, data: unknown): void {
    for (const listener of this.#listeners) listener(event, data)
  }

  /** Hears what is told. Returns a function that ends it. */
  hear(listener: (event: string, data: unknown) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/**
 * What the endpoints of one door share.
 */
import type { Context } from 'hono'
import type { Clock } from '../clock.ts'
import type { Rondo } from '../index.ts'
import type { Authenticator, Principal, Scope } from './access.ts'
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
  readonly authenticator: Authenticator
}

/** So often an open stream looks whether whoever reads it still may. */
const LOOK_AGAIN_MS = 5000

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
  readonly #authenticator: Authenticator
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
    this.#authenticator = options.authenticator
  }

  /** Aborted when the client is gone, or the server stops. */
  until(context: Context<Env>): AbortSignal {
    return AbortSignal.any([context.req.raw.signal, this.stopping])
  }

  /** A stream that ends, too, within seconds of its reader's losing the right to it: a token revoked, a user disabled or signed out. */
  stream(context: Context<Env>, body: (stream: EventStream) => Promise<void>, more: Pick<StreamOptions, 'bye' | 'headers'> = {}): Response {
    const barred = new AbortController()
    const client = AbortSignal.any([context.req.raw.signal, barred.signal])
    const endLooks = this.#lookAgain(context, () => barred.abort())
    return eventStream({ client, stopping: this.stopping, heartbeatMs: this.#heartbeatMs, clock: this.clock, ...more }, (stream) =>
      body(stream).finally(endLooks),
    )
  }

  #lookAgain(context: Context<Env>, bar: () => void): () => void {
    let takeBack: () => void = () => undefined
    let ended = false
    const look = async (): Promise<void> => {
      const known = await Promise.resolve(this.#authenticator.authenticate(context.req.raw, context.get('arrival'))).catch(() => undefined)
      if (ended) return
      if (known === undefined || !maySee(known, context.get('needs'))) bar()
      else arm()
    }
    const arm = (): void => {
      takeBack = this.clock.at(this.clock.now() + LOOK_AGAIN_MS, () => void look())
    }
    arm()
    return () => {
      ended = true
      takeBack()
    }
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

function maySee({ scopes }: Principal, scope: Scope): boolean {
  return scopes.includes('*') || scopes.includes(scope)
}

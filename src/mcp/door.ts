/**
 * What the tools of one MCP door share: the running system, and how long a call waits.
 */
import { type Clock, systemClock } from '../clock.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { RondoError } from '../errors.ts'
import type { Actor, Person, Rondo, RunRecord } from '../index.ts'
import type { McpCall, McpCaller } from './tool.ts'
import { waitFor } from './wait.ts'

export interface McpOptions {
  /** The flows that are offered, by name. Default: all. */
  readonly flows?: readonly string[]
  /** What a tool's description says the flow does, by the flow's name. Default: the description of its input schema. */
  readonly descriptions?: Readonly<Record<string, string>>
  /** How long a call waits while its run waits for people, for a signal or for a time, before it says so and returns. Default `10s`. */
  readonly patience?: Duration
  /** How long a call waits in all. Clients give up after a minute, unless told otherwise. Default `50s`. */
  readonly longest?: Duration
  /** What becomes of the run when the caller takes the request back. Default `leave`: it goes on. */
  readonly onCancel?: 'leave' | 'cancel'
  /** Offers the inbox, answered as this person. A caller that the door knows as a person answers as themselves. */
  readonly person?: Person
  /** Who stands in the audit log where the caller is not known otherwise. Default: `person`, by MCP. */
  readonly actor?: Actor
  readonly clock?: Clock
  /** Told what nobody foresaw. Default: stderr. */
  readonly warn?: (message: string, cause?: unknown) => void
}

const DEFAULT_PATIENCE = '10s'
const DEFAULT_LONGEST = '50s'

export class Door {
  readonly options: McpOptions
  readonly clock: Clock
  readonly warn: (message: string, cause?: unknown) => void
  readonly #system: () => Rondo
  readonly #patienceMs: number
  readonly #longestMs: number

  /** `system` is asked at every call: what stands behind the door may change. */
  constructor(system: () => Rondo, options: McpOptions) {
    this.options = options
    this.clock = options.clock ?? systemClock
    this.warn = options.warn ?? console.error
    this.#system = system
    this.#patienceMs = milliseconds(options.patience ?? DEFAULT_PATIENCE)
    this.#longestMs = milliseconds(options.longest ?? DEFAULT_LONGEST)
  }

  get rondo(): Rondo {
    return this.#system()
  }

  /** Who does what this caller asks. */
  actorFor({ actor, person }: McpCaller): Actor {
    const by = person ?? this.options.person
    return actor ?? this.options.actor ?? { by: by?.name ?? 'somebody', credential: 'MCP' }
  }

  /** Waits for a run as the call would have it, and cancels the run if the caller goes and wants that. */
  async wait(rondo: Rondo, id: string, call: McpCall, how: { readonly fresh: boolean; readonly waitMs?: number }): Promise<RunRecord> {
    const patience = durationIn(call.meta, PATIENCE_KEY)
    const run = await waitFor(rondo, id, {
      clock: this.clock,
      patienceMs: how.waitMs ?? patience ?? this.#patienceMs,
      longestMs: how.waitMs ?? Math.max(this.#longestMs, patience ?? 0),
      signal: call.signal,
      fresh: how.fresh,
      ...(call.progress !== undefined && { progress: call.progress }),
    })
    const cancels = call.meta[CANCEL_KEY] === 'cancel' || (call.meta[CANCEL_KEY] === undefined && this.options.onCancel === 'cancel')
    if (call.signal.aborted && cancels) await rondo.runs.cancel(id, 'The caller took the request back.').catch(() => undefined)
    return run
  }
}

/** In a call's `_meta`: a text that makes a repeated call the same run. */
export const KEY_KEY = 'rondo/idempotencyKey'
/** In a call's `_meta`: how long this call waits for people, as `30s`. */
const PATIENCE_KEY = 'rondo/patience'
/** In a call's `_meta`: `cancel` or `leave`, what becomes of the run when the request is taken back. */
const CANCEL_KEY = 'rondo/onCancel'

function durationIn(meta: Readonly<Record<string, unknown>>, key: string): number | undefined {
  const given = meta[key]
  if (given === undefined) return undefined
  if (typeof given === 'string' || typeof given === 'number') return milliseconds(given)
  throw new RondoError('invalid_input', `_meta["${key}"] takes a duration such as "30s".`)
}

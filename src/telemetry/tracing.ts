/**
 * Listens to a system's runs, and has each tell its part of a trace.
 *
 * Owns: which runs are followed, in what order their events are worked off, and where each stands among traces. Never: slows a run down
 * or fails one: events are worked off behind it, and what goes wrong is a warning.
 * Invariant L1: the events of one run are worked off in the order in which they came.
 */
import type { Clock } from '../clock.ts'
import type { Events, RunEvent } from '../engine/events.ts'
import { ENDED, type RunRecord } from '../journal/records.ts'
import type { Store } from '../journal/store.ts'
import { describeRun } from './describe.ts'
import { RunTrace, type TracePlace } from './run-trace.ts'
import type { Parent, Sink } from './sdk.ts'
import { readTraceparent, spanIdOf, traceIdOf } from './span.ts'

/** What telemetry needs of a running system. */
export interface TelemetryGround {
  readonly store: Pick<Store, 'runs' | 'journal' | 'reviews'>
  readonly events: Pick<Events, 'subscribe'>
  readonly clock: Clock
  readonly warn: (message: string, cause?: unknown) => void
}

type Heard = Extract<RunEvent, { readonly type: 'entry' | 'status' }>

/** Runs whose beginnings are kept in mind; of others the journal is asked. */
const MOST_RUNS = 10_000
/** A collector that does not answer keeps nobody from stopping. */
const LAST_WAIT_MS = 5000

export class Tracing {
  readonly #ground: TelemetryGround
  readonly #sink: Sink
  readonly #content: boolean
  readonly #runs = new Map<string, RunTrace>()
  readonly #queues = new Map<string, Promise<void>>()
  readonly #unsubscribe: () => void
  /** Runs that began before this may have been forgotten. */
  #wholeSince = Number.NEGATIVE_INFINITY

  constructor(ground: TelemetryGround, sink: Sink, content: boolean) {
    this.#ground = ground
    this.#sink = sink
    this.#content = content
    this.#unsubscribe = ground.events.subscribe((event) => this.#hear(event))
  }

  /** Resolves when all that was heard so far has been sent. */
  async flush(): Promise<void> {
    await this.#drain()
    await this.#sink.flush()
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    await this.#drain()
    const { clock, warn } = this.#ground
    let takeBack = (): void => undefined
    const late = new Promise<void>((resolve) => {
      takeBack = clock.at(clock.now() + LAST_WAIT_MS, resolve)
    })
    const sent = this.#sink.shutDown().catch((error: unknown) => warn('The last spans could not be sent.', error))
    await Promise.race([sent, late])
    takeBack()
  }

  #hear(event: RunEvent): void {
    if (event.type !== 'entry' && event.type !== 'status') return
    const at = this.#ground.clock.now()
    const { run } = event
    const next = (this.#queues.get(run) ?? Promise.resolve())
      .then(() => this.#tell(event, at))
      .catch((error: unknown) => this.#ground.warn(`The trace of run ${run} has a gap.`, error))
      .finally(() => {
        if (this.#queues.get(run) === next) this.#queues.delete(run)
      })
    this.#queues.set(run, next)
  }

  async #drain(): Promise<void> {
    while (this.#queues.size > 0) await Promise.all(this.#queues.values())
  }

  async #tell(event: Heard, at: number): Promise<void> {
    const trace = this.#runs.get(event.run) ?? (await this.#follow(event.run))
    if (trace === undefined) return
    if (event.type === 'entry') {
      if (trace.place.sampled) await trace.entry(event.entry, at)
      return
    }
    if (!ENDED.includes(event.status)) return
    this.#runs.delete(event.run)
    if (!trace.place.sampled) return
    const run = await this.#ground.store.runs.get(event.run)
    if (run !== undefined) await trace.ended({ ...run, status: event.status }, at)
  }

  async #follow(id: string): Promise<RunTrace | undefined> {
    const { store } = this.#ground
    const run = await store.runs.get(id)
    if (run === undefined) return undefined
    // Driven for the first time, and not forgotten since: this process has seen all of it.
    const whole = run.epoch === 1 && (run.startedAt ?? 0) >= this.#wholeSince
    const trace = new RunTrace(run, await this.#placeOf(run), whole, { store, sink: this.#sink, content: this.#content })
    this.#runs.set(id, trace)
    this.#forget()
    return trace
  }

  #forget(): void {
    for (const id of this.#runs.keys()) {
      if (this.#runs.size <= MOST_RUNS) return
      if (this.#queues.has(id)) continue
      this.#runs.delete(id)
      this.#wholeSince = this.#ground.clock.now() + 1
    }
  }

  /** A run's trace: the one it was started in, that of the run that called it, or its own. */
  async #placeOf(run: RunRecord): Promise<TracePlace> {
    if (run.traceparent !== undefined) return this.#root(run, readTraceparent(run.traceparent))
    if (run.parent === undefined) return this.#root(run, undefined)
    const parentId = spanIdOf(run.parent.run, run.parent.path)
    const above = this.#runs.get(run.parent.run)?.place
    if (above !== undefined) return { ...above, parentId }
    const parent = await this.#ground.store.runs.get(run.parent.run)
    return parent === undefined ? this.#root(run, undefined) : { ...(await this.#placeOf(parent)), parentId }
  }

  #root(run: RunRecord, parent: Parent | undefined): TracePlace {
    const traceId = parent?.traceId ?? traceIdOf(run.id)
    const sampled = this.#sink.keeps({ traceId, ...describeRun(run) }, parent)
    return { traceId, parentId: parent?.spanId, sampled }
  }
}

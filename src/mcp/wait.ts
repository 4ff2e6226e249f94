/**
 * Waiting for a run on behalf of a call: until it is over, until people have kept it waiting for long enough, or until the caller goes.
 *
 * Owns: when a call has waited enough, and telling the steps that complete meanwhile. Never: drives, and never ends the run.
 * Works in the process that drives the run, and beside it: the journal is what is followed.
 * Invariants:
 *   W1. A step is told once, in the journal's order, and before the call returns.
 *   W2. What was told before the call is not told again.
 */
import type { Clock } from '../clock.ts'
import { RondoError } from '../errors.ts'
import type { Entry, Rondo, RunRecord } from '../index.ts'
import { isResting, isSettled } from './standing.ts'

export interface Waiting {
  readonly clock: Clock
  /** Milliseconds it is waited while the run itself waits. */
  readonly patienceMs: number
  /** Milliseconds it is waited in all. */
  readonly longestMs: number
  readonly signal: AbortSignal
  /** Told of every step that completes from now on. */
  readonly progress?: (message: string) => Promise<void>
  /** The run was started by this call: all of its journal is news. */
  readonly fresh: boolean
}

const PAGE = 500
/** A busy run commits thousands of entries a second; reading as often would slow it down. */
const BREATH_MS = 50

/** The run as it stands when it has been waited enough. */
export async function waitFor(rondo: Rondo, id: string, waiting: Waiting): Promise<RunRecord> {
  const { clock, signal, patienceMs, longestMs } = waiting
  const steps = waiting.progress === undefined ? undefined : new Steps(rondo, id, waiting.progress)
  const bell = new Bell(clock)
  const ends = [
    rondo.events.subscribe(
      ({ run, type }) => run === id && (type === 'status' || (type === 'entry' && steps !== undefined)) && bell.ring(),
    ),
    rondo.store.watch(() => bell.ring()),
  ]
  const gone = (): void => bell.ring()
  signal.addEventListener('abort', gone)
  const begun = clock.now()
  let restingSince: number | undefined
  try {
    if (!waiting.fresh) await steps?.skip()
    for (;;) {
      const heard = bell.heard()
      const run = await rondo.runs.get(id)
      if (run === undefined)
        throw new RondoError('run_unknown', `There is no run "${id}". See rondo_runs for those there are.`, { details: { run: id } })
      await steps?.tell()
      if (isSettled(run) || signal.aborted) return run
      restingSince = isResting(run) ? (restingSince ?? clock.now()) : undefined
      const until = Math.min(begun + longestMs, (restingSince ?? Number.POSITIVE_INFINITY) + patienceMs)
      if (clock.now() >= until) return run
      await bell.until(heard, until)
      if (steps !== undefined) await bell.until(undefined, Math.min(until, clock.now() + BREATH_MS))
    }
  } finally {
    signal.removeEventListener('abort', gone)
    for (const end of ends) end()
  }
}

/** Wakes who waits: by a ring, or at a time. */
class Bell {
  readonly #clock: Clock
  #rings = 0
  #woken: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  ring(): void {
    this.#rings += 1
    this.#woken?.()
  }

  heard(): number {
    return this.#rings
  }

  /** Resolves at a ring after `heard`, or at a time; only then, without `heard`. */
  async until(heard: number | undefined, at: number): Promise<void> {
    if (heard !== undefined && heard !== this.#rings) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const takeBack = this.#clock.at(at, resolve)
    if (heard !== undefined) this.#woken = resolve
    await promise
    this.#woken = undefined
    takeBack()
  }
}

class Steps {
  readonly #rondo: Rondo
  readonly #run: string
  readonly #progress: (message: string) => Promise<void>
  #after = 0

  constructor(rondo: Rondo, run: string, progress: (message: string) => Promise<void>) {
    this.#rondo = rondo
    this.#run = run
    this.#progress = progress
  }

  async skip(): Promise<void> {
    for await (const _ of this.#news());
  }

  async tell(): Promise<void> {
    for await (const entry of this.#news()) {
      const message = inWords(entry)
      if (message !== undefined) await this.#progress(message)
    }
  }

  async *#news(): AsyncGenerator<Entry> {
    for (let page = PAGE; page === PAGE; ) {
      const entries = await this.#rondo.runs.journal(this.#run, { after: this.#after, limit: PAGE })
      for (const entry of entries) {
        this.#after = entry.seq
        yield entry
      }
      page = entries.length
    }
  }
}

function inWords(entry: Entry): string | undefined {
  const path = pathOf(entry)
  if (entry.state === 'completed') return `${path}: done`
  if (entry.state === 'failed') return `${path}: failed`
  if (entry.state === 'retrying') return `${path}: failed, is tried again`
  // An `opened` entry that counts stages of escalation is a question to people.
  return entry.state === 'opened' && entry.attempt !== undefined ? `${path}: people are asked` : undefined
}

/** A path, from where a step stands. */
export function pathOf({ scope, name }: Pick<Entry, 'scope' | 'name'>): string {
  if (scope === '') return name
  return name.startsWith('[') ? `${scope}${name}` : `${scope}/${name}`
}

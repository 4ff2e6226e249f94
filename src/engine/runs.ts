/**
 * Runs, from outside: start them, ask something of them, wait for them, read them.
 *
 * Owns: checking what comes in, and waking the engine. Never: drives. Works beside an owner in another process as well; the
 * store tells the owner.
 */
import type { Clock } from '../clock.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { type ErrorRecord, RondoError, StepError } from '../errors.ts'
import type { AnyFlow, Flow } from '../flow/flow.ts'
import { describeIssues } from '../flow/issues.ts'
import { ENDED, type Entry, pathOf, type RunRecord, type RunStatus } from '../journal/records.ts'
import type { RunFilter, RunRequest, Store } from '../journal/store.ts'
import { decode, encode, fingerprint } from '../json.ts'
import type { Events } from './events.ts'

export interface StartOptions {
  /** Text without ":" that tells this run from all others; a new sortable id unless given. */
  readonly id?: string
  /** The same key and input again give the same run; with another input it is refused. Unique per flow. */
  readonly key?: string
  /** How long the run may take, whatever the flow says. */
  readonly within?: Duration
  /** The `traceparent` of what starts it: its trace goes on in the run. What is none is left out. */
  readonly traceparent?: string
}

/** A run that was started: its id, and its end. */
export interface RunHandle<Output> {
  readonly id: string
  /** False when it had been started before under the same id or key. */
  readonly started: boolean
  /**
   * The output of the completed run. Throws how it failed, that it was cancelled, or what stopped it: a stopped run goes on once its
   * code is mended and it is retried. Waits as long as it takes, whatever the run waits for, or until the
   * system is closed (`stopped`).
   */
  result(): Promise<Output>
}

export interface RunsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly events: Events
  readonly flow: (name: string) => AnyFlow | undefined
  readonly wake: (run: string) => void
  readonly newId: () => string
  readonly release: string | undefined
}

const PAGE = 1000
const LONGEST_ID = 200
/** W3C Trace Context, version 00, with ids that are not all zeros. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

export class Runs {
  readonly #options: RunsOptions
  /** Who waits for a run: how to have it look again, and when it is done. */
  readonly #waiting = new Map<() => void, Promise<void>>()
  #closed = false

  constructor(options: RunsOptions) {
    this.#options = options
  }

  /** Starts a run once. Throws `invalid_input` naming what does not fit, `flow_unknown`, `run_conflict`. Durable when it resolves. */
  async start<Input, Output>(flow: Flow<Input, Output> | string, input: Input, options: StartOptions = {}): Promise<RunHandle<Output>> {
    const registered = this.#known(typeof flow === 'string' ? flow : flow.name)
    const known = typeof flow === 'string' ? registered : flow
    checkText('id', options.id)
    checkText('key', options.key)
    const parsed = known.input.safeParse(input)
    if (!parsed.success) {
      throw new RondoError('invalid_input', `Flow "${known.name}" does not take this input. ${describeIssues(parsed.error, 'the input')}`, {
        details: { flow: known.name, places: parsed.error.issues.map(({ path }) => path.map(String)) },
      })
    }
    const withinMs = options.within === undefined ? known.withinMs : milliseconds(options.within)
    const { started, run } = await this.#options.store.runs.start({
      id: options.id ?? this.#options.newId(),
      flow: known.name,
      input: encode(parsed.data),
      inputPrint: fingerprint(parsed.data),
      ...(options.key !== undefined && { key: options.key }),
      ...(this.#options.release !== undefined && { release: this.#options.release }),
      ...(withinMs !== undefined && { deadlineAt: this.#options.clock.now() + withinMs }),
      ...(options.traceparent !== undefined && TRACEPARENT.test(options.traceparent) && { traceparent: options.traceparent }),
    })
    if (started) this.#options.wake(run.id)
    return { id: run.id, started, result: () => this.result(run.id) as Promise<Output> }
  }

  /** Ends every wait for a run that is not over with `stopped`; the run stays as it is. Resolves when none is left. */
  async close(): Promise<void> {
    this.#closed = true
    for (const look of this.#waiting.keys()) look()
    await Promise.all(this.#waiting.values())
  }

  get(id: string): Promise<RunRecord | undefined> {
    return this.#options.store.runs.get(id)
  }

  list(filter: RunFilter = {}): Promise<RunRecord[]> {
    return this.#options.store.runs.list(filter)
  }

  /** The journal of a run, in order of commit, a page at a time. */
  journal(id: string, page: { after?: number; limit?: number } = {}): Promise<Entry[]> {
    return this.#options.store.journal.entries(id, page)
  }

  /** Waits until the run is over, or stopped, and gives its output or throws how it ended; `stopped` when the system is closed first. */
  async result(id: string): Promise<unknown> {
    const run = await this.#until(id, [...ENDED, 'stopped'])
    if (run.status === 'completed') return run.output === undefined ? undefined : decode(run.output)
    if (run.status === 'cancelled')
      throw new RondoError('run_state', `Run ${id} was cancelled${run.reason === undefined ? '.' : `: ${run.reason}`}`, {
        details: { run: id },
      })
    throw new StepError(run.error?.path ?? '', run.error ?? { name: 'Error', message: `Run ${id} ${run.status}.` })
  }

  /** Waits until the run is over. A stopped run is not: it may be mended and retried. Throws `stopped` when the system is closed first. */
  ended(id: string): Promise<RunRecord> {
    return this.#until(id, ENDED)
  }

  /** Delivers a signal; it waits if the run is not there yet or does not listen yet. The same `id` again changes nothing (`false`). */
  async signal(run: string, topic: string, value: unknown, options: { id?: string } = {}): Promise<boolean> {
    const delivered = await this.#options.store.runs.signal({ id: options.id ?? this.#options.newId(), run, topic, value: encode(value) })
    this.#options.wake(run)
    return delivered
  }

  /** Ends a run: what is under way is told to stop, open questions close, children are cancelled. */
  cancel(id: string, reason?: string): Promise<RunRecord> {
    return this.#request(id, { kind: 'cancel', ...(reason !== undefined && { reason }) })
  }

  /** Holds a run at its next step until `resume`. */
  pause(id: string, reason?: string): Promise<RunRecord> {
    return this.#request(id, { kind: 'pause', ...(reason !== undefined && { reason }) })
  }

  resume(id: string): Promise<RunRecord> {
    return this.#request(id, { kind: 'resume' })
  }

  /** Tries a failed or stopped run again: what it did stands, the failure that ended it is retracted and its step runs again. */
  async retry(id: string): Promise<RunRecord> {
    const run = await this.#record(id)
    return this.#request(id, { kind: 'retry', paths: run.status === 'failed' ? await this.#failuresOf(run) : [] })
  }

  async #request(id: string, request: RunRequest): Promise<RunRecord> {
    const run = await this.#options.store.runs.request(id, request)
    this.#options.wake(id)
    return run
  }

  async #until(id: string, statuses: readonly RunStatus[]): Promise<RunRecord> {
    if (this.#closed) throw closedError(id)
    let look: () => void = () => undefined
    const closed = (): void => look()
    const changed = (): Promise<void> =>
      new Promise((resolve) => {
        look = resolve
      })
    let next = changed()
    const stop = [
      this.#options.events.subscribe((event) => event.run === id && event.type === 'status' && look()),
      this.#options.store.watch(() => look()),
    ]
    const over = Promise.withResolvers<void>()
    this.#waiting.set(closed, over.promise)
    try {
      for (;;) {
        const run = await this.#record(id)
        if (statuses.includes(run.status)) return run
        if (this.#closed) throw closedError(id)
        await next
        next = changed()
      }
    } finally {
      this.#waiting.delete(closed)
      over.resolve()
      for (const end of stop) end()
    }
  }

  /**
   * The failures to take back: those the run's error came from, and those recorded after it, which the flow never saw. What the
   * flow saw and went round stands, or it would take another way past effects it has already had. Where the error names no step
   * (the flow threw one of its own), that is the failure it saw last, if nothing was recorded after it.
   */
  async #failuresOf(run: RunRecord): Promise<string[]> {
    const chain = new Set(pathsOf(run.error))
    const failed = new Map<string, number>()
    let latest: Entry | undefined
    for await (const entry of this.#entries(run.id)) {
      const path = pathOf(entry.scope, entry.name)
      if (entry.state === 'failed') failed.set(path, entry.seq)
      else failed.delete(path)
      latest = entry
    }
    const causes = [...failed].filter(([path]) => chain.has(path))
    if (causes.length === 0) return latest?.state === 'failed' ? [pathOf(latest.scope, latest.name)] : []
    const first = Math.min(...causes.map(([, seq]) => seq))
    return [...failed].filter(([path, seq]) => chain.has(path) || seq > first).map(([path]) => path)
  }

  async *#entries(id: string): AsyncGenerator<Entry> {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page: Entry[] = await this.journal(id, { after, limit: PAGE })
      yield* page
      after = page.length < PAGE ? undefined : page.at(-1)?.seq
    }
  }

  async #record(id: string): Promise<RunRecord> {
    const run = await this.#options.store.runs.get(id)
    if (run === undefined)
      throw new RondoError('run_unknown', `There is no run "${id}". See "rondo runs" for those there are.`, { details: { run: id } })
    return run
  }

  #known(name: string): AnyFlow {
    const flow = this.#options.flow(name)
    if (flow === undefined)
      throw new RondoError('flow_unknown', `There is no flow "${name}" here. Register it with createRondo({ flows: [...] }).`, {
        details: { flow: name },
      })
    return flow
  }
}

function closedError(id: string): RondoError {
  return new RondoError(
    'stopped',
    `The system was closed before run ${id} was over. The run is kept as it stands: open the database again with createRondo() and ask runs.result("${id}").`,
    { details: { run: id } },
  )
}

/** The paths of this run's steps in an error's chain of causes. What a child failed of stands in the child's journal. */
function pathsOf(error: ErrorRecord | undefined): string[] {
  if (error === undefined) return []
  const own = error.path === undefined ? [] : [error.path]
  const ofChild = error.code === 'child_failed' && error.cause?.message !== error.message
  return ofChild ? own : [...own, ...pathsOf(error.cause)]
}

function checkText(what: 'id' | 'key', text: string | undefined): void {
  if (text === undefined || (text !== '' && text.length <= LONGEST_ID && !(what === 'id' && /[:\s]/.test(text)))) return
  throw new RondoError(
    'invalid_input',
    `"${text}" cannot be the ${what} of a run: give 1 to ${LONGEST_ID} characters${what === 'id' ? ', without ":" and spaces' : ''}.`,
  )
}

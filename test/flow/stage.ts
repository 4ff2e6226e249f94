/**
 * Where the tests of the language play flows: a system over a store in memory that can die and open again, on a clock turned by
 * hand. No waiting run stays in memory, so whatever a flow waits for, it is re-run from its journal to go on.
 */
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { createRondo, type Rondo } from '../../src/assemble.ts'
import { ManualClock } from '../../src/clock.ts'
import type { StartOptions } from '../../src/engine/runs.ts'
import { type AnyFlow, flow } from '../../src/flow/flow.ts'
import type { Budget, Run } from '../../src/flow/run.ts'
import { type Entry, pathOf, type ReviewRecord, type RunRecord, reviewId } from '../../src/journal/records.ts'
import type { Store, Write } from '../../src/journal/store.ts'
import { openMemoryStore } from '../../src/journal/stores/memory/memory.ts'
import { decode } from '../../src/json.ts'
import { type KillableStore, killable } from '../../src/testing/killable.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

export const ann = { name: 'ann', roles: ['*'] }

export type Body = (run: Run, input: unknown) => Promise<unknown>

/** A flow of any shape that does what `body` does. */
export function played(body: Body, options: { name?: string; budget?: Omit<Budget, 'rounds'>; output?: z.ZodType } = {}): AnyFlow {
  const { name = 'played', output = z.unknown(), ...rest } = options
  return flow({ name, input: z.unknown(), output, run: body, ...rest })
}

/** Resolves in a later turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Takes turns until something is so. */
export async function until(so: () => boolean | Promise<boolean>): Promise<void> {
  for (let turns = 0; !(await so()); turns += 1) {
    if (turns > 5000) throw new Error(`It did not come about: ${so}`)
    await turn()
  }
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

export class Stage {
  readonly clock = new ManualClock()
  readonly warnings: string[] = []
  /** Called before every write to the journal; what it throws is what the store says. */
  onCommit: (write: Write) => void = () => undefined
  readonly #hotRuns: number
  readonly #ground: Store
  #store: KillableStore | undefined
  #rondo: Rondo | undefined

  private constructor(hotRuns: number) {
    this.#hotRuns = hotRuns
    this.#ground = openMemoryStore({ clock: this.clock })
    const { journal } = this.#ground
    const { commit } = journal
    journal.commit = (write) => {
      this.onCommit(write)
      return commit(write)
    }
  }

  static async open(flows: readonly AnyFlow[], options: { hotRuns?: number } = {}): Promise<Stage> {
    const stage = new Stage(options.hotRuns ?? 0)
    onTestFinished(() => stage.close())
    await stage.#open(flows)
    return stage
  }

  get rondo(): Rondo {
    if (this.#rondo === undefined) throw new Error('The stage is not open.')
    return this.#rondo
  }

  async #open(flows: readonly AnyFlow[]): Promise<void> {
    this.#store = killable(this.#ground)
    this.#rondo = await createRondo({
      flows,
      store: this.#store,
      clock: this.clock,
      hotRuns: this.#hotRuns,
      warn: (message) => this.warnings.push(message),
    })
  }

  /** As `kill -9`, and a new process with this code. */
  async crash(...flows: AnyFlow[]): Promise<void> {
    this.#store?.kill()
    await this.#open(flows)
  }

  /** As a stop that was asked for, and a new process with this code. */
  async restart(...flows: AnyFlow[]): Promise<void> {
    await this.rondo.close()
    await this.#open(flows)
  }

  async start(flow: AnyFlow, input: unknown = {}, options: StartOptions = {}): Promise<string> {
    return (await this.rondo.runs.start(flow, input, { id: 'r', ...options })).id
  }

  /** Turns the clock and lets everything come to rest. */
  async pass(ms: number): Promise<void> {
    await this.rondo.idle()
    this.clock.advance(ms)
    await turn()
    await this.rondo.idle()
  }

  /** The run once nothing moves. */
  async settled(id = 'r'): Promise<RunRecord> {
    await this.rondo.idle()
    return this.record(id)
  }

  async record(id = 'r'): Promise<RunRecord> {
    const run = await this.#ground.runs.get(id)
    if (run === undefined) throw new Error(`There is no run ${id}.`)
    return run
  }

  async output(id = 'r'): Promise<unknown> {
    const run = await this.settled(id)
    if (run.status !== 'completed') throw new Error(`Run ${id} is ${run.status}: ${run.error?.stack ?? run.reason ?? ''}`)
    return run.output === undefined ? undefined : decode(run.output)
  }

  signal(topic: string, value: unknown = null, run = 'r'): Promise<boolean> {
    return this.rondo.runs.signal(run, topic, value)
  }

  /** Answers the question at a path. */
  async answer(path: string, value: unknown, run = 'r'): Promise<void> {
    await this.rondo.inbox.answer(reviewId(run, path), ann, value)
    await this.rondo.idle()
  }

  questions(run = 'r'): Promise<ReviewRecord[]> {
    return this.#ground.reviews.list({ run, state: 'open' })
  }

  entries(run = 'r'): Promise<Entry[]> {
    return this.#ground.journal.entries(run, { limit: 100_000 })
  }

  /** The journal as one line an entry: `path state`. */
  async journal(run = 'r'): Promise<string[]> {
    return (await this.entries(run)).map((entry) => `${pathOf(entry.scope, entry.name)} ${entry.state}`)
  }

  async close(): Promise<void> {
    await this.#rondo?.close()
  }
}

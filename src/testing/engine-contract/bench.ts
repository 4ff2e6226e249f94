/**
 * What the proofs about engines share: a system that can be killed at any write and opened again over the same ground, a clock
 * turned by hand, and short ways to write flows.
 */
import { z } from 'zod'
import { createRondo, type Rondo } from '../../assemble.ts'
import { ManualClock } from '../../clock.ts'
import type { Definition, Question } from '../../flow/definition.ts'
import { type AnyFlow, flow } from '../../flow/flow.ts'
import type { Run } from '../../flow/run.ts'
import { pathOf, type RunRecord } from '../../journal/records.ts'
import type { Store } from '../../journal/store.ts'
import { decode, encode } from '../../json.ts'
import { type Kill, type KillableStore, killable } from '../killable.ts'

export type Proof = (name: string, prove: (bench: Bench) => Promise<void>) => void

export interface EngineSetup {
  /** A store on the same ground each time: opened again after a crash it holds what was committed. */
  open(clock: ManualClock): Promise<Store>
  /** Lets go of the ground. */
  end(): Promise<void>
}

export const DAY = 86_400_000

/** A system that can be killed and opened again over the same ground. */
export class Bench {
  readonly clock = new ManualClock()
  /** The paths of the code steps that the newest run had done when the system was opened, before anything was driven. */
  found: readonly string[] = []
  readonly #setup: EngineSetup
  #store: KillableStore | undefined
  #rondo: Rondo | undefined
  #ground: Store | undefined

  constructor(setup: EngineSetup) {
    this.#setup = setup
  }

  get rondo(): Rondo {
    if (this.#rondo === undefined) throw new Error('The bench is not open.')
    return this.#rondo
  }

  /** Journal writes since it was opened. */
  get writes(): number {
    return this.#store?.writes ?? 0
  }

  /** Resolves when the process that was doomed dies. */
  get death(): Promise<void> {
    return this.#store?.death ?? Promise.reject(new Error('The bench is not open.'))
  }

  open(...flows: AnyFlow[]): Promise<Rondo> {
    return this.openDoomed(undefined, ...flows)
  }

  /** Opens a system whose process dies at a write. */
  async openDoomed(kill: Kill | undefined, ...flows: AnyFlow[]): Promise<Rondo> {
    this.#ground = await this.#setup.open(this.clock)
    this.found = await doneIn(this.#ground)
    this.#store = killable(this.#ground, kill)
    this.#rondo = await createRondo({ flows, store: this.#store, clock: this.clock, hotRuns: 1, warn: () => undefined })
    return this.#rondo
  }

  /** As `kill -9`: nothing of the old system comes back, and a new one opens. */
  async crash(...flows: AnyFlow[]): Promise<Rondo> {
    this.#store?.kill()
    await this.#ground?.close()
    return this.open(...flows)
  }

  async settled(id: string): Promise<RunRecord> {
    await this.rondo.idle()
    const run = await this.rondo.runs.get(id)
    if (run === undefined) throw new Error(`No run ${id}.`)
    return run
  }

  async turn(ms: number): Promise<void> {
    this.clock.advance(ms)
    await turn()
    await this.rondo.idle()
  }

  async answer(id: string, value: unknown): Promise<void> {
    await this.rondo.store.reviews.change(id, (review) => ({
      answer: { by: 'ann', at: this.clock.now(), outcome: 'accepted', value: encode(value) },
      ...(review?.state === 'open' && review.answers.length + 1 >= review.quorum && { state: 'settled' as const }),
    }))
    this.rondo.engine.wake(id.slice(0, id.indexOf(':')))
  }

  /** Ends the system as it should be ended. The ground can be opened again. */
  async shut(): Promise<void> {
    await this.#rondo?.close()
    await this.#ground?.close()
  }

  async close(): Promise<void> {
    await this.shut()
    await this.#setup.end()
  }
}

export function played(body: (run: Run, input: never) => Promise<unknown>, name = 'played'): AnyFlow {
  return flow({ name, input: z.unknown(), output: z.unknown(), run: body as (run: Run, input: unknown) => Promise<unknown> })
}

export function output(run: RunRecord): unknown {
  return run.output === undefined ? undefined : decode(run.output)
}

/** The paths of the code steps that the newest run has done. */
async function doneIn(store: Store): Promise<string[]> {
  const [newest] = await store.runs.list({ limit: 1 })
  const entries = newest === undefined ? [] : await store.journal.entries(newest.id)
  return entries.flatMap(({ kind, state, scope, name }) => (kind === 'code' && state === 'completed' ? [pathOf(scope, name)] : []))
}

/** A decision that people take alone: its value is the last answer, or `nobody`. */
export function asking(name: string, more: Partial<Question> = {}): Definition<'decide', unknown, unknown> {
  return {
    kind: 'decide',
    name,
    async take(_, scope) {
      const outcome = await scope.question({ kind: 'decide', title: name, content: {}, stages: [{ role: 'desk' }], ...more })
      const answer = outcome.kind === 'answered' ? outcome.review.answers.at(-1)?.value : encode('nobody')
      return { value: answer === undefined ? undefined : decode(answer) }
    },
  }
}

/** Resolves in a later turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Resolves once it is so; throws when that does not come about by itself. */
export async function until(so: () => boolean): Promise<void> {
  for (let turns = 0; !so(); turns += 1) {
    if (turns > 5000) throw new Error(`It did not come about: ${so}`)
    await turn()
  }
}

/** Work that ends when it is told to stop, and says so. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true }))
}

/** Numbers in [0,1) that are the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

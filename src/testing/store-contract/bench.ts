/**
 * What the proofs about stores share: a store over a ground that can be opened again, a clock turned by hand, and short ways to
 * make runs and drive them.
 */
import { ManualClock } from '../../clock.ts'
import type { Entry, NewEntry, NewReview, NewRun } from '../../journal/records.ts'
import type { Claim, Committed, Settle, Store, Write } from '../../journal/store.ts'
import { encode, fingerprint } from '../../json.ts'

export interface StoreSetup {
  /** A store on the same ground each time: opened again it holds what was committed. */
  open(clock: ManualClock): Promise<Store>
  /** Lets go of the ground. */
  end(): Promise<void>
}

export type Proof = (name: string, prove: (bench: StoreBench) => Promise<void>) => void

export class StoreBench {
  readonly clock = new ManualClock()
  readonly #setup: StoreSetup
  #store: Store | undefined

  constructor(setup: StoreSetup) {
    this.#setup = setup
  }

  get store(): Store {
    if (this.#store === undefined) throw new Error('The bench is not open.')
    return this.#store
  }

  async open(): Promise<Store> {
    await this.#store?.close()
    this.#store = await this.#setup.open(this.clock)
    return this.#store
  }

  async close(): Promise<void> {
    await this.#store?.close()
    await this.#setup.end()
  }

  async start(id: string, more: Partial<NewRun> & { readonly value?: unknown } = {}): Promise<void> {
    const { value = {}, ...rest } = more
    await this.store.runs.start({ id, flow: 'flow', input: encode(value), inputPrint: fingerprint(value), ...rest })
  }

  /** A due run's claim. */
  async claim(id: string): Promise<Claim> {
    const claim = await this.store.journal.claim(id, this.clock.now())
    if (claim === undefined) throw new Error(`Run ${id} is not due.`)
    return claim
  }

  /** Starts a run and takes it: it is driven from here on. */
  async drive(id: string, more: Partial<NewRun> = {}): Promise<Driver> {
    await this.start(id, more)
    return new Driver(this, id, (await this.claim(id)).run.epoch)
  }

  async due(): Promise<string[]> {
    return (await this.store.journal.due(this.clock.now(), 100, new Set())).map(({ id }) => id)
  }
}

/** Whoever drives a run under one epoch. */
export class Driver {
  readonly #bench: StoreBench
  readonly id: string
  readonly epoch: number

  constructor(bench: StoreBench, id: string, epoch: number) {
    this.#bench = bench
    this.id = id
    this.epoch = epoch
  }

  commit(entries: readonly NewEntry[], along: Partial<Write> = {}): Promise<Committed> {
    return this.#bench.store.journal.commit({ run: this.id, epoch: this.epoch, entries, ...along })
  }

  settle(settle: Settle): Promise<Committed> {
    return this.commit([], { settle })
  }

  ask(path: string, more: Partial<NewReview> = {}): Promise<Committed> {
    return this.commit([], {
      openReview: { path, kind: 'review', role: 'desk', title: path, question: encode({ path }), quorum: 1, ...more },
    })
  }

  entries(): Promise<Entry[]> {
    return this.#bench.store.journal.entries(this.id)
  }
}

export function entry(name: string, more: Partial<NewEntry> = {}): NewEntry {
  return { scope: '', name, kind: 'code', state: 'completed', startedAt: 0, ...more }
}

export const WAITING: Settle = { status: 'waiting' }
export const DONE: Settle = { status: 'completed', output: 'null' }
export const ERROR = { name: 'Error', message: 'it went wrong' }

/**
 * Assembles a running system: the only file that names concrete stores and engines.
 */
import { v7 as uuidv7 } from 'uuid'
import { type Clock, systemClock } from './clock.ts'
import type { Engine } from './engine/engine.ts'
import { EmbeddedEngine } from './engine/engines/embedded/embedded.ts'
import { Events } from './engine/events.ts'
import { Runs } from './engine/runs.ts'
import type { DriveHost } from './flow/drive.ts'
import type { AnyFlow } from './flow/flow.ts'
import { reviewing } from './flow/reviewing.ts'
import { Services } from './flow/service.ts'
import type { Store } from './journal/store.ts'
import { openMemoryStore } from './journal/stores/memory/memory.ts'
import { createReviewing } from './people/reviewing.ts'

export interface RondoOptions {
  /** The flows this process knows. */
  readonly flows: readonly AnyFlow[]
  readonly store?: Store
  readonly clock?: Clock
  /** Runs that are busy at once. Default 128. */
  readonly concurrency?: number
  /** Waiting runs kept in memory. Default 256. */
  readonly hotRuns?: number
  /** A name for the versions that runs are started under. */
  readonly release?: string
  /** Told what went wrong beside any run; the console unless told otherwise. */
  readonly warn?: (message: string, cause?: unknown) => void
}

/** A running system. */
export interface Rondo {
  readonly runs: Runs
  readonly engine: Engine
  readonly events: Events
  readonly store: Store
  /** Resolves when every run is over, waits or is held. */
  idle(): Promise<void>
  /** Stops driving, waits for work under way, and lets go of the database. */
  close(): Promise<void>
}

export async function createRondo(options: RondoOptions): Promise<Rondo> {
  const clock = options.clock ?? systemClock
  const store = options.store ?? openMemoryStore({ clock })
  const events = new Events()
  const flows = new Map(options.flows.map((flow) => [flow.name, flow]))
  const services = new Services().provide(reviewing, createReviewing())
  const host: DriveHost = {
    clock,
    services,
    commit: (write) => store.journal.commit(write),
    load: (run, scope) => store.journal.load(run, scope),
    last: (run, scope) => store.journal.last(run, scope),
    absorb: (run, epoch) => store.journal.absorb(run, epoch),
    changeReview: (id, decide) => store.reviews.change(id, decide),
    emit: (run, event) => events.emit({ run, ...event }),
  }
  const flow = (name: string): AnyFlow | undefined => flows.get(name)
  const engine = new EmbeddedEngine({
    store,
    host,
    clock,
    flow,
    warn: options.warn ?? console.warn,
    status: (run, status) => events.emit({ run, type: 'status', status }),
    ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
    ...(options.hotRuns !== undefined && { hotRuns: options.hotRuns }),
  })
  const runs = new Runs({ store, clock, events, flow, wake: (run) => engine.wake(run), newId: () => uuidv7(), release: options.release })
  await engine.start()
  return {
    runs,
    engine,
    events,
    store,
    idle: () => engine.idle(),
    close: async () => {
      await engine.stop()
      await store.close()
    },
  }
}

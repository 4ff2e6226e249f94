/**
 * One recorded run, replayed under a change: in a drive of its own, over its journal, which is only read.
 *
 * Owns: that drive, and the host in which nothing it does is kept. Never: rules about a step (rulings.ts), or scores (outcome.ts).
 * Invariants:
 *   P1. The store is read and never written: what the drive commits is counted here, and gone with it.
 *   P2. Time is the run's own: it stands at what was learned last, and moves on by itself only for work that is really done.
 */
import { type Clock, systemClock } from '../../clock.ts'
import { RondoError } from '../../errors.ts'
import type { Counterfactual } from '../../flow/counterfactual.ts'
import { Drive, type DriveEnd, type DriveHost } from '../../flow/drive.ts'
import type { AnyFlow } from '../../flow/flow.ts'
import type { Services } from '../../flow/service.ts'
import { type Entry, pathOf, type RunRecord, type StepKind } from '../../journal/records.ts'
import type { Arrivals, Committed, Settle, Store, Write } from '../../journal/store.ts'
import { addUsage, NO_USAGE, type Usage } from '../../money.ts'
import { all, type RecordedRun } from './recorded-run.ts'
import { type Common, Rulings } from './rulings.ts'

export interface Replayed {
  readonly rulings: Rulings
  /** How it came out; `undefined` when it went no further than somewhere. */
  readonly settled: Extract<Settle, { status: 'completed' | 'failed' | 'stopped' }> | undefined
  /** What it really used up. */
  readonly spent: Usage
  /** Records of decisions that were taken anew, encoded, by path. */
  readonly decisions: ReadonlyMap<string, string>
}

/** Records are read of decisions only: of nothing else does a replay need more than the result. */
const RECORDS: readonly StepKind[] = ['decide']
const NOTHING_CAME: Arrivals = { reviews: [], signals: [], children: [] }
/** Above every place a journal gives, so that what is recorded comes first. */
const FIRST_SEQ = 2 ** 52

export async function replay(recorded: RecordedRun, flow: AnyFlow, store: Pick<Store, 'journal'>, common: Common): Promise<Replayed> {
  const clock = new ReplayClock(recorded.run.startedAt ?? recorded.run.createdAt)
  const rulings = new Rulings(recorded, common, (at) => clock.reach(at))
  const { settled, spent, decisions } = await driveOver(
    recorded.run,
    flow,
    new ReplayHost(store, clock, rulings, common.services.plain, recorded.closed),
  )
  return { rulings, settled, spent, decisions }
}

/** Drives a recorded run as far as its counterfactual lets it, and keeps nothing. */
export async function driveOver(
  recorded: RunRecord,
  flow: AnyFlow,
  host: ReplayHost,
): Promise<Pick<Replayed, 'settled' | 'spent' | 'decisions'>> {
  // Its deadline has passed, or has not: it is no part of what is replayed.
  const { deadlineAt: _, wakeAt: __, ...run } = recorded
  const claim = { run: { ...run, usage: NO_USAGE }, fresh: false, arrivals: NOTHING_CAME }
  const end = await new Promise<DriveEnd>((resolve) => {
    const drive = new Drive(host, flow, claim, {
      quiet: (wakeAt) => void (wakeAt === undefined ? drive.abandon() : host.clock.at(wakeAt, () => void drive.wake())),
      ended: resolve,
    })
    void drive.begin()
  })
  if (end.kind === 'broken') throw end.error
  const settled = end.kind === 'settled' ? end.settle : undefined
  const isOver = settled?.status === 'completed' || settled?.status === 'failed' || settled?.status === 'stopped'
  return { settled: isOver ? settled : undefined, spent: host.spent, decisions: host.decisions }
}

/** What a drive under a counterfactual stands on: the journal to read, and nowhere to write. */
export class ReplayHost implements DriveHost {
  readonly clock: ReplayClock
  readonly services: Services
  readonly counterfactual: Counterfactual
  readonly decisions = new Map<string, string>()
  spent: Usage = NO_USAGE
  readonly #store: Pick<Store, 'journal'>
  readonly #closed: ReadonlyMap<string, Entry>
  #seq = FIRST_SEQ

  /** `closed`: the entry that closed each path in the recorded run, where its own time is to come back. */
  constructor(
    store: Pick<Store, 'journal'>,
    clock: ReplayClock,
    counterfactual: Counterfactual,
    services: Services,
    closed: ReadonlyMap<string, Entry> = new Map(),
  ) {
    this.#store = store
    this.#closed = closed
    this.clock = clock
    this.services = services
    this.counterfactual = counterfactual
  }

  load(run: string, scope: string): Promise<Entry[]> {
    return all(this.#store.journal, run, { scope, records: RECORDS })
  }

  last(run: string, scope: string): Promise<Entry | undefined> {
    return this.#store.journal.last(run, scope)
  }

  async absorb(): Promise<Arrivals> {
    return NOTHING_CAME
  }

  async commit({ entries }: Write): Promise<Committed> {
    for (const { scope, name, kind, state, record, usage } of entries) {
      // An item or branch that is entered again closes when it closed: `run.now()` after it is what it was.
      const then = state === 'completed' ? this.#closed.get(pathOf(scope, name)) : undefined
      if (then !== undefined) this.clock.reach(then.at)
      if (usage !== undefined) this.spent = addUsage(this.spent, usage)
      if (kind === 'decide' && state === 'completed' && record !== undefined) this.decisions.set(pathOf(scope, name), record)
    }
    this.#seq += 1
    return { kind: 'committed', seq: this.#seq, at: this.clock.now() }
  }

  changeReview(id: string): Promise<never> {
    return Promise.reject(
      new RondoError('run_state', `Question "${id}" is not touched while its run is replayed.`, { details: { review: id } }),
    )
  }

  emit(): void {}
}

/** A run's own time. What is to happen later happens after as long as it would take. */
export class ReplayClock implements Clock {
  #now: number

  constructor(start: number) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  /** Something that is recorded at this time has been learned. */
  reach(at: number): void {
    this.#now = Math.max(this.#now, at)
  }

  at(at: number, wake: () => void): () => void {
    return systemClock.at(systemClock.now() + Math.max(0, at - this.#now), () => {
      this.reach(at)
      wake()
    })
  }
}

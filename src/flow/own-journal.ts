/**
 * A run's own journal, as its drive reads and writes it.
 *
 * Owns: doing so under the drive's epoch, and what comes of it when that cannot be done. Never: what stands in an entry.
 * Invariants:
 *   O1. While the journal is read or written, the run does not count as waiting.
 *   O2. A promise of this file does not settle once the drive no longer holds the run: the journal failed, or another driver has it.
 *   O3. A run that was never driven has nothing to read, and is not read.
 */
import { type Entry, type NewEntry, type ReviewChange, type ReviewRecord, reviewId } from '../journal/records.ts'
import type { Arrivals, Committed, Settle } from '../journal/store.ts'
import type { Deliveries } from './deliveries.ts'
import type { Drive } from './drive.ts'
import type { Along } from './scope.ts'
import { suspended } from './suspended.ts'

const NOTHING_ALONG: Along = {}

export class OwnJournal {
  readonly #drive: Drive
  readonly #deliveries: Deliveries
  readonly #fresh: boolean

  constructor(drive: Drive, deliveries: Deliveries, fresh: boolean) {
    this.#drive = drive
    this.#deliveries = deliveries
    this.#fresh = fresh
  }

  load(scope: string): Promise<Entry[]> {
    const { host, run } = this.#drive
    return this.#fresh ? Promise.resolve([]) : this.#held(this.#deliveries.while(host.load(run.id, scope)))
  }

  last(scope: string): Promise<Entry | undefined> {
    const { host, run } = this.#drive
    return this.#fresh ? Promise.resolve(undefined) : this.#held(this.#deliveries.while(host.last(run.id, scope)))
  }

  changeReview(id: string, decide: (review: ReviewRecord | undefined) => ReviewChange): Promise<ReviewRecord> {
    return this.#held(this.#drive.host.changeReview(id, decide))
  }

  /** What has come to the run; from here on it is marked as running. */
  async absorb(): Promise<Arrivals> {
    const { host, run } = this.#drive
    const arrivals = await this.#held(host.absorb(run.id, run.epoch))
    return arrivals ?? this.#fenced()
  }

  /** Appends entries, and lets go of the arrivals that they take. */
  async commit(given: readonly NewEntry[], along: Along = NOTHING_ALONG): Promise<{ seq: number; at: number }> {
    const { host, run, waits, redaction } = this.#drive
    const entries = redaction === undefined ? given : given.map((entry) => redaction.entry(entry))
    if (this.#drive.isOver) return suspended()
    const committed = await this.#held(host.commit({ run: run.id, epoch: run.epoch, entries, ...along }))
    if (committed.kind === 'fenced') return this.#fenced()
    if (along.endReviews !== undefined) for (const end of along.endReviews) waits.release(reviewId(run.id, end.path))
    if (along.takeSignal !== undefined) waits.release(along.takeSignal)
    if (along.takeChild !== undefined) waits.release(along.takeChild)
    for (const entry of entries) host.emit(run.id, { type: 'entry', entry })
    return committed
  }

  /** Says how the run stands. Does not count as busy: it is what a drive does when it is not. */
  async settle(settle: Settle): Promise<void> {
    const { host, run } = this.#drive
    let committed: Committed
    try {
      committed = await host.commit({ run: run.id, epoch: run.epoch, entries: [], settle })
    } catch (error) {
      return this.#broken(error)
    }
    if (committed.kind === 'fenced') return this.#fenced()
  }

  async #held<Output>(work: Promise<Output>): Promise<Output> {
    this.#drive.busier()
    try {
      return await work
    } catch (error) {
      return this.#broken(error)
    } finally {
      this.#drive.idler()
    }
  }

  #fenced(): Promise<never> {
    this.#drive.over({ kind: 'fenced' })
    return suspended()
  }

  #broken(error: unknown): Promise<never> {
    this.#drive.over({ kind: 'broken', error })
    return suspended()
  }
}

/**
 * `JournalStore` on SQLite: who drives which run, and what it appends.
 *
 * `commit` is the store's hot path: one small entry under a held epoch is one look-up in memory and one insert. Nothing in it
 * refuses: a fenced write is a value, found out before anything is changed.
 */
import type { StatementSync } from 'node:sqlite'
import type { Entry } from '../../records.ts'
import type { Arrivals, Claim, Committed, DueRun, EntryReading, JournalStore, Write } from '../../store.ts'
import type { Batch } from './batch.ts'
import type { SqliteCases } from './cases.ts'
import type { Due } from './due.ts'
import type { Entries } from './entries.ts'
import type { SqliteMeasures } from './measures.ts'
import type { Owner } from './owner.ts'
import type { Reader } from './reader.ts'
import type { ReviewRows } from './review-rows.ts'
import type { RunRows } from './run-rows.ts'
import type { Signals } from './signals.ts'
import type { HeldRun, Request, Standing } from './standing.ts'

/** What the journal is made of. */
export interface JournalParts {
  readonly reader: Reader
  readonly batch: Batch
  readonly owner: Owner
  readonly standing: Standing
  readonly due: Due
  readonly runs: RunRows
  readonly entries: Entries
  readonly reviews: ReviewRows
  readonly signals: Signals
  readonly cases: SqliteCases
  readonly measures: SqliteMeasures
}

export class SqliteJournal implements JournalStore {
  readonly #parts: JournalParts
  readonly #takeChild: StatementSync

  constructor(parts: JournalParts) {
    this.#parts = parts
    this.#takeChild = parts.reader.prepare('UPDATE runs SET taken = 1 WHERE id = ?')
  }

  due(now: number, perFlow: number, except: ReadonlySet<string>): Promise<DueRun[]> {
    return this.#parts.reader.read(() => this.#parts.due.list(now, perFlow, except))
  }

  nextWake(): Promise<number | undefined> {
    return this.#parts.reader.read(() => this.#parts.due.nextWake())
  }

  recover(only?: ReadonlySet<string>): Promise<number> {
    const { due, standing } = this.#parts
    return this.#own((now) =>
      only === undefined
        ? due.flows().reduce((total, flow) => total + standing.recover(flow, now), 0)
        : [...only].filter((id) => standing.recoverOne(id, now)).length,
    )
  }

  claim(id: string, now: number): Promise<Claim | undefined> {
    return this.#own(() => {
      const claimed = this.#parts.standing.claim(id, now)
      if (claimed === undefined) return undefined
      const run = this.#parts.runs.byRow(claimed.held.row)
      if (run === undefined) throw new Error(`Run ${id} was there and is gone within one transaction.`)
      return { run, fresh: claimed.held.epoch === 1, arrivals: this.#arrivals(id, claimed.request) }
    })
  }

  absorb(id: string, epoch: number): Promise<Arrivals | undefined> {
    return this.#own(() => {
      const absorbed = this.#parts.standing.absorb(id, epoch)
      return absorbed === undefined ? undefined : this.#arrivals(id, absorbed.request)
    })
  }

  commit(write: Write): Promise<Committed> {
    return this.#own((now) => this.#apply(write, now))
  }

  load(run: string, scope: string): Promise<Entry[]> {
    return this.#parts.reader.read(() => this.#parts.entries.load(run, scope))
  }

  last(run: string, scope: string): Promise<Entry | undefined> {
    return this.#parts.reader.read(() => this.#parts.entries.last(run, scope))
  }

  entries(run: string, options: EntryReading = {}): Promise<Entry[]> {
    return this.#parts.reader.read(() => this.#parts.entries.page(run, options))
  }

  /** A write that only the owner may make. Where nobody owns the database, this store becomes the owner. */
  #own<Output>(work: (now: number) => Output): Promise<Output> {
    const { owner, batch } = this.#parts
    return owner.owns ? batch.write(work) : owner.own().then(() => batch.write(work))
  }

  #arrivals(id: string, request: Request | undefined): Arrivals {
    return {
      ...(request !== undefined && { request }),
      reviews: this.#parts.reviews.settled(id),
      signals: this.#parts.signals.toTake(id),
      children: this.#parts.runs.endedChildren(id),
    }
  }

  #apply(write: Write, now: number): Committed {
    const { standing, entries } = this.#parts
    const held = standing.heldUnder(write.run, write.epoch)
    if (held === undefined) return { kind: 'fenced' }
    let seq = 0
    for (const entry of write.entries) seq = entries.append(held.row, entry, now)
    const woke = [...this.#applyPeople(write, held, now), ...this.#applyChildren(write, now)]
    if (write.takeSignal !== undefined) this.#parts.signals.take(write.run, write.takeSignal)
    if (write.newCase !== undefined) this.#parts.cases.insert(write.newCase, write.newCase.run ?? write.run, now)
    for (const measure of write.newMeasures ?? []) this.#parts.measures.insert(measure, write.run, now)
    if (write.settle !== undefined) {
      const settled = standing.settle(write.run, held, write.settle, now)
      if (settled.ended) this.#parts.reviews.closeAll(write.run)
      woke.push(...settled.woke)
    }
    return { kind: 'committed', seq: seq === 0 ? entries.highest() : seq, at: now, ...(woke.length > 0 && { woke }) }
  }

  /** Each gives the runs that it made due. */
  #applyPeople(write: Write, held: HeldRun, now: number): readonly string[] {
    const { reviews, standing } = this.#parts
    const answered = write.openReview !== undefined && reviews.open(write.run, held.flow, write.openReview, now).settled
    if (answered) standing.wake(write.run, now)
    for (const { path, state } of write.endReviews ?? []) reviews.end(write.run, path, state)
    return answered ? [write.run] : []
  }

  #applyChildren(write: Write, now: number): readonly string[] {
    const { startChild, takeChild, cancelChildren = [] } = write
    if (startChild !== undefined) this.#parts.runs.insert(startChild, now)
    if (takeChild !== undefined) this.#takeChild.run(takeChild)
    for (const child of cancelChildren) this.#parts.standing.cancel(child, 'the run that called it no longer needs it', now)
    return startChild === undefined ? cancelChildren : [startChild.id, ...cancelChildren]
  }
}

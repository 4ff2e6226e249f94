/**
 * What a store in memory holds, and the moves that change it.
 *
 * Owns: runs, entries, reviews, signals, cases, measures and memos, and the order in which they came. Never: says who may drive (see
 * driving.ts), or waits.
 * Invariant: a run is ready (`readyAt`) only when `claim` would take it.
 */
import type { Clock } from '../../../clock.ts'
import { RondoError } from '../../../errors.ts'
import { addUsage, NO_USAGE } from '../../../money.ts'
import {
  type CaseRecord,
  ENDED,
  type Entry,
  type MeasureRecord,
  type NewEntry,
  type NewMeasure,
  type NewReview,
  type NewRun,
  pathOf,
  type ReviewRecord,
  type RunRecord,
  reviewId,
  type SignalRecord,
} from '../../records.ts'
import { grant, type Pending, retraction } from '../../requests.ts'
import { applyReviewChange, openedReview, placesOf } from '../../reviews.ts'
import type { ReviewStore, RunRequest } from '../../store.ts'
import { AccessGround } from './access.ts'

export interface Row {
  run: RunRecord
  /** Since when something made it due. */
  readyAt: number | undefined
  request: { readonly kind: Pending; readonly reason?: string } | undefined
  /** A child's end was seen by its parent. */
  taken: boolean
  readonly entries: Entry[]
}

export class Ground {
  readonly clock: Clock
  readonly rows = new Map<string, Row>()
  readonly reviews = new Map<string, ReviewRecord>()
  readonly signals = new Map<string, SignalRecord & { taken: boolean }>()
  readonly cases: CaseRecord[] = []
  readonly measures: MeasureRecord[] = []
  readonly memos = new Map<string, Uint8Array>()
  readonly access = new AccessGround()
  readonly #keys = new Map<string, string>()
  seq = 0

  constructor(clock: Clock) {
    this.clock = clock
  }

  start(asked: NewRun): { started: boolean; run: RunRecord } {
    const known = this.rows.get(asked.id) ?? (asked.key === undefined ? undefined : this.rows.get(this.#keys.get(keyOf(asked)) ?? ''))
    if (known !== undefined) {
      if (known.run.inputPrint === asked.inputPrint && known.run.flow === asked.flow) return { started: false, run: known.run }
      throw conflict(asked, known.run)
    }
    const run: RunRecord = { ...asked, status: 'queued', createdAt: this.clock.now(), epoch: 0, usage: NO_USAGE }
    this.rows.set(asked.id, { run, readyAt: this.clock.now(), request: undefined, taken: false, entries: [] })
    if (asked.key !== undefined) this.#keys.set(keyOf(asked), asked.id)
    return { started: true, run }
  }

  append(row: Row, entry: NewEntry): number {
    this.seq += 1
    row.entries.push({ ...entry, seq: this.seq, at: this.clock.now() })
    if (entry.usage !== undefined) row.run = { ...row.run, usage: addUsage(row.run.usage, entry.usage) }
    return this.seq
  }

  /** Makes a run due, if it is one that goes on by being looked at. */
  wake(id: string): void {
    const row = this.rows.get(id)
    if (row !== undefined && ['queued', 'running', 'waiting'].includes(row.run.status)) row.readyAt ??= this.clock.now()
  }

  request(id: string, request: RunRequest): RunRecord {
    const row = this.rows.get(id)
    if (row === undefined) throw new RondoError('run_unknown', `There is no run "${id}".`, { details: { run: id } })
    const granted = grant(row.run, row.request?.kind, request)
    if (granted === undefined) return row.run
    if (request.kind === 'retry') for (const entry of this.#retractions(row, request.paths)) this.append(row, entry)
    const { error, reason, endedAt, ...rest } = row.run
    const goesOn = request.kind === 'resume' || request.kind === 'retry'
    row.run = { ...(goesOn ? rest : row.run), status: granted.status }
    row.request =
      granted.pending === undefined ? undefined : { kind: granted.pending, ...(granted.reason !== undefined && { reason: granted.reason }) }
    row.readyAt ??= this.clock.now()
    return row.run
  }

  /** Asks a run to cancel, unless it is over. */
  cancel(id: string, reason: string): void {
    const row = this.rows.get(id)
    if (row !== undefined && !ENDED.includes(row.run.status)) this.request(id, { kind: 'cancel', reason })
  }

  signal(signal: Omit<SignalRecord, 'at'>): boolean {
    const id = JSON.stringify([signal.run, signal.id])
    if (this.signals.has(id)) return false
    this.signals.set(id, { ...signal, at: this.clock.now(), taken: false })
    this.wake(signal.run)
    return true
  }

  takeSignal(run: string, id: string): void {
    const signal = this.signals.get(JSON.stringify([run, id]))
    if (signal !== undefined) signal.taken = true
  }

  /** Says whether it has been answered already. */
  openReview(row: Row, opened: NewReview): boolean {
    const id = reviewId(row.run.id, opened.path)
    const review = openedReview(row.run, opened, this.reviews.get(id), this.clock.now())
    this.reviews.set(id, review)
    if (review.state === 'settled') this.wake(row.run.id)
    return review.state === 'settled'
  }

  changeReview(id: string, decide: Parameters<ReviewStore['change']>[1]): ReviewRecord {
    const before = this.reviews.get(id)
    const changed = applyReviewChange(id, before, decide(before), this.clock.now())
    const after = before === undefined ? this.#underItsRun(changed) : changed
    this.reviews.set(id, after)
    if (after.state === 'settled' && before?.state !== 'settled') this.wake(after.run)
    return after
  }

  endReview(id: string, state: 'taken' | 'closed'): void {
    const review = this.reviews.get(id)
    if (review !== undefined && review.state !== 'taken') this.reviews.set(id, { ...review, state })
  }

  /** Keeps a score of a run, unless it has one with this id; `undefined`: there is no such run. */
  measure(run: string, measure: Omit<NewMeasure, 'run'>): { added: boolean; measure: MeasureRecord } | undefined {
    const known = this.measures.find((one) => one.run === run && one.id === measure.id)
    if (known !== undefined) return { added: false, measure: known }
    const measured = this.rows.get(run)?.run
    if (measured === undefined) return undefined
    const { flow, release } = measured
    const record = { ...measure, run, flow, ...(release !== undefined && { release }), seq: ++this.seq, at: measure.at ?? this.clock.now() }
    this.measures.push(record)
    return { added: true, measure: record }
  }

  /** Removes a run with all that belongs to it; its cases and measures stay. */
  remove({ run }: Row): void {
    this.rows.delete(run.id)
    if (run.key !== undefined) this.#keys.delete(keyOf({ flow: run.flow, key: run.key }))
    for (const [id, review] of this.reviews) if (review.run === run.id) this.reviews.delete(id)
    for (const [id, signal] of this.signals) if (signal.run === run.id) this.signals.delete(id)
  }

  /** Removes what was sent long ago to runs that are not there. */
  removeLost(before: number): void {
    for (const [id, review] of this.reviews)
      if (review.state === 'early' && review.openedAt < before && !this.rows.has(review.run)) this.reviews.delete(id)
    for (const [id, signal] of this.signals) if (!signal.taken && signal.at < before && !this.rows.has(signal.run)) this.signals.delete(id)
  }

  /** An answer to what was not asked yet: kept under its run, if there is one already. */
  #underItsRun(early: ReviewRecord): ReviewRecord {
    const place = placesOf(early.id).find(({ run }) => this.rows.has(run))
    return place === undefined ? early : { ...early, ...place, flow: this.rows.get(place.run)?.run.flow ?? '' }
  }

  #retractions(row: Row, paths: readonly string[]): NewEntry[] {
    return [...new Set(paths)].flatMap((path) => {
      const last = row.entries.findLast((entry) => pathOf(entry.scope, entry.name) === path)
      return retraction(row.run.id, path, last, this.clock.now()) ?? []
    })
  }
}

function keyOf({ flow, key }: { readonly flow: string; readonly key?: string | undefined }): string {
  return JSON.stringify([flow, key])
}

function conflict(asked: NewRun, known: RunRecord): RondoError {
  const what = known.id === asked.id ? `id ("${asked.id}")` : `key ("${asked.key}")`
  return new RondoError(
    'run_conflict',
    `A run with this ${what} was started before with another input: run ${known.id} of flow "${known.flow}". Use another, or the same input.`,
    { details: { run: known.id } },
  )
}

/**
 * A store in memory: for tests, and for trying a flow's every crash in a moment. Nothing survives the process.
 *
 * Owns: the contract of `journal/store.ts`, kept as plainly as it can be. Every call acts at once and resolves in a later turn,
 * as a database's would.
 */
import type { Clock } from '../../../clock.ts'
import { systemClock } from '../../../clock.ts'
import { RondoError } from '../../../errors.ts'
import { addUsage, NO_USAGE } from '../../../money.ts'
import {
  type CaseRecord,
  ENDED,
  type Entry,
  type NewReview,
  type NewRun,
  type ReviewRecord,
  type RunRecord,
  reviewId,
  type SignalRecord,
  splitPath,
} from '../../records.ts'
import { refuseRequest, requestOutcome } from '../../requests.ts'
import { applyReviewChange, openedReview } from '../../reviews.ts'
import type {
  Arrivals,
  CaseStore,
  Claim,
  Committed,
  JournalStore,
  MemoStore,
  ReviewStore,
  RunStore,
  Settle,
  Store,
  Write,
} from '../../store.ts'

interface Row {
  run: RunRecord
  ready: boolean
  /** Rises with each time it becomes due: the oldest goes first. */
  readySince: number
  request: { kind: 'cancel' | 'pause'; reason?: string } | undefined
  entries: Entry[]
  childTaken: boolean
}

export function openMemoryStore(options: { clock?: Clock } = {}): Store {
  return new MemoryStore(options.clock ?? systemClock)
}

class MemoryStore implements Store {
  readonly #clock: Clock
  readonly #rows = new Map<string, Row>()
  readonly #keys = new Map<string, string>()
  readonly #reviews = new Map<string, ReviewRecord>()
  readonly #signals = new Map<string, SignalRecord & { taken: boolean }>()
  readonly #cases: CaseRecord[] = []
  readonly #memos = new Map<string, Uint8Array>()
  #seq = 0
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async own(): Promise<void> {}

  watch(): () => void {
    return () => undefined
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  readonly runs: RunStore = {
    start: (run) => this.#act(() => this.#start(run)),
    get: (id) => this.#act(() => this.#rows.get(id)?.run),
    list: (filter) =>
      this.#act(() =>
        [...this.#rows.values()]
          .map((row) => row.run)
          .filter(
            (run) =>
              (filter.flow === undefined || run.flow === filter.flow) &&
              (filter.status === undefined || filter.status.includes(run.status)) &&
              (filter.parent === undefined || run.parent?.run === filter.parent),
          )
          .reverse()
          .filter((_, index, all) => filter.before === undefined || index > all.findIndex((run) => run.id === filter.before))
          .slice(0, filter.limit ?? 100),
      ),
    count: () =>
      this.#act(() =>
        [...Map.groupBy(this.#rows.values(), ({ run }) => `${run.flow} ${run.status}`).values()].map((rows) => {
          const run = rows[0]?.run
          return { flow: run?.flow ?? '', status: run?.status ?? 'queued', count: rows.length }
        }),
      ),
    request: (id, request) =>
      this.#act(() => {
        const row = this.#row(id)
        refuseRequest(row.run, request)
        const { error: _error, endedAt: _endedAt, ...rest } = row.run
        const outcome = requestOutcome(row.run, request)
        row.run = request.kind === 'retry' ? { ...rest, status: outcome.status } : { ...row.run, status: outcome.status }
        row.request = outcome.pending
        if (request.kind === 'retry')
          for (const path of request.paths)
            this.#append(row, {
              ...splitPath(path),
              kind:
                row.entries.find(
                  (entry) => entry.state === 'failed' && entry.scope === splitPath(path).scope && entry.name === splitPath(path).name,
                )?.kind ?? 'code',
              state: 'retracted',
              startedAt: this.#clock.now(),
            })
        this.#ready(row)
        return row.run
      }),
    signal: (signal) =>
      this.#act(() => {
        if (this.#signals.has(signal.id)) return false
        this.#signals.set(signal.id, { ...signal, at: this.#clock.now(), taken: false })
        const row = this.#rows.get(signal.run)
        if (row !== undefined) this.#ready(row)
        return true
      }),
    prune: ({ endedBefore, flow, limit }) =>
      this.#act(() => {
        let runs = 0
        for (const [id, { run }] of this.#rows) {
          const parentLives = run.parent !== undefined && !ENDED.includes(this.#rows.get(run.parent.run)?.run.status ?? 'completed')
          if (run.endedAt === undefined || run.endedAt >= endedBefore || (flow !== undefined && run.flow !== flow) || parentLives) continue
          if (limit !== undefined && runs >= limit) break
          this.#rows.delete(id)
          if (run.key !== undefined) this.#keys.delete(`${run.flow} ${run.key}`)
          for (const review of this.#reviews.values()) if (review.run === id) this.#reviews.delete(review.id)
          for (const signal of this.#signals.values()) if (signal.run === id) this.#signals.delete(signal.id)
          runs += 1
        }
        return { runs, payloads: 0 }
      }),
  }

  readonly journal: JournalStore = {
    due: (now, perFlow, except) =>
      this.#act(() => {
        const taken = new Map<string, number>()
        return [...this.#rows.values()]
          .filter((row) => !except.has(row.run.id) && this.#isDue(row, now))
          .sort((one, other) => one.readySince - other.readySince)
          .filter(({ run }) => {
            const count = taken.get(run.flow) ?? 0
            taken.set(run.flow, count + 1)
            return count < perFlow
          })
          .map(({ run }) => ({ id: run.id, flow: run.flow }))
      }),
    nextWake: () =>
      this.#act(() =>
        [...this.#rows.values()].reduce<number | undefined>(
          (first, { run }) =>
            run.status === 'waiting' && run.wakeAt !== undefined && (first === undefined || run.wakeAt < first) ? run.wakeAt : first,
          undefined,
        ),
      ),
    recover: () =>
      this.#act(() => {
        const left = [...this.#rows.values()].filter(({ run }) => run.status === 'running')
        for (const row of left) this.#ready(row)
        return left.length
      }),
    claim: (id, now) => this.#act(() => this.#claim(id, now)),
    absorb: (id, epoch) =>
      this.#act(() => {
        const row = this.#rows.get(id)
        if (row === undefined || row.run.epoch !== epoch) return undefined
        this.#drive(row)
        return this.#arrivals(row)
      }),
    commit: (write) => this.#act(() => this.#commit(write)),
    load: (run, scope) => this.#act(() => (this.#rows.get(run)?.entries ?? []).filter((entry) => entry.scope === scope)),
    last: (run, scope) =>
      this.#act(() => (this.#rows.get(run)?.entries ?? []).findLast((entry) => entry.scope === scope && entry.state === 'completed')),
    entries: (run, { after = 0, limit = 1000 } = {}) =>
      this.#act(() => (this.#rows.get(run)?.entries ?? []).filter((entry) => entry.seq > after).slice(0, limit)),
  }

  readonly reviews: ReviewStore = {
    get: (id) => this.#act(() => this.#reviews.get(id)),
    list: (filter) =>
      this.#act(() => {
        const found = [...this.#reviews.values()]
          .filter((review) =>
            (['state', 'role', 'run', 'flow', 'kind'] as const).every(
              (field) => filter[field] === undefined || review[field] === filter[field],
            ),
          )
          .sort(
            (one, other) =>
              (one.dueAt ?? Number.POSITIVE_INFINITY) - (other.dueAt ?? Number.POSITIVE_INFINITY) ||
              one.openedAt - other.openedAt ||
              (one.id < other.id ? -1 : 1),
          )
        const start = filter.after === undefined ? 0 : found.findIndex((review) => review.id === filter.after) + 1
        return found.slice(start, start + (filter.limit ?? 100))
      }),
    count: (filter) =>
      this.#act(
        () =>
          [...this.#reviews.values()].filter(
            (review) =>
              (filter.state === undefined || review.state === filter.state) && (filter.role === undefined || review.role === filter.role),
          ).length,
      ),
    change: (id, decide) =>
      this.#act(() => {
        const before = this.#reviews.get(id)
        const after = applyReviewChange(id, before, decide(before), this.#clock.now())
        this.#reviews.set(id, after)
        const row = this.#rows.get(after.run)
        if (after.state === 'settled' && before?.state !== 'settled' && row !== undefined) this.#ready(row)
        return after
      }),
  }

  readonly cases: CaseStore = {
    list: ({ decision, after = 0, limit = 1000 }) =>
      this.#act(() => this.#cases.filter((one) => one.decision === decision && one.seq > after).slice(0, limit)),
    add: (cases) =>
      this.#act(() => {
        for (const one of cases) this.#cases.push({ ...one, seq: ++this.#seq, at: one.at ?? this.#clock.now() })
      }),
  }

  readonly memos: MemoStore = {
    get: (space, key) => this.#act(() => this.#memos.get(`${space} ${key}`)),
    put: (space, key, value) =>
      this.#act(() => {
        this.#memos.set(`${space} ${key}`, value)
      }),
  }

  /** Acts in a later turn of the event loop, as a database would. */
  async #act<Result>(act: () => Result): Promise<Result> {
    await new Promise((resolve) => setImmediate(resolve))
    if (this.#closed) throw new RondoError('database_failed', 'This store was closed.')
    return act()
  }

  #start(run: NewRun): { started: boolean; run: RunRecord } {
    const existing =
      this.#rows.get(run.id) ?? (run.key === undefined ? undefined : this.#rows.get(this.#keys.get(`${run.flow} ${run.key}`) ?? ''))
    if (existing !== undefined) {
      if (existing.run.inputPrint === run.inputPrint && existing.run.flow === run.flow) return { started: false, run: existing.run }
      throw new RondoError(
        'run_conflict',
        `A run with this ${existing.run.id === run.id ? `id ("${run.id}")` : `key ("${run.key}")`} was started before with another input: run ${existing.run.id} of flow "${existing.run.flow}". Use another, or the same input.`,
        { details: { run: existing.run.id } },
      )
    }
    const record: RunRecord = {
      ...run,
      status: 'queued',
      createdAt: this.#clock.now(),
      epoch: 0,
      usage: NO_USAGE,
      ...(run.deadlineAt !== undefined && { wakeAt: run.deadlineAt }),
    }
    const row: Row = { run: record, ready: true, readySince: ++this.#seq, request: undefined, entries: [], childTaken: false }
    this.#rows.set(run.id, row)
    if (run.key !== undefined) this.#keys.set(`${run.flow} ${run.key}`, run.id)
    return { started: true, run: record }
  }

  #isDue({ run, ready, request }: Row, now: number): boolean {
    if (ENDED.includes(run.status) || run.status === 'stopped') return false
    if (run.status === 'paused' && request?.kind !== 'cancel') return false
    return ready || (run.status === 'waiting' && run.wakeAt !== undefined && run.wakeAt <= now)
  }

  #claim(id: string, now: number): Claim | undefined {
    const row = this.#rows.get(id)
    if (row === undefined || !this.#isDue(row, now)) return undefined
    const fresh = row.run.epoch === 0
    this.#drive(row)
    row.run = { ...row.run, epoch: row.run.epoch + 1, startedAt: row.run.startedAt ?? now }
    return { run: row.run, fresh, arrivals: this.#arrivals(row) }
  }

  #drive(row: Row): void {
    const { wakeAt: _wakeAt, ...rest } = row.run
    row.run = { ...rest, status: 'running' }
    row.ready = false
  }

  #arrivals(row: Row): Arrivals {
    const { id } = row.run
    return {
      ...(row.request !== undefined && { request: row.request }),
      reviews: [...this.#reviews.values()].filter((review) => review.run === id && review.state === 'settled'),
      signals: [...this.#signals.values()].filter((signal) => signal.run === id && !signal.taken),
      children: [...this.#rows.values()]
        .filter((child) => child.run.parent?.run === id && !child.childTaken && ENDED.includes(child.run.status))
        .map((child) => child.run),
    }
  }

  #commit(write: Write): Committed {
    const row = this.#rows.get(write.run)
    if (row === undefined || row.run.epoch !== write.epoch) return { kind: 'fenced' }
    for (const entry of write.entries) this.#append(row, entry)
    if (write.openReview !== undefined) this.#openReview(row, write.openReview)
    for (const { path, state } of write.endReviews ?? []) {
      const review = this.#reviews.get(reviewId(write.run, path))
      if (review !== undefined && (state === 'taken' || review.state !== 'taken')) this.#reviews.set(review.id, { ...review, state })
    }
    const signal = write.takeSignal === undefined ? undefined : this.#signals.get(write.takeSignal)
    if (signal !== undefined) signal.taken = true
    if (write.startChild !== undefined && !this.#rows.has(write.startChild.id)) this.#start(write.startChild)
    const child = write.takeChild === undefined ? undefined : this.#rows.get(write.takeChild)
    if (child !== undefined) child.childTaken = true
    for (const id of write.cancelChildren ?? []) this.#cancelChild(id)
    if (write.newCase !== undefined) this.#cases.push({ ...write.newCase, run: write.run, seq: ++this.#seq, at: this.#clock.now() })
    if (write.settle !== undefined) this.#settle(row, write.settle)
    return { kind: 'committed', seq: this.#seq, at: this.#clock.now() }
  }

  #append(row: Row, entry: Omit<Entry, 'seq' | 'at'>): void {
    row.entries.push({ ...entry, seq: ++this.#seq, at: this.#clock.now() })
    if (entry.usage !== undefined) row.run = { ...row.run, usage: addUsage(row.run.usage, entry.usage) }
  }

  #openReview(row: Row, opened: NewReview): void {
    const id = reviewId(row.run.id, opened.path)
    const review = openedReview(row.run, opened, this.#reviews.get(id), this.#clock.now())
    this.#reviews.set(id, review)
    if (review.state === 'settled') this.#ready(row)
  }

  #cancelChild(id: string): void {
    const row = this.#rows.get(id)
    if (row === undefined || ENDED.includes(row.run.status)) return
    row.request = { kind: 'cancel', reason: 'its parent ended' }
    this.#ready(row)
  }

  #settle(row: Row, settle: Settle): void {
    const now = this.#clock.now()
    if (settle.status === 'waiting') {
      const wakeAt = Math.min(settle.wakeAt ?? Number.POSITIVE_INFINITY, row.run.deadlineAt ?? Number.POSITIVE_INFINITY)
      row.run = { ...row.run, status: 'waiting', ...(Number.isFinite(wakeAt) && { wakeAt }) }
      return
    }
    row.request = undefined
    row.run = { ...row.run, ...settle, ...(ENDED.includes(settle.status) && { endedAt: now }) }
    if (!ENDED.includes(settle.status)) return
    for (const review of this.#reviews.values()) {
      if (review.run === row.run.id && ['early', 'open', 'settled'].includes(review.state))
        this.#reviews.set(review.id, { ...review, state: 'closed' })
    }
    for (const child of this.#rows.values()) if (child.run.parent?.run === row.run.id) this.#cancelChild(child.run.id)
    const parent = row.run.parent === undefined ? undefined : this.#rows.get(row.run.parent.run)
    if (parent !== undefined) this.#ready(parent)
  }

  #row(id: string): Row {
    const row = this.#rows.get(id)
    if (row === undefined) throw new RondoError('run_unknown', `There is no run "${id}".`, { details: { run: id } })
    return row
  }

  #ready(row: Row): void {
    if (!row.ready) row.readySince = ++this.#seq
    row.ready = true
  }
}

/**
 * A store in memory: for tests, and for trying a flow's every crash in a moment. Nothing survives the process.
 *
 * Owns: the contract of `journal/store.ts`, kept as plainly as it can be. Every call acts at once in a later turn of the event
 * loop, as a database would; what is held is in ground.ts, who drives in driving.ts.
 */
import { type Clock, systemClock } from '../../../clock.ts'
import { RondoError } from '../../../errors.ts'
import { ENDED, type Entry, type ReviewRecord, type RunRecord } from '../../records.ts'
import type {
  AccessStore,
  AuditStore,
  CaseStore,
  EntryReading,
  JournalStore,
  MeasureStore,
  MemoStore,
  ReviewStore,
  RunFilter,
  RunStore,
  Store,
} from '../../store.ts'
import { isAmong } from './cases.ts'
import { Driving } from './driving.ts'
import { Ground } from './ground.ts'
import { grouped, matches } from './measures.ts'

/** Opens an empty store, or one on a ground that others were opened on: it holds what they did, also when they are closed. */
export function openMemoryStore(options: { clock?: Clock; ground?: Ground } = {}): Store {
  return new MemoryStore(options.ground ?? new Ground(options.clock ?? systemClock))
}

class MemoryStore implements Store {
  readonly #ground: Ground
  readonly #driving: Driving
  #closed = false

  constructor(ground: Ground) {
    this.#ground = ground
    this.#driving = new Driving(ground)
  }

  async own(): Promise<void> {}

  watch(): () => void {
    return () => undefined
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  readonly runs: RunStore = {
    start: (run) => this.#act((ground) => ground.start(run)),
    get: (id) => this.#act(({ rows }) => rows.get(id)?.run),
    list: (filter) => this.#act(() => this.#listRuns(filter)),
    count: () => this.#act(() => this.#countRuns()),
    request: (id, request) => this.#act((ground) => ground.request(id, request)),
    signal: (signal) => this.#act((ground) => ground.signal(signal)),
    prune: (filter) => this.#act(() => ({ runs: this.#prune(filter), payloads: 0 })),
  }

  readonly journal: JournalStore = {
    due: (now, perFlow, except) => this.#act(() => this.#driving.due(now, perFlow, except)),
    nextWake: () => this.#act(() => this.#driving.nextWake()),
    recover: (only) => this.#act(() => this.#driving.recover(only)),
    claim: (id, now) => this.#act(() => this.#driving.claim(id, now)),
    absorb: (id, epoch) => this.#act(() => this.#driving.absorb(id, epoch)),
    commit: (write) => this.#act(() => this.#driving.commit(write)),
    load: (run, scope) => this.#act(({ rows }) => (rows.get(run)?.entries ?? []).filter((entry) => entry.scope === scope)),
    last: (run, scope) =>
      this.#act(({ rows }) => rows.get(run)?.entries.findLast((entry) => entry.scope === scope && entry.state === 'completed')),
    entries: (run, reading = {}) => this.#act(({ rows }) => pageOf(rows.get(run)?.entries ?? [], reading)),
  }

  readonly reviews: ReviewStore = {
    get: (id) => this.#act(({ reviews }) => reviews.get(id)),
    list: (filter) =>
      this.#act(() => {
        const found = this.#reviewsThat(filter).sort(byDue)
        const start = filter.after === undefined ? 0 : found.findIndex((review) => review.id === filter.after) + 1
        return found.slice(start, start + (filter.limit ?? 100))
      }),
    count: (filter) => this.#act(() => this.#reviewsThat(filter).length),
    change: (id, decide) => this.#act((ground) => ground.changeReview(id, decide)),
  }

  readonly cases: CaseStore = {
    list: ({ newest = false, after = newest ? Number.POSITIVE_INFINITY : 0, limit = 1000, ...filter }) =>
      this.#act(({ cases }) => {
        const found = (newest ? cases.toReversed() : cases).filter(({ seq }) => (newest ? seq < after : seq > after))
        return found.filter((one) => isAmong(one, filter)).slice(0, limit)
      }),
    add: (cases) =>
      this.#act((ground) => {
        for (const one of cases) ground.cases.push({ ...one, seq: ++ground.seq, at: one.at ?? ground.clock.now() })
      }),
    count: () =>
      this.#act(({ cases }) =>
        [...Map.groupBy(cases, ({ decision }) => decision)]
          .map(([decision, some]) => ({ decision, cases: some.length }))
          .sort((one, other) => (one.decision < other.decision ? -1 : 1)),
      ),
  }

  readonly measures: MeasureStore = {
    add: (measure) =>
      this.#act((ground) => {
        const kept = ground.measure(measure.run, measure)
        if (kept !== undefined) return kept
        throw new RondoError('run_unknown', `There is no run "${measure.run}" to be measured.`, { details: { run: measure.run } })
      }),
    list: ({ after = 0, limit = 1000, ...filter }) =>
      this.#act(({ measures }) => measures.filter((one) => one.seq > after && matches(one, filter)).slice(0, limit)),
    group: (filter, by, everyMs) =>
      this.#act(({ measures }) =>
        grouped(
          measures.filter((one) => matches(one, filter)),
          by,
          everyMs,
        ),
      ),
  }

  readonly memos: MemoStore = {
    get: (space, key) => this.#act(({ memos }) => memos.get(JSON.stringify([space, key]))?.slice()),
    put: (space, key, value) => {
      const kept = value.slice()
      return this.#act(({ memos }) => {
        memos.set(JSON.stringify([space, key]), kept)
      })
    },
  }

  readonly access: AccessStore = {
    read: (look) => this.#act(({ access }) => look(access)),
    change: (decide) => this.#act(({ access, clock }) => access.keep(decide(access, clock.now()), clock.now())),
  }

  readonly audit: AuditStore = {
    append: (acts) => this.#act(({ access, clock }) => access.append(acts, clock.now())),
    list: (filter) => this.#act(({ access }) => access.acts(filter)),
  }

  /** Acts in a later turn of the event loop. */
  async #act<Result>(act: (ground: Ground) => Result): Promise<Result> {
    await new Promise((resolve) => setImmediate(resolve))
    if (this.#closed) throw new RondoError('database_failed', 'This store in memory was closed. Open another.')
    return act(this.#ground)
  }

  #listRuns(filter: RunFilter): RunRecord[] {
    const newest = [...this.#ground.rows.values()].map(({ run }) => run).reverse()
    const before = newest.findIndex((run) => run.id === filter.before)
    return newest
      .slice(before + 1)
      .filter(
        (run) =>
          (filter.flow === undefined || run.flow === filter.flow) &&
          (filter.status === undefined || filter.status.includes(run.status)) &&
          (filter.parent === undefined || run.parent?.run === filter.parent),
      )
      .slice(0, filter.limit ?? 100)
  }

  #countRuns(): { flow: string; status: RunRecord['status']; count: number }[] {
    const groups = Map.groupBy(this.#ground.rows.values(), ({ run }) => JSON.stringify([run.flow, run.status]))
    return [...groups.values()].flatMap((rows) =>
      rows.slice(0, 1).map(({ run: { flow, status } }) => ({ flow, status, count: rows.length })),
    )
  }

  #reviewsThat(filter: Parameters<ReviewStore['list']>[0]): ReviewRecord[] {
    const fields = ['state', 'role', 'run', 'flow', 'kind'] as const
    return [...this.#ground.reviews.values()].filter((review) =>
      fields.every((field) => filter[field] === undefined || review[field] === filter[field]),
    )
  }

  #prune({ endedBefore, flow, limit = Number.POSITIVE_INFINITY }: Parameters<RunStore['prune']>[0]): number {
    const { rows } = this.#ground
    const old = [...rows.values()].filter(({ run }) => {
      const above = run.parent === undefined ? undefined : rows.get(run.parent.run)
      const isNeeded = above !== undefined && !ENDED.includes(above.run.status)
      return run.endedAt !== undefined && run.endedAt < endedBefore && (flow === undefined || run.flow === flow) && !isNeeded
    })
    const gone = old.sort((one, other) => (one.run.endedAt ?? 0) - (other.run.endedAt ?? 0)).slice(0, Math.min(limit, old.length))
    for (const row of gone) this.#ground.remove(row)
    if (flow === undefined) this.#ground.removeLost(endedBefore)
    return gone.length
  }
}

function pageOf(entries: readonly Entry[], { after = 0, limit = 1000, scope, values = true, records = true }: EntryReading): Entry[] {
  const page = entries.filter((entry) => entry.seq > after && (scope === undefined || entry.scope === scope)).slice(0, limit)
  if (values === true && records === true) return page
  const wanted = (which: typeof values, { kind }: Pick<Entry, 'kind'>): boolean =>
    typeof which === 'boolean' ? which : which.includes(kind)
  return page.map(({ value, record, ...entry }) => ({
    ...entry,
    ...(wanted(values, entry) && value !== undefined && { value }),
    ...(wanted(records, entry) && record !== undefined && { record }),
  }))
}

function byDue(one: ReviewRecord, other: ReviewRecord): number {
  const due = (review: ReviewRecord): number => review.dueAt ?? Number.MAX_SAFE_INTEGER
  return due(one) - due(other) || one.openedAt - other.openedAt
}

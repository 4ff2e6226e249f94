/**
 * `JournalStore` in memory: who drives which run, and what it appends. The invariants are those of the port.
 */
import { ENDED, reviewId } from '../../records.ts'
import type { Arrivals, Claim, Committed, DueRun, Settle, Write } from '../../store.ts'
import type { Ground, Row } from './ground.ts'

export class Driving {
  readonly #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** Oldest first, at most `perFlow` of each flow, and as many cancels after those. */
  due(now: number, perFlow: number, except: ReadonlySet<string>): DueRun[] {
    const taken = new Map<string, number>()
    const cancelled = new Map<string, number>()
    return [...this.#ground.rows.values()]
      .filter((row) => !except.has(row.run.id) && isDue(row, now))
      .sort((one, other) => since(one) - since(other))
      .filter(({ run, request }) => upTo(perFlow, taken, run.flow) || (request?.kind === 'cancel' && upTo(perFlow, cancelled, run.flow)))
      .map(({ run, request }) => ({ id: run.id, flow: run.flow, cancel: request?.kind === 'cancel' }))
  }

  nextWake(): number | undefined {
    let first: number | undefined
    for (const { run, readyAt } of this.#ground.rows.values())
      if (run.wakeAt !== undefined && readyAt === undefined && (first === undefined || run.wakeAt < first)) first = run.wakeAt
    return first
  }

  recover(only?: ReadonlySet<string>): number {
    const left = [...this.#ground.rows.values()].filter(({ run }) => run.status === 'running' && only?.has(run.id) !== false)
    for (const { run } of left) this.#ground.wake(run.id)
    return left.length
  }

  claim(id: string, now: number): Claim | undefined {
    const row = this.#ground.rows.get(id)
    if (row === undefined || !isDue(row, now) || !isClaimable(row)) return undefined
    const fresh = row.run.epoch === 0
    this.#absorb(row)
    row.run = { ...row.run, epoch: row.run.epoch + 1, startedAt: row.run.startedAt ?? now }
    return { run: row.run, fresh, arrivals: this.#arrivals(row) }
  }

  absorb(id: string, epoch: number): Arrivals | undefined {
    const row = this.#held(id, epoch)
    if (row === undefined) return undefined
    this.#absorb(row)
    return this.#arrivals(row)
  }

  commit(write: Write): Committed {
    const ground = this.#ground
    const row = this.#held(write.run, write.epoch)
    if (row === undefined) return { kind: 'fenced' }
    running(row)
    for (const entry of write.entries) ground.append(row, entry)
    const woke: string[] = []
    if (write.openReview !== undefined && ground.openReview(row, write.openReview)) woke.push(write.run)
    for (const { path, state } of write.endReviews ?? []) ground.endReview(reviewId(write.run, path), state)
    if (write.startChild !== undefined && !ground.rows.has(write.startChild.id)) woke.push(ground.start(write.startChild).run.id)
    const child = write.takeChild === undefined ? undefined : ground.rows.get(write.takeChild)
    if (child !== undefined) child.taken = true
    for (const id of write.cancelChildren ?? []) ground.cancel(id, 'the run that called it no longer needs it')
    woke.push(...(write.cancelChildren ?? []))
    if (write.takeSignal !== undefined) ground.takeSignal(write.run, write.takeSignal)
    const at = ground.clock.now()
    const { newCase } = write
    if (newCase !== undefined) ground.cases.push({ ...newCase, run: newCase.run ?? write.run, seq: ++ground.seq, at: newCase.at ?? at })
    for (const measure of write.newMeasures ?? []) ground.measure(write.run, measure)
    if (write.settle !== undefined) woke.push(...this.#settle(row, write.settle))
    return { kind: 'committed', seq: ground.seq, at, ...(woke.length > 0 && { woke }) }
  }

  #held(id: string, epoch: number): Row | undefined {
    const row = this.#ground.rows.get(id)
    return row !== undefined && row.run.epoch === epoch && ['running', 'waiting'].includes(row.run.status) ? row : undefined
  }

  #absorb(row: Row): void {
    running(row)
    row.readyAt = undefined
  }

  #arrivals({ run: { id }, request }: Row): Arrivals {
    const { reviews, signals, rows } = this.#ground
    return {
      ...(request !== undefined && request.kind !== 'resume' && { request: { ...request, kind: request.kind } }),
      reviews: [...reviews.values()].filter((review) => review.run === id && review.state === 'settled'),
      signals: [...signals.values()].filter((signal) => signal.run === id && !signal.taken).map(({ taken: _, ...signal }) => signal),
      children: [...rows.values()]
        .filter(({ run, taken }) => run.parent?.run === id && !taken && ENDED.includes(run.status))
        .map(({ run }) => run),
    }
  }

  /** Gives the runs that it made due. */
  #settle(row: Row, settle: Settle): string[] {
    const { run } = row
    if (settle.status === 'waiting') {
      const wakeAt = Math.min(settle.wakeAt ?? Number.POSITIVE_INFINITY, run.deadlineAt ?? Number.POSITIVE_INFINITY)
      row.run = { ...run, status: 'waiting', ...(Number.isFinite(wakeAt) && { wakeAt }) }
      return []
    }
    if (settle.status !== 'paused' && settle.status !== 'stopped') return this.#end(row, settle)
    this.#letBe(row, settle)
    return []
  }

  #end(row: Row, settle: Settle): string[] {
    row.request = undefined
    row.readyAt = undefined
    const { error: _error, reason: _reason, ...run } = row.run
    row.run = { ...run, ...settle, endedAt: this.#ground.clock.now() }
    for (const review of this.#ground.reviews.values()) {
      if (review.run === run.id && ['early', 'open', 'settled'].includes(review.state)) this.#ground.endReview(review.id, 'closed')
    }
    const children = [...this.#ground.rows.values()].flatMap(({ run: child }) => (child.parent?.run === run.id ? [child.id] : []))
    for (const child of children) this.#ground.cancel(child, 'the run that called it is over')
    if (run.parent === undefined) return children
    this.#ground.wake(run.parent.run)
    return [run.parent.run, ...children]
  }

  /** A run is held, or stopped by its own fault; who asked something else of it meanwhile is obeyed. */
  #letBe(row: Row, settle: Settle): void {
    const { request } = row
    const { error: _error, ...run } = row.run
    if (settle.status === 'paused' && request?.kind === 'resume') {
      row.run = { ...run, status: 'waiting' }
      row.request = undefined
      row.readyAt ??= this.#ground.clock.now()
      return
    }
    const reason = request?.kind === 'pause' ? request.reason : run.reason
    row.run = {
      ...run,
      ...settle,
      ...(reason !== undefined && { reason }),
      status: request?.kind === 'cancel' && settle.status === 'stopped' ? 'waiting' : settle.status,
    }
    if (request?.kind === 'cancel') return
    row.request = undefined
    row.readyAt = undefined
  }
}

/** Counts one more of a flow, while there is room. */
function upTo(most: number, counts: Map<string, number>, flow: string): boolean {
  const count = counts.get(flow) ?? 0
  if (count >= most) return false
  counts.set(flow, count + 1)
  return true
}

function isDue({ run, readyAt }: Row, now: number): boolean {
  return readyAt !== undefined || (run.wakeAt !== undefined && run.wakeAt <= now)
}

function since({ run, readyAt }: Row): number {
  return readyAt ?? run.wakeAt ?? 0
}

/** A paused run is taken only to be cancelled. */
function isClaimable({ run, request }: Row): boolean {
  return run.status === 'paused' ? request?.kind === 'cancel' : ['queued', 'running', 'waiting'].includes(run.status)
}

function running(row: Row): void {
  const { wakeAt: _, ...rest } = row.run
  row.run = { ...rest, status: 'running' }
}

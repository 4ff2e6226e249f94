/**
 * One drive: a run's flow, re-run from its journal and moved forward until it is over or every branch waits.
 *
 * Owns: the life of that drive, from claim to letting go. Never: decides which run to drive or when (the engine's), or does
 * what a step does (the files beside this one).
 * Invariants:
 *   V1. Whatever the flow sees is in the journal, and is delivered in the journal's order (deliveries.ts).
 *   V2. A suspended flow is a promise that does not settle: no error, no `finally`; letting go of it is letting it be collected.
 *   V3. A drive that ended, was fenced or was abandoned delivers nothing and writes nothing but the result of work under way.
 *   V4. What breaks a rule of the language stops this run and no other; it cannot be caught by the flow.
 */
import type { Clock } from '../clock.ts'
import { type ErrorRecord, RondoError, toErrorRecord } from '../errors.ts'
import type { Entry, NewEntry, ReviewChange, ReviewRecord, RunRecord } from '../journal/records.ts'
import type { Arrivals, Claim, Committed, Settle, Write } from '../journal/store.ts'
import { decode, encode } from '../json.ts'
import type { LiveEvent } from './definition.ts'
import { Deliveries } from './deliveries.ts'
import type { AnyFlow } from './flow.ts'
import { Meter } from './meter.ts'
import type { Ended, Outcome } from './outcome.ts'
import { type Along, Scope } from './scope.ts'
import { ScopedRun } from './scoped-run.ts'
import type { Services } from './service.ts'
import { suspended } from './suspended.ts'
import { Waits } from './waits.ts'

/** What a drive needs of the world: its run's journal, bound to nothing else. */
export interface DriveHost {
  readonly clock: Clock
  readonly services: Services
  commit(write: Write): Promise<Committed>
  load(run: string, scope: string): Promise<Entry[]>
  last(run: string, scope: string): Promise<Entry | undefined>
  absorb(run: string, epoch: number): Promise<Arrivals | undefined>
  changeReview(id: string, decide: (review: ReviewRecord | undefined) => ReviewChange): Promise<ReviewRecord>
  /** Tells live subscribers; nothing durable hangs on it. */
  emit(run: string, event: DriveEvent): void
}

export type DriveEvent = { readonly type: 'entry'; readonly entry: NewEntry } | (LiveEvent & { readonly path: string })

/** How a drive let go of its run. */
export type DriveEnd =
  | { readonly kind: 'settled'; readonly settle: Settle }
  /** Another driver has the run. */
  | { readonly kind: 'fenced' }
  /** The journal could not be written; the run stands as it last stood there. */
  | { readonly kind: 'broken'; readonly error: unknown }
  | { readonly kind: 'abandoned' }

export interface DriveWatcher {
  /** Every branch waits; the run is marked so, and wakes by itself at `wakeAt`. It may be woken, or abandoned and claimed anew. */
  quiet(wakeAt: number | undefined): void
  ended(end: DriveEnd): void
}

export class Drive {
  readonly run: RunRecord
  readonly host: DriveHost
  readonly waits = new Waits()
  /** The time of the last thing the flow learned. */
  learnedAt: number
  readonly #flow: AnyFlow
  readonly #watcher: DriveWatcher
  readonly #deliveries: Deliveries
  readonly #fresh: boolean
  readonly #arrivals: Arrivals
  #root: Scope | undefined
  /** What is going on and does not wait: code of the flow with no step under way, work of steps, reads and writes of the journal. */
  #busy = 0
  #state: 'driving' | 'quiet' | 'ending' | 'over' = 'driving'
  #drained: (() => void) | undefined
  #cancelDeadline: (() => void) | undefined

  constructor(host: DriveHost, flow: AnyFlow, claim: Claim, watcher: DriveWatcher) {
    this.host = host
    this.run = claim.run
    this.learnedAt = claim.run.startedAt ?? claim.run.createdAt
    this.#flow = flow
    this.#watcher = watcher
    this.#fresh = claim.fresh
    this.#arrivals = claim.arrivals
    this.#deliveries = new Deliveries(() => this.#settleIfQuiet())
  }

  get quiet(): boolean {
    return this.#state === 'quiet'
  }

  /** Re-runs the flow from its journal. Resolves when it is on its way; how it ends goes to the watcher. */
  async begin(): Promise<void> {
    let root: Scope
    try {
      root = Scope.root(this, this.#fresh ? [] : await this.host.load(this.run.id, ''))
      root.usage = this.run.usage
      this.#root = root
      if (this.#flow.budget !== undefined)
        root.meter = await Meter.open(root, this.#flow.budget, this.run.startedAt ?? this.now(), this.#fresh)
    } catch (error) {
      return this.broken(error)
    }
    if (this.#obey(this.#arrivals)) return
    if (this.run.deadlineAt !== undefined) this.#cancelDeadline = this.host.clock.at(this.run.deadlineAt, () => void this.wake())
    this.waits.arrive(this.#arrivals, this.now())
    void this.#play(root)
  }

  /** Something came, or a time was reached: the waiting branches look. */
  async wake(): Promise<void> {
    if (this.#letGo) return
    this.#state = 'driving'
    try {
      const arrivals = await this.host.absorb(this.run.id, this.run.epoch)
      if (arrivals === undefined) return this.#over({ kind: 'fenced' })
      if (this.#obey(arrivals)) return
      this.waits.arrive(arrivals, this.now())
    } catch (error) {
      return this.broken(error)
    }
    this.#deliveries.turn()
  }

  /** Lets go at once: work under way is told to stop and waited for, and what it brought is journaled. */
  async abandon(): Promise<void> {
    if (this.#state === 'over') return
    this.#state = 'ending'
    await this.#drain()
    this.#over({ kind: 'abandoned' })
  }

  now(): number {
    return this.host.clock.now()
  }

  load(scope: string): Promise<Entry[]> {
    return this.#fresh ? Promise.resolve([]) : this.#during(this.#deliveries.while(this.host.load(this.run.id, scope)))
  }

  last(scope: string): Promise<Entry | undefined> {
    return this.#fresh ? Promise.resolve(undefined) : this.#during(this.#deliveries.while(this.host.last(this.run.id, scope)))
  }

  /** Appends under this drive's epoch. A promise that does not settle when the drive no longer holds the run. */
  async commit(entries: readonly NewEntry[], along: Along): Promise<{ seq: number; at: number }> {
    if (this.#state === 'over') return suspended()
    const committed = await this.#during(this.host.commit({ run: this.run.id, epoch: this.run.epoch, entries, ...along })).catch(
      (error: unknown) => {
        this.broken(error)
        return suspended<Committed>()
      },
    )
    if (committed.kind === 'fenced') {
      this.#over({ kind: 'fenced' })
      return suspended()
    }
    for (const end of along.endReviews ?? []) this.waits.release(`${this.run.id}:${end.path}`)
    if (along.takeSignal !== undefined) this.waits.release(along.takeSignal)
    if (along.takeChild !== undefined) this.waits.release(along.takeChild)
    for (const entry of entries) this.host.emit(this.run.id, { type: 'entry', entry })
    return committed
  }

  /**
   * Takes a step: runs `work` and delivers how it came out; `undefined` is for work that its scope's death made needless.
   * The promise never settles when the step's scope dies or the run is let go. An error thrown by `work` is not the
   * step's failure (that is an outcome) but a broken rule or a broken store, and ends the drive.
   */
  operation<Output>(scope: Scope, work: () => Promise<Ended<Output>>): Promise<Output> {
    if (this.#letGo || scope.dead) return suspended()
    scope.stepBegins()
    return new Promise((resolve, reject) => {
      work().then(
        (outcome) => {
          if (outcome === undefined) scope.stepEnds()
          else if (outcome.kind === 'thrown')
            this.#deliver(scope, { kind: 'thrown', error: outcome.error, at: this.learnedAt }, resolve, reject)
          else this.#deliveries.live(outcome.seq, () => this.#deliver(scope, outcome, resolve, reject))
        },
        (error: unknown) => {
          scope.stepEnds()
          this.stop(error)
        },
      )
    })
  }

  /** A result from the journal: delivered in the journal's order. */
  replay<Output>(scope: Scope, outcome: Outcome<Output>): Promise<Output> {
    if (this.#letGo || scope.dead) return suspended()
    scope.stepBegins()
    return new Promise((resolve, reject) => {
      this.#deliveries.recorded(outcome.seq, () => this.#deliver(scope, outcome, resolve, reject))
    })
  }

  /** Waits its turn among the results a flow sees: for code of the language that goes on after a commit of its own. */
  turnOf(scope: Scope, at: { seq: number; at: number }): Promise<void> {
    return this.replay(scope, { ...at, kind: 'value', value: undefined })
  }

  /** Ends the drive because a rule was broken or the code no longer fits the journal. The flow cannot catch it. */
  stop(error: unknown): void {
    if (error instanceof RondoError && error.code === 'database_failed') return this.broken(error)
    void this.#end({ status: 'stopped', error: toErrorRecord(error) })
  }

  /** A person ended the run from inside (a spent budget that was not extended). */
  cancel(reason: string): void {
    void this.#end({ status: 'cancelled', reason })
  }

  broken(error: unknown): void {
    this.#over({ kind: 'broken', error })
  }

  async #play(root: Scope): Promise<void> {
    try {
      const input: unknown = decode(this.run.input)
      const output: unknown = await root.play(() => this.#flow.run(new ScopedRun(root), input))
      if (this.#letGo) return
      const parsed = this.#flow.output.safeParse(output)
      if (parsed.success) return await this.#end({ status: 'completed', output: encode(parsed.data) })
      throw new RondoError(
        'invalid_output',
        `Flow "${this.run.flow}" returned what its output schema refuses: ${parsed.error.issues.map((issue) => `${issue.path.join('.') || '(the output)'}: ${issue.message}`).join('; ')}.`,
        { cause: parsed.error },
      )
    } catch (error) {
      if (this.#letGo) return
      await this.#end({ status: 'failed', error: toErrorRecord(error) })
    }
  }

  /** Does what was asked of the run, or what its deadline asks. Says whether the drive ends by it. */
  #obey({ request }: Arrivals): boolean {
    if (request?.kind === 'cancel') void this.#end({ status: 'cancelled', ...(request.reason !== undefined && { reason: request.reason }) })
    else if (request?.kind === 'pause') void this.#end({ status: 'paused' })
    else if (this.run.deadlineAt !== undefined && this.run.deadlineAt <= this.now())
      void this.#end({ status: 'failed', error: this.#late(this.run.deadlineAt) })
    else return false
    return true
  }

  #late(deadlineAt: number): ErrorRecord {
    return toErrorRecord(
      new RondoError(
        'deadline_passed',
        `The run was not over by its deadline, ${new Date(deadlineAt).toISOString()}. Start another with a later one, or give the flow more time with "within".`,
      ),
    )
  }

  /** Stops what is under way, waits for it, and settles the run. The first end counts. */
  async #end(settle: Settle): Promise<void> {
    if (this.#letGo) return
    this.#state = 'ending'
    await this.#drain()
    try {
      const committed = await this.host.commit({ run: this.run.id, epoch: this.run.epoch, entries: [], settle })
      this.#over(committed.kind === 'fenced' ? { kind: 'fenced' } : { kind: 'settled', settle })
    } catch (error) {
      this.broken(error)
    }
  }

  async #drain(): Promise<void> {
    this.#root?.kill()
    if (this.#busy === 0) return
    await new Promise<void>((resolve) => {
      this.#drained = resolve
    })
  }

  #over(end: DriveEnd): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#cancelDeadline?.()
    this.#root?.kill()
    this.#drained?.()
    this.#watcher.ended(end)
  }

  busier(): void {
    this.#busy += 1
    if (this.#state === 'quiet') this.#state = 'driving'
  }

  idler(): void {
    this.#busy -= 1
    if (this.#busy > 0) return
    if (this.#letGo) this.#drained?.()
    else this.#deliveries.turn()
  }

  get #letGo(): boolean {
    return this.#state === 'ending' || this.#state === 'over'
  }

  async #during<Output>(work: Promise<Output>): Promise<Output> {
    this.busier()
    try {
      return await work
    } finally {
      this.idler()
    }
  }

  #deliver<Output>(
    scope: Scope,
    outcome: Outcome<Output> | { kind: 'thrown'; error: unknown; at: number },
    resolve: (value: Output) => void,
    reject: (error: unknown) => void,
  ): void {
    scope.stepEnds()
    if (scope.dead || this.#letGo) return
    this.learnedAt = outcome.at
    if (outcome.kind === 'value') resolve(outcome.value)
    else reject(outcome.error)
  }

  /** With nothing executing, nothing to deliver and something to wait for, the run is marked as waiting. */
  #settleIfQuiet(): void {
    if (this.#state !== 'driving' || this.#busy > 0 || this.waits.size === 0) return
    this.#state = 'quiet'
    const wakeAt = this.waits.wakeAt()
    this.host
      .commit({
        run: this.run.id,
        epoch: this.run.epoch,
        entries: [],
        settle: { status: 'waiting', ...(wakeAt !== undefined && { wakeAt }) },
      })
      .then(
        (committed) => {
          if (committed.kind === 'fenced') this.#over({ kind: 'fenced' })
          else if (this.#state === 'quiet') this.#watcher.quiet(wakeAt)
        },
        (error: unknown) => this.broken(error),
      )
  }
}

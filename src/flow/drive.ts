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
 *   V5. Nothing new begins before all that the journal holds has been delivered: a branch that the journal says is over does
 *       not get to act, or to take what came, before it learns so.
 *   V6. A journal that cannot be read or written ends the drive, never the run.
 */
import type { Clock } from '../clock.ts'
import { type ErrorRecord, RondoError, toErrorRecord } from '../errors.ts'
import type { Entry, NewEntry, ReviewChange, ReviewRecord, RunRecord } from '../journal/records.ts'
import type { Arrivals, Claim, Committed, Settle, Write } from '../journal/store.ts'
import { decode, encode } from '../json.ts'
import { Alarm } from './alarm.ts'
import type { Counterfactual } from './counterfactual.ts'
import type { LiveEvent } from './definition.ts'
import { Deliveries } from './deliveries.ts'
import type { AnyFlow } from './flow.ts'
import { describeIssues } from './issues.ts'
import { Meter } from './meter.ts'
import type { Ended, Outcome, Thrown } from './outcome.ts'
import { OwnJournal } from './own-journal.ts'
import { type Redaction, redaction } from './redaction.ts'
import type { Run } from './run.ts'
import { type Ending, Scope } from './scope.ts'
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
  /** Present when a recorded run is replayed under a change. */
  readonly counterfactual?: Counterfactual
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
  /** Something it waited for beside its journal came, which is nobody's to tell: it is at work again. */
  stirred?(): void
  /** What its code left behind failed when it was on its way out, or over. */
  strayed?(error: unknown): void
  ended(end: DriveEnd): void
}

export class Drive {
  readonly run: RunRecord
  readonly host: DriveHost
  readonly journal: OwnJournal
  readonly waits: Waits
  /** Absent: everything is kept as it is. */
  readonly redaction: Redaction | undefined
  /** Resolves once all that the journal holds has been delivered. */
  readonly replayed: Promise<void>
  replaying = true
  /** The time of the last thing the flow learned. */
  learnedAt: number
  readonly #flow: AnyFlow
  readonly #watcher: DriveWatcher
  readonly #deliveries: Deliveries
  readonly #arrivals: Arrivals
  readonly #endReplay: () => void
  #root: Scope | undefined
  /** What is going on and does not wait: code of the flow with no step under way, work of steps, reads and writes of the journal. */
  #busy = 0
  #state: 'beginning' | 'driving' | 'quiet' | 'ending' | 'over' = 'beginning'
  #drained: (() => void) | undefined
  #cancelDeadline: (() => void) | undefined
  readonly #alarm: Alarm

  constructor(host: DriveHost, flow: AnyFlow, claim: Claim, watcher: DriveWatcher) {
    this.host = host
    this.run = claim.run
    this.learnedAt = claim.run.startedAt ?? claim.run.createdAt
    this.#flow = flow
    this.#watcher = watcher
    this.#arrivals = claim.arrivals
    this.redaction = host.services.has(redaction) ? host.services.get(redaction) : undefined
    this.#deliveries = new Deliveries(() => this.#nothingToDeliver())
    this.#alarm = new Alarm(host.clock, () => this.#ring())
    this.journal = new OwnJournal(this, this.#deliveries, claim.fresh)
    this.waits = new Waits(claim.arrivals, (at) => this.#letGo || this.#alarm.by(at))
    const { promise, resolve } = Promise.withResolvers<void>()
    this.replayed = promise
    this.#endReplay = resolve
  }

  /** Re-runs the flow from its journal. Resolves when it is on its way; how it ends goes to the watcher. */
  async begin(): Promise<void> {
    if (this.#obey(this.#arrivals)) return
    let root: Scope
    try {
      root = await this.#openRoot()
    } catch (error) {
      return this.stop(error)
    }
    if (this.#letGo) return
    if (this.run.deadlineAt !== undefined) this.#cancelDeadline = this.host.clock.at(this.run.deadlineAt, () => void this.wake())
    this.#state = 'driving'
    void this.#play(root)
    this.#deliveries.turn()
  }

  /** Something came, or a time was reached: the waiting branches look. */
  async wake(): Promise<void> {
    if (this.#letGo) return
    if (this.#state === 'quiet') this.#state = 'driving'
    const arrivals = await this.journal.absorb()
    if (this.#letGo || this.#obey(arrivals)) return
    this.waits.arrive(arrivals, this.now())
    const wakeAt = this.waits.wakeAt()
    if (wakeAt !== undefined) this.#alarm.by(wakeAt)
  }

  /** Lets go at once: work under way is waited for, and what it brought is journaled. */
  async abandon(): Promise<void> {
    if (this.#state === 'over') return
    this.#state = 'ending'
    await this.#drain('held')
    this.over({ kind: 'abandoned' })
  }

  /** The `run` that code in a scope is handed. */
  runIn(scope: Scope): Run {
    return new ScopedRun(scope)
  }

  now(): number {
    return this.host.clock.now()
  }

  /**
   * Takes a step: runs `work` and delivers how it came out; `undefined` is for work that its scope's end made needless.
   * The promise never settles when the step's scope ends or the run is let go. An error thrown by `work` is not the
   * step's failure (that is an outcome) but a broken rule, and ends the drive.
   */
  operation<Output>(scope: Scope, work: () => Promise<Ended<Output>>): Promise<Output> {
    if (this.#letGo || scope.dead) return suspended()
    scope.stepBegins()
    const step = Promise.withResolvers<Output>()
    work().then(
      (outcome) => {
        if (outcome === undefined) scope.stepEnds()
        else if (outcome.kind === 'thrown') this.#deliver(scope, { ...outcome, at: this.learnedAt }, step)
        else this.#deliveries.add(outcome.seq, () => this.#deliver(scope, outcome, step))
      },
      (error: unknown) => {
        scope.stepEnds()
        this.stop(error)
      },
    )
    return step.promise
  }

  /** A result from the journal: delivered in the journal's order. */
  replay<Output>(scope: Scope, outcome: Outcome<Output>): Promise<Output> {
    if (this.#letGo || scope.dead) return suspended()
    scope.stepBegins()
    const step = Promise.withResolvers<Output>()
    this.#deliveries.add(outcome.seq, () => this.#deliver(scope, outcome, step))
    return step.promise
  }

  /** Waits its turn among the results a flow sees: for code of the language that goes on after a commit of its own. */
  turnOf(scope: Scope, at: { seq: number; at: number }): Promise<void> {
    return this.replay(scope, { ...at, kind: 'value', value: undefined })
  }

  /** Ends the drive because a rule was broken or the code no longer fits the journal. The flow cannot catch it. */
  stop(error: unknown): void {
    void this.#end({ status: 'stopped', error: toErrorRecord(error) }, 'held')
  }

  /** A promise that code of this run made, and that nobody waits for, failed (strays.ts). */
  stray(reason: unknown): void {
    if (this.#letGo) this.#watcher.strayed?.(reason)
    this.stop(
      new RondoError(
        'not_awaited',
        `A promise that this flow made, and that nobody waits for, failed (${toErrorRecord(reason).message}). Await it, or catch what it throws; then retry the run.`,
        { cause: reason, terminal: true },
      ),
    )
  }

  /** A person ended the run from inside (a spent budget that was not extended). */
  cancel(reason: string): void {
    void this.#end({ status: 'cancelled', reason }, 'needless')
  }

  /** Whether every branch waits. */
  get quiet(): boolean {
    return this.#state === 'quiet'
  }

  busier(): void {
    this.#busy += 1
    if (this.#state !== 'quiet') return
    this.#state = 'driving'
    this.#watcher.stirred?.()
  }

  idler(): void {
    this.#busy -= 1
    if (this.#busy > 0) return
    if (this.#letGo) this.#drained?.()
    else this.#deliveries.turn()
  }

  /** Ends the drive, however it came to it. The first end counts. */
  over(end: DriveEnd): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#cancelDeadline?.()
    this.#alarm.clear()
    this.#root?.kill('needless')
    this.#drained?.()
    this.#watcher.ended(end)
  }

  get isOver(): boolean {
    return this.#state === 'over'
  }

  async #openRoot(): Promise<Scope> {
    const root = Scope.root(this, await this.journal.load(''))
    root.usage = this.run.usage
    this.#root = root
    const { budget } = this.#flow
    if (budget !== undefined) root.meter = await Meter.open(root, budget, this.run.startedAt ?? this.now(), false)
    return root
  }

  async #play(root: Scope): Promise<void> {
    try {
      const input: unknown = decode(this.run.input)
      const output: unknown = await root.play(() => this.#flow.run(this.runIn(root), input))
      if (this.#letGo) return
      const parsed = this.#flow.output.safeParse(output)
      if (parsed.success) return await this.#end({ status: 'completed', output: encode(parsed.data) }, 'over')
      const issues = describeIssues(parsed.error, 'the output')
      throw new RondoError('invalid_output', `Flow "${this.run.flow}" returned what its output schema refuses. ${issues}`, {
        details: { flow: this.run.flow },
      })
    } catch (error) {
      if (this.#letGo) return
      await this.#end({ status: 'failed', error: toErrorRecord(error) }, 'over')
    }
  }

  /** Does what was asked of the run, or what its deadline asks. Says whether the drive ends by it. */
  #obey({ request }: Arrivals): boolean {
    const { deadlineAt } = this.run
    if (request?.kind === 'cancel')
      void this.#end({ status: 'cancelled', ...(request.reason !== undefined && { reason: request.reason }) }, 'needless')
    else if (request?.kind === 'pause') void this.#end({ status: 'paused' }, 'held')
    else if (deadlineAt !== undefined && deadlineAt <= this.now())
      void this.#end({ status: 'failed', error: this.#late(deadlineAt) }, 'needless')
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
  async #end(settle: Settle, ending: Ending): Promise<void> {
    if (this.#letGo) return
    this.#state = 'ending'
    await this.#drain(ending)
    if (this.isOver) return
    await this.journal.settle(settle)
    this.over({ kind: 'settled', settle })
  }

  async #drain(ending: Ending): Promise<void> {
    this.#root?.kill(ending)
    this.#alarm.clear()
    if (this.#busy === 0) return
    await new Promise<void>((resolve) => {
      this.#drained = resolve
    })
  }

  get #letGo(): boolean {
    return this.#state === 'ending' || this.#state === 'over'
  }

  #deliver<Output>(scope: Scope, outcome: Outcome<Output> | (Thrown & { readonly at: number }), step: PromiseWithResolvers<Output>): void {
    scope.stepEnds()
    if (scope.dead || this.#letGo) return
    if (outcome.differs === true) scope.change()
    this.learnedAt = outcome.at
    if (outcome.kind === 'value') {
      step.resolve(outcome.value)
      return
    }
    // A flow that awaits it later, or never, must not bring the process down with an unhandled rejection.
    step.promise.catch(() => undefined)
    step.reject(outcome.error)
  }

  /** The journal has been replayed; or with nothing executing and something to wait for, the run is marked as waiting. */
  #nothingToDeliver(): void {
    if (this.#state !== 'driving') return
    if (this.replaying) {
      this.replaying = false
      this.#endReplay()
      this.#deliveries.turn()
    } else if (this.#busy === 0 && this.waits.size > 0) void this.#wait()
  }

  async #wait(): Promise<void> {
    this.#state = 'quiet'
    this.#alarm.clear()
    const wakeAt = this.waits.wakeAt()
    await this.journal.settle({ status: 'waiting', ...(wakeAt !== undefined && { wakeAt }) })
    if (this.quiet) this.#watcher.quiet(wakeAt)
  }

  #ring(): number | undefined {
    this.waits.tick(this.now())
    return this.waits.wakeAt()
  }
}

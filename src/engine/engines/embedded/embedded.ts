/**
 * The embedded engine: one process, which owns its store, drives all runs.
 *
 * Owns: turns between flows, the number of runs driven at once, timers, and which waiting runs stay in memory.
 * Never: keeps anything that must survive; a restart begins with what the store says is due.
 * Invariants (beside E1–E4):
 *   M1. At most `concurrency` runs are busy; a run that only waits holds no place.
 *   M2. At most `hotRuns` waiting runs stay in memory; the rest cost nothing but their rows, and are re-run when they wake.
 *   M3. One timer, for the earliest time any run waits for.
 *   M4. A look passes over busy runs, so what comes to one is told to its drive: by `wake`, by what a commit woke, and for what other
 *       processes did, by `watch`.
 */
import { z } from 'zod'
import type { Clock } from '../../../clock.ts'
import { Drive, type DriveEnd, type DriveHost } from '../../../flow/drive.ts'
import type { AnyFlow } from '../../../flow/flow.ts'
import { catchStrays } from '../../../flow/strays.ts'
import type { RunStatus } from '../../../journal/records.ts'
import type { Committed, DueRun, Store } from '../../../journal/store.ts'
import type { Engine } from '../../engine.ts'
import { Alarm } from './alarm.ts'
import { Turns } from './turns.ts'

export interface EmbeddedOptions {
  readonly store: Store
  readonly host: DriveHost
  readonly clock: Clock
  /** The flow of a name; `undefined` when the code knows none. */
  readonly flow: (name: string) => AnyFlow | undefined
  /** Runs that are busy at once. Default 128. */
  readonly concurrency?: number
  /** Waiting runs kept in memory. Default 256. */
  readonly hotRuns?: number
  /** Told when a run begins to be driven, to wait, or is over. */
  readonly status: (run: string, status: RunStatus) => void
  /** Told of what could not be driven, and why. */
  readonly warn: (message: string, cause?: unknown) => void
}

const DEFAULT_CONCURRENCY = 128
const DEFAULT_HOT = 256
const RETRY_AFTER_MS = 1000
const OWN_PATIENCE_MS = 500

/** A run in this process: claimed and busy, or waiting and hot. */
type Held = { kind: 'busy'; drive: Drive | undefined; again: boolean } | { kind: 'hot'; drive: Drive }

/** What a run is cancelled with whose flow the code does not know: a drive obeys before it plays anything. */
function unknownFlow(name: string): AnyFlow {
  const run = (): Promise<never> => Promise.reject(new Error(`The code knows no flow "${name}".`))
  return { name, input: z.unknown(), output: z.unknown(), budget: undefined, withinMs: undefined, run }
}

export class EmbeddedEngine implements Engine {
  readonly #options: EmbeddedOptions
  readonly #host: DriveHost
  readonly #held = new Map<string, Held>()
  readonly #turns = new Turns()
  /** Flows that runs wait for but the code does not know: said once each. */
  readonly #unknownFlows = new Set<string>()
  #busy = 0
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new'
  #looking = false
  #lookAgain = false
  #lookUnderWay: Promise<void> = Promise.resolve()
  readonly #alarm: Alarm
  /** When what could not be driven on is tried again. */
  #recoverAt: number | undefined
  readonly #resting = new Set<string>()
  #unwatch: (() => void) | undefined
  readonly #idle: (() => void)[] = []

  constructor(options: EmbeddedOptions) {
    this.#options = options
    const { host } = options
    this.#host = { ...host, commit: (write) => host.commit(write).then((committed) => this.#told(committed)) }
    this.#alarm = new Alarm(options.clock, () => this.#look())
  }

  async start(): Promise<void> {
    await this.#options.store.own(OWN_PATIENCE_MS)
    await this.#options.store.journal.recover()
    this.#state = 'running'
    this.#unwatch = this.#options.store.watch(() => this.#stir())
    catchStrays()
    this.#look()
  }

  wake(run: string): void {
    if (this.#state !== 'running') return
    const held = this.#held.get(run)
    if (held?.kind === 'busy') {
      if (held.drive === undefined) held.again = true
      else void held.drive.wake()
    } else if (held?.kind === 'hot' && this.#busy < this.#concurrency) {
      this.#resume(run, held.drive)
    } else {
      this.#look()
    }
  }

  /** Another process has changed something: a look takes on what is due, and passes over what is busy, which has to be told. */
  #stir(): void {
    for (const run of this.#busyRuns()) this.wake(run)
    this.#look()
  }

  /** A run of this process made others due, or itself. */
  #told(committed: Committed): Committed {
    if (committed.kind === 'committed' && committed.woke !== undefined) for (const run of committed.woke) this.wake(run)
    return committed
  }

  async idle(): Promise<void> {
    if (this.#state !== 'running' || (!this.#looking && this.#busy === 0)) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  async stop(): Promise<void> {
    if (this.#state === 'stopped') return
    this.#state = 'stopping'
    this.#unwatch?.()
    this.#alarm.cancel()
    await this.#lookUnderWay
    await Promise.all([...this.#held.values()].map((held) => held.drive?.abandon()))
    this.#held.clear()
    this.#state = 'stopped'
    this.#sayIdle()
  }

  get #concurrency(): number {
    return this.#options.concurrency ?? DEFAULT_CONCURRENCY
  }

  /** Asks the store what is due and takes it on, as far as there are places. One look at a time. */
  #look(): void {
    if (this.#state !== 'running') return
    this.#lookAgain = true
    if (this.#looking) return
    this.#looking = true
    this.#lookUnderWay = this.#lookUntilDone().finally(() => {
      this.#looking = false
      this.#sayIdle()
    })
  }

  async #lookUntilDone(): Promise<void> {
    while (this.#lookAgain && this.#state === 'running' && this.#busy < this.#concurrency) {
      this.#lookAgain = false
      try {
        const now = this.#options.clock.now()
        await this.#recover(now)
        const passedOver = new Set([...this.#busyRuns(), ...this.#turns.waiting(), ...this.#resting])
        this.#turns.add(await this.#options.store.journal.due(now, this.#concurrency, passedOver))
        this.#fill()
        await this.#setTimer(now)
      } catch (error) {
        this.#options.warn('The store could not say what is due; trying again in a second.', error)
        this.#alarm.arm(this.#options.clock.now() + RETRY_AFTER_MS)
      }
    }
  }

  /** Makes runs that could not be driven on due again, once a while has passed. */
  async #recover(now: number): Promise<void> {
    if (this.#recoverAt === undefined || this.#recoverAt > now) return
    await this.#options.store.journal.recover(this.#resting)
    this.#recoverAt = undefined
    this.#resting.clear()
  }

  #fill(): void {
    while (this.#busy < this.#concurrency) {
      const next = this.#turns.next()
      if (next === undefined) return
      this.#take(next)
    }
  }

  *#busyRuns(): Iterable<string> {
    for (const [run, held] of this.#held) if (held.kind === 'busy') yield run
  }

  #take({ id: run, flow: flowName, cancel }: DueRun): void {
    const held = this.#held.get(run)
    const flow = this.#options.flow(flowName) ?? (cancel ? unknownFlow(flowName) : undefined)
    if (held?.kind === 'hot') this.#resume(run, held.drive)
    else if (flow === undefined) this.#sayUnknown(flowName)
    else if (held === undefined) {
      this.#busy += 1
      this.#held.set(run, { kind: 'busy', drive: undefined, again: false })
      void this.#claim(run, flow)
    }
  }

  async #claim(run: string, flow: AnyFlow): Promise<void> {
    try {
      const claim = await this.#options.store.journal.claim(run, this.#options.clock.now())
      if (claim === undefined || this.#state !== 'running') return this.#drop(run)
      const drive = new Drive(this.#host, flow, claim, {
        quiet: (wakeAt) => this.#quiet(run, drive, wakeAt),
        stirred: () => this.#stirred(run, drive),
        strayed: (error) => this.#options.warn(`A promise that run ${run} left behind, and that nobody waits for, failed.`, error),
        ended: (end) => this.#ended(run, end),
      })
      const held = this.#held.get(run)
      this.#held.set(run, { kind: 'busy', drive, again: false })
      this.#options.status(run, 'running')
      await drive.begin()
      if (held?.kind === 'busy' && held.again) void drive.wake()
    } catch (error) {
      this.#ended(run, { kind: 'broken', error })
    }
  }

  #resume(run: string, drive: Drive): void {
    this.#busy += 1
    this.#held.set(run, { kind: 'busy', drive, again: false })
    void drive.wake()
  }

  /** A hot run went on by itself: it holds a place, even where there is none. */
  #stirred(run: string, drive: Drive): void {
    if (this.#held.get(run)?.kind !== 'hot') return
    this.#busy += 1
    this.#held.set(run, { kind: 'busy', drive, again: false })
    this.#options.status(run, 'running')
  }

  /** A run waits: its place goes to another, and it stays hot if there is room. */
  #quiet(run: string, drive: Drive, wakeAt: number | undefined): void {
    const held = this.#held.get(run)
    if (held?.kind !== 'busy' || this.#state !== 'running') return
    this.#busy -= 1
    this.#held.delete(run)
    if (this.#hotLimit > 0) this.#held.set(run, { kind: 'hot', drive })
    else void drive.abandon()
    this.#evict()
    if (wakeAt !== undefined) this.#alarm.arm(wakeAt)
    this.#options.status(run, 'waiting')
    this.#freed()
  }

  get #hotLimit(): number {
    return this.#options.hotRuns ?? DEFAULT_HOT
  }

  /** Lets the longest-waiting hot runs go; the map keeps the order in which they began to wait. */
  #evict(): void {
    let hot = this.#held.size - this.#busy
    if (hot <= this.#hotLimit) return
    for (const [run, held] of this.#held) {
      if (hot <= this.#hotLimit) return
      if (held.kind !== 'hot') continue
      this.#held.delete(run)
      void held.drive.abandon()
      hot -= 1
    }
  }

  #ended(run: string, end: DriveEnd): void {
    if (end.kind === 'abandoned') return
    const held = this.#held.get(run)
    if (held?.kind === 'busy') this.#busy -= 1
    this.#held.delete(run)
    if (end.kind === 'broken') {
      this.#options.warn(
        `Run ${run} could not be driven on: ${end.error instanceof Error ? end.error.message : String(end.error)}`,
        end.error,
      )
      this.#resting.add(run)
      this.#recoverAt = this.#options.clock.now() + RETRY_AFTER_MS
      if (this.#state === 'running') this.#alarm.arm(this.#recoverAt)
      this.#freed()
    } else {
      if (end.kind === 'settled') this.#options.status(run, end.settle.status)
      this.#freed()
    }
  }

  #drop(run: string): void {
    this.#busy -= 1
    this.#held.delete(run)
    this.#freed()
  }

  /** A place is free: those who queued for it go first, then the store is asked again. */
  #freed(): void {
    if (this.#state === 'running') this.#fill()
    if (this.#state === 'running' && this.#busy < this.#concurrency) this.#look()
    else this.#sayIdle()
  }

  /** What was overdue at the last look and could not be taken on is looked at again in a while: at once would not help. */
  async #setTimer(lookedAt: number): Promise<void> {
    const next = await this.#options.store.journal.nextWake()
    if (next === undefined) return
    if (next <= lookedAt) this.#alarm.arm(lookedAt + RETRY_AFTER_MS)
    else if (next <= this.#options.clock.now()) this.#lookAgain = true
    else this.#alarm.arm(next)
  }

  #sayUnknown(flow: string): void {
    if (this.#unknownFlows.has(flow)) return
    this.#unknownFlows.add(flow)
    this.#options.warn(
      `Runs of flow "${flow}" are due, but the code knows no flow of that name. They wait until it does: register it, or cancel them.`,
    )
  }

  #sayIdle(): void {
    if (this.#state === 'running' && (this.#looking || this.#busy > 0)) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}

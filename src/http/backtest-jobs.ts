/**
 * The backtests of one server: what is asked for, how far each is, and what came of it.
 *
 * Owns: the backtests of this process. A report is kept in the database, so that it can be read after a restart; a backtest that was under
 * way then is gone, and started again it is paid for again, unless it named a `state` (see `backtest`).
 * An estimate is given back and not kept.
 * Never: tries anything itself, or more at once than a few: a backtest asks models, and shares this process with the runs.
 */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import {
  type BacktestOptions,
  type BacktestProgress,
  type BacktestReport,
  backtest,
  type Change,
  type Rondo,
  type RunResult,
  type Selection,
} from '../index.ts'
import { iso, usage } from './documents.ts'
import type { Door } from './door.ts'
import { problemOf } from './problem.ts'
import { Bell, type EventStream } from './sse.ts'

const MOST_AT_ONCE = 2
export const MOST_LISTED = 100
const USD = 5
const MARGIN = 0.02
const ALPHA = 0.05
const SPACE = 'backtest reports'
const INDEX = 'index'

const change = z.strictObject({
  /** Other texts of prompts, by name: the whole file. */
  prompts: z.record(z.string(), z.string()).optional(),
  /** Other models (`provider/model`), by the name of a prompt or decision. */
  models: z.record(z.string(), z.string()).optional(),
  /** Everything as it is here, against what was recorded. */
  code: z.boolean().optional(),
  steps: z.array(z.string()).optional(),
})
const selection = z.strictObject({
  of: z.enum(['sample', 'must-pass']).optional(),
  flow: z.string().optional(),
  from: z.coerce.date().optional(),
  until: z.coerce.date().optional(),
  release: z.string().optional(),
  segment: z.string().optional(),
  sample: z.number().int().positive().optional(),
  seed: z.string().optional(),
  runs: z.array(z.string()).max(1000).optional(),
})
export const order = z.strictObject({
  change,
  selection: selection.optional(),
  /** No run is begun that would cost more than this in all. */
  usd: z.number().min(0).default(USD),
  /** Goes on although the price of a model that the change names is not known, and no budget can hold it. */
  unpriced: z.boolean().optional(),
  /** Tries nothing: the reply is the estimate, and no backtest begins. */
  estimateOnly: z.boolean().optional(),
  margin: z.number().min(0).lt(1).default(MARGIN),
  alpha: z.number().gt(0).lt(1).default(ALPHA),
  candidates: z.number().int().positive().optional(),
  state: z.string().max(200).optional(),
})
type Order = z.output<typeof order>

/** Of the steps that are taken anew; `prices`: at that of the model that is tried, or at those of when they were recorded. */
const estimate = z.object({ runs: z.number(), usage, prices: z.enum(['new', 'recorded', 'unknown']) })
export const estimateDocument = z.object({ estimate })
export type EstimateDocument = z.output<typeof estimateDocument>

export const backtestDocument = z.object({
  id: z.string(),
  status: z.enum(['running', 'done', 'stopped', 'failed']),
  by: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  change: z.unknown(),
  selection: z.unknown(),
  estimate: estimate.optional(),
  done: z.number(),
  of: z.number().optional(),
  spent: usage.optional(),
  /** What the steps that were not taken anew had used up when they were recorded. */
  saved: usage.optional(),
  /** What was asked for: the budget in dollars, how much worse is still not worse, and the chance of a wrong verdict. */
  terms: z.object({ usd: z.number(), margin: z.number(), alpha: z.number() }).optional(),
  verdict: z.string().optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
})
export type BacktestDocument = z.output<typeof backtestDocument>
export const fullDocument = backtestDocument.extend({ report: z.unknown().optional() })
type FullDocument = z.output<typeof fullDocument>

interface Job {
  document: FullDocument
  readonly stopping: AbortController
  readonly listeners: Set<(result: RunResult | undefined) => void>
}

export class Backtests {
  readonly #door: Door
  readonly #rondo: Rondo
  readonly #jobs = new Map<string, Job>()

  constructor(door: Door) {
    this.#door = door
    this.#rondo = door.rondo
  }

  async estimate(asked: Order): Promise<EstimateDocument> {
    const { change: tried, selection: chosen = {} } = asked
    const options = { ...optionsOf(asked), estimateOnly: true, signal: this.#door.stopping }
    for await (const told of backtest(this.#rondo, changeOf(tried), selectionOf(chosen), options))
      if (told.kind === 'estimate') return { estimate: estimateOf(told) }
    throw new RondoError('stopped', 'Nothing was estimated: the server is stopping.')
  }

  async start(asked: Order, by: string): Promise<BacktestDocument> {
    const running = [...this.#jobs.values()].filter(({ document }) => document.status === 'running')
    if (running.length >= MOST_AT_ONCE)
      throw new RondoError('run_state', `${MOST_AT_ONCE} backtests are under way. Wait for one, or stop it.`, {
        details: { running: running.map(({ document }) => document.id) },
      })
    const { change: tried, selection: chosen = {} } = asked
    const document: FullDocument = {
      id: randomUUID(),
      status: 'running',
      by,
      startedAt: this.#now(),
      change: tried,
      selection: chosen,
      done: 0,
      terms: { usd: asked.usd, margin: asked.margin, alpha: asked.alpha },
    }
    const job: Job = { document, stopping: new AbortController(), listeners: new Set() }
    const signal = AbortSignal.any([job.stopping.signal, this.#door.stopping])
    const trying = backtest(this.#rondo, changeOf(tried), selectionOf(chosen), { ...optionsOf(asked), signal })
    // What cannot be tried is refused here, before it counts as started.
    const first = await trying.next()
    this.#jobs.set(document.id, job)
    if (this.#jobs.size > MOST_LISTED) this.#forgetOldest()
    void this.#follow(job, first, trying)
    return withoutReport(job.document)
  }

  async get(id: string): Promise<FullDocument> {
    const document = this.#jobs.get(id)?.document ?? (await this.#kept<FullDocument>(id))
    if (document === undefined) throw new RondoError('not_found', `There is no backtest "${id}".`)
    return document
  }

  async all(): Promise<BacktestDocument[]> {
    const own = [...this.#jobs.values()].map(({ document }) => withoutReport(document))
    const before = (await this.#kept<BacktestDocument[]>(INDEX)) ?? []
    const all = [...own, ...before.filter(({ id }) => !this.#jobs.has(id))]
    return all.sort((one, other) => other.startedAt.localeCompare(one.startedAt))
  }

  async stop(id: string): Promise<BacktestDocument> {
    const document = await this.get(id)
    this.#jobs.get(id)?.stopping.abort()
    return withoutReport(document)
  }

  async tell(id: string, stream: EventStream): Promise<void> {
    const job = this.#jobs.get(id)
    const bell = new Bell(stream.signal)
    let results: RunResult[] = []
    const listener = (result: RunResult | undefined): void => {
      if (result !== undefined) results.push(result)
      bell.ring()
    }
    job?.listeners.add(listener)
    try {
      for (;;) {
        const document = withoutReport(await this.get(id))
        const now = results
        results = []
        for (const { run, outcome } of now) await stream.send({ event: 'run', data: { run, outcome } })
        await stream.send({ event: document.status === 'running' ? 'progress' : 'end', data: document })
        if (document.status !== 'running' || stream.signal.aborted) return
        await bell.heard()
      }
    } finally {
      job?.listeners.delete(listener)
    }
  }

  async #follow(job: Job, first: Awaited<ReturnType<Trying['next']>>, trying: Trying): Promise<void> {
    try {
      for (let step = first; step.done !== true; step = await trying.next()) {
        const { value } = step
        if (value.kind === 'estimate') this.#change(job, { estimate: estimateOf(value), of: value.runs })
        else if (value.kind === 'run') this.#change(job, { done: value.done, of: value.of, spent: value.spent }, value.result)
        else this.#change(job, reported(value.report))
      }
      const stopped = job.stopping.signal.aborted || this.#door.stopping.aborted
      await this.#end(job, { status: stopped ? 'stopped' : 'done' })
    } catch (error) {
      await this.#end(job, { status: 'failed', error: problemOf(error).body.error })
    }
  }

  #change(job: Job, change: Partial<FullDocument>, result?: RunResult): void {
    job.document = { ...job.document, ...change }
    for (const listener of job.listeners) listener(result)
  }

  /** Kept before it is said to be over. */
  async #end(job: Job, change: Partial<FullDocument>): Promise<void> {
    const document = { ...job.document, ...change, endedAt: this.#now() }
    const index = [withoutReport(document), ...((await this.#kept<BacktestDocument[]>(INDEX)) ?? [])].slice(0, MOST_LISTED)
    try {
      await this.#keep(document.id, document)
      await this.#keep(INDEX, index)
    } catch {
      // A database that may not be written, or is closed: the report is read here as long as this process lives.
    }
    this.#change(job, document)
  }

  #forgetOldest(): void {
    for (const [id, { document }] of this.#jobs) {
      if (document.status === 'running') continue
      this.#jobs.delete(id)
      return
    }
  }

  async #kept<Document>(key: string): Promise<Document | undefined> {
    const bytes = await this.#rondo.store.memos.get(SPACE, key).catch(() => undefined)
    // Written below, by nobody else.
    return bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as Document)
  }

  #keep(key: string, document: unknown): Promise<void> {
    return this.#rondo.store.memos.put(SPACE, key, new TextEncoder().encode(JSON.stringify(document)))
  }

  #now(): string {
    return iso(this.#door.clock.now())
  }
}

type Trying = ReturnType<typeof backtest>

function withoutReport({ report: _, ...document }: FullDocument): BacktestDocument {
  return document
}

function estimateOf({ runs, usage: used, prices }: Extract<BacktestProgress, { kind: 'estimate' }>): EstimateDocument['estimate'] {
  return { runs, usage: used, prices }
}

function reported(report: BacktestReport): Partial<FullDocument> {
  return { report, verdict: report.verdict, spent: report.spent, saved: report.saved }
}

function changeOf({ prompts, models, code, steps }: Order['change']): Change {
  return {
    ...(prompts !== undefined && { prompts }),
    ...(models !== undefined && { models }),
    ...(code !== undefined && { code }),
    ...(steps !== undefined && { steps }),
  }
}

function selectionOf({ of, flow, from, until, release, segment, sample, seed, runs }: NonNullable<Order['selection']>): Selection {
  return {
    ...(of !== undefined && { of }),
    ...(flow !== undefined && { flow }),
    ...(from !== undefined && { from: from.getTime() }),
    ...(until !== undefined && { until: until.getTime() }),
    ...(release !== undefined && { release }),
    ...(segment !== undefined && { segment }),
    ...(sample !== undefined && { sample }),
    ...(seed !== undefined && { seed }),
    ...(runs !== undefined && { runs }),
  }
}

function optionsOf({ usd, unpriced, margin, alpha, candidates, state }: Order): BacktestOptions {
  return {
    usd,
    ...(unpriced !== undefined && { unpriced }),
    margin,
    alpha,
    ...(candidates !== undefined && { candidates }),
    ...(state !== undefined && { state }),
  }
}

/**
 * `backtest`: tries a change on recorded runs.
 *
 * Owns: the course of it: selection, estimate, replays side by side within a budget, report. Never: how a run is replayed (replay.ts),
 * scored (outcome.ts) or judged (verdict.ts).
 * Invariants:
 *   B1. Nothing is written but memos of results; no run, case or journal is touched.
 *   B2. A budget is not overdrawn by more than what the runs under way come to cost more than was estimated.
 */
import { RondoError } from '../../errors.ts'
import type { AnyFlow } from '../../flow/flow.ts'
import type { Services } from '../../flow/service.ts'
import type { Store } from '../../journal/store.ts'
import { fingerprint } from '../../json.ts'
import { models } from '../../model/model-call.ts'
import { addUsage, microUsd, NO_USAGE, type Usage } from '../../money.ts'
import { type Change, ChangedServices, checkChange, modelsIn } from './change.ts'
import { FORM, Kept } from './kept.ts'
import { type RunResult, resultOf, type Score } from './outcome.ts'
import { RecordedRun } from './recorded-run.ts'
import { replay } from './replay.ts'
import { type BacktestReport, Reporting } from './report.ts'
import type { Common } from './rulings.ts'
import { scoresOf } from './scores.ts'
import { casesOf, drawn, type MustPass, type Selection, unfinishedIn } from './selection.ts'
import { checkTerms, type VerdictTerms } from './verdict.ts'
import { Versions } from './versions.ts'

/** What a backtest stands on: a system, as `createRondo` gives it. */
export interface BacktestGround {
  readonly flows: ReadonlyMap<string, AnyFlow>
  readonly store: Store
  readonly services: Services
}

export interface BacktestOptions extends VerdictTerms {
  /** Runs replayed at once. Default 32. */
  readonly concurrency?: number
  /** No run is begun that would, by the estimate, cost more than this in all. Default: no limit. */
  readonly usd?: number
  /** Goes on within a budget although the price of a model that the change names is not known: its calls count as free. */
  readonly unpriced?: boolean
  /** Ends with the estimate. */
  readonly estimateOnly?: boolean
  /**
   * What tells this state of the code and prompts from others. With it, results that were paid for are kept in the database, and a
   * backtest that is started again goes on where it was.
   */
  readonly state?: string
  /** Begins no further run once this aborts; those under way end. */
  readonly signal?: AbortSignal
}

export interface Estimate {
  readonly kind: 'estimate'
  /** Runs that were selected. */
  readonly runs: number
  /** What the steps that will be taken anew used up when they were recorded, for all runs; its money by `prices`. */
  readonly usage: Usage
  /**
   * - `new`: at the price of the model that the change names
   * - `recorded`: what they cost then; models of several prices, or the same ones
   * - `unknown`: what they cost then; the price of a model that the change names is not known
   */
  readonly prices: 'new' | 'recorded' | 'unknown'
  /** How many runs that is extrapolated from. */
  readonly from: number
}

export type BacktestProgress =
  | Estimate
  | { readonly kind: 'run'; readonly result: RunResult; readonly done: number; readonly of: number; readonly spent: Usage }
  | { readonly kind: 'report'; readonly report: BacktestReport }

/** So many runs are looked at for the estimate. */
const ESTIMATED_FROM = 50
const CONCURRENCY = 32

/**
 * Replays recorded runs under a change: what it does not touch is served from the journal, what it touches runs, and nothing that changes
 * the world does. Gives the estimate, then each run's result as it comes, then the report.
 *
 *     for await (const progress of backtest(rondo, { prompts: { classify: text } }, { flow: 'mail-desk', sample: 500 }, { usd: 2 }))
 *       if (progress.kind === 'report') console.log(progress.report.verdict)
 *
 * Throws `invalid_input`, `prompt_invalid` and `model_unknown` for a change that cannot be tried, `flow_unknown`.
 */
export async function* backtest(
  ground: BacktestGround,
  change: Change,
  selection: Selection = {},
  options: BacktestOptions = {},
): AsyncGenerator<BacktestProgress> {
  checkTerms(options)
  checkChange(change, ground.services)
  const unpriced = modelsIn(change).filter((model) => ground.services.get(models).priceOf(model) === undefined)
  if (unpriced.length > 0) checkBudget(unpriced, options)
  if (selection.flow !== undefined && !ground.flows.has(selection.flow))
    throw new RondoError('flow_unknown', `There is no flow "${selection.flow}" here. There are: ${[...ground.flows.keys()].join(', ')}.`)
  const { mustPass, policies } = await casesOf(ground.store.cases, selection.of === 'must-pass')
  const ids = await drawn(ground.store, selection, mustPass)
  const services = new ChangedServices(ground.services, change)
  const trial = new Trial(ground, { change, services, versions: new Versions(), dry: false }, selection, mustPass)
  const prices = unpriced.length > 0 ? 'unknown' : services.price === undefined ? 'recorded' : 'new'
  const wanted = Math.min(ids.length, selection.sample ?? ids.length)
  const estimate = await trial.estimate(ids, wanted, prices)
  yield estimate
  if (options.estimateOnly === true) return
  const id =
    options.state === undefined ? undefined : fingerprint({ change, of: selection.of ?? 'sample', state: options.state, kept: FORM })
  const kept = await Kept.open(ground.store.memos, id, { change, selection })
  const reporting = new Reporting(change, selection, options, estimate, policies)
  for await (const tried of side(trial, ids, wanted, kept, estimate, options)) {
    reporting.add(tried)
    if (tried.kind === 'tried') yield { kind: 'run', result: tried.result, done: reporting.done, of: wanted, spent: reporting.spent }
  }
  const unfinished = selection.runs === undefined ? await unfinishedIn(ground.store, selection) : 0
  yield { kind: 'report', report: reporting.report({ calls: services.calls, unpriced: [...services.unpriced], unfinished }) }
}

/** A budget that nothing counts against holds nobody back. */
function checkBudget(unpriced: readonly string[], { usd, unpriced: allowed = false, estimateOnly = false }: BacktestOptions): void {
  if (usd === undefined || allowed || estimateOnly) return
  throw new RondoError(
    'invalid_input',
    `The price of ${unpriced.join(', ')} is not known, so a budget of $${usd} would hold nothing back. Give its price in the config (models: { '${unpriced[0]}': { price: { input: …, output: … } } }, in dollars per million tokens), or say that it may go on all the same (--unpriced, { unpriced: true }).`,
    { details: { models: unpriced } },
  )
}

/** What became of one run that was drawn. `at`: its place in the order. */
export type Tried =
  | { readonly kind: 'tried'; readonly at: number; readonly result: RunResult; readonly again: boolean }
  | { readonly kind: 'left out'; readonly why: string }
  | {
      readonly kind: 'troubled'
      readonly at: number
      readonly run: string
      readonly why: string
      readonly spent: Usage
      readonly scores: readonly Score[]
    }

class Trial {
  readonly #ground: BacktestGround
  readonly #common: Common
  readonly #selection: Selection
  readonly #mustPass: MustPass

  constructor(ground: BacktestGround, common: Common, selection: Selection, mustPass: MustPass) {
    this.#ground = ground
    this.#common = common
    this.#selection = selection
    this.#mustPass = mustPass
  }

  async one(id: string, at: number, kept: Kept | undefined): Promise<Tried> {
    const known = await kept?.find(id)
    if (known !== undefined) return { kind: 'tried', at, result: known, again: true }
    const found = await this.#find(id)
    if ('why' in found) return { kind: 'left out', why: found.why }
    const replayed = await replay(found.recorded, found.flow, this.#ground.store, this.#common)
    const { trouble } = replayed.rulings
    const corrections = this.#mustPass.get(id)?.filter(({ origin }) => origin === 'correction') ?? []
    if (trouble !== undefined) {
      const scores = scoresOf(found.recorded, replayed, corrections)
      return { kind: 'troubled', at, run: id, why: trouble, spent: replayed.spent, scores }
    }
    const result = resultOf(found.recorded, replayed, corrections)
    if (result.spent !== NO_USAGE) await kept?.keep(result)
    return { kind: 'tried', at, result, again: false }
  }

  async estimate(ids: readonly string[], wanted: number, prices: Estimate['prices']): Promise<Estimate> {
    let usage = NO_USAGE
    let from = 0
    for (const id of ids) {
      if (from === ESTIMATED_FROM) break
      const found = await this.#find(id)
      if ('why' in found) continue
      const { rulings } = await replay(found.recorded, found.flow, this.#ground.store, { ...this.#common, dry: true })
      usage = addUsage(usage, rulings.replaced)
      from += 1
    }
    const times = (value: number): number => (from === 0 ? 0 : Math.round((value * wanted) / from))
    const { inputTokens, outputTokens, attentionMs } = usage
    const { price } = this.#common.services
    const cost = prices === 'new' && price !== undefined ? inputTokens * price.input + outputTokens * price.output : usage.microUsd
    const all = {
      inputTokens: times(inputTokens),
      outputTokens: times(outputTokens),
      microUsd: times(cost),
      attentionMs: times(attentionMs),
    }
    return { kind: 'estimate', runs: wanted, usage: all, from, prices }
  }

  async #find(id: string): Promise<{ recorded: RecordedRun; flow: AnyFlow } | { why: string }> {
    const run = await this.#ground.store.runs.get(id)
    if (run === undefined) return { why: 'the run is not there any more' }
    if (run.status !== 'completed' && run.status !== 'failed') return { why: `the run is ${run.status}` }
    const flow = this.#ground.flows.get(run.flow)
    if (flow === undefined) return { why: `flow "${run.flow}" is not known here` }
    const recorded = await RecordedRun.read(this.#ground.store.journal, run, this.#common.change)
    const { segment } = this.#selection
    if (segment !== undefined && !recorded.segments.has(segment)) return { why: `no decision in segment "${segment}"` }
    return { recorded, flow }
  }
}

/** Tries runs side by side until enough were tried, the money is spent, or it is told to stop. Those under way are waited for, whatever ends it. */
async function* side(
  trial: Trial,
  ids: readonly string[],
  wanted: number,
  kept: Kept | undefined,
  estimate: Estimate,
  options: BacktestOptions,
): AsyncGenerator<Tried> {
  const { concurrency = CONCURRENCY, usd, signal } = options
  const purse = new Purse(usd, estimate)
  const ended: Tried[] = []
  let [next, under, tried] = [0, 0, 0]
  let failed: { readonly error: unknown } | undefined
  let look: () => void = () => undefined
  const changed = (): Promise<void> =>
    new Promise((resolve) => {
      look = resolve
    })
  const begin = async (at: number): Promise<void> => {
    try {
      const one = await trial.one(ids[at] ?? '', at, kept)
      if (one.kind !== 'left out') tried += 1
      purse.pay(one)
      ended.push(one)
    } catch (error) {
      failed ??= { error }
    }
    under -= 1
    look()
  }
  const mayBegin = (): boolean =>
    failed === undefined &&
    under < concurrency &&
    next < ids.length &&
    tried + under < wanted &&
    signal?.aborted !== true &&
    purse.affords(under + 1)
  try {
    for (;;) {
      while (mayBegin()) {
        under += 1
        void begin(next)
        next += 1
      }
      const one = ended.shift()
      if (one !== undefined) yield one
      else if (under > 0) await changed()
      else if (!mayBegin()) break
    }
  } finally {
    while (under > 0) await changed()
  }
  if (failed !== undefined) throw failed.error
}

/**
 * What has been spent, and what the runs under way may come to cost: as much as estimated, or as the dearest before them. Within a budget
 * they begin one by one until one has cost something: the estimate knows only what the models of then cost.
 */
class Purse {
  readonly #budget: number
  readonly #estimated: number
  #spent = 0
  #dearest = 0

  constructor(usd: number | undefined, { runs, usage }: Estimate) {
    this.#budget = usd === undefined ? Number.POSITIVE_INFINITY : microUsd(usd)
    this.#estimated = runs === 0 ? 0 : usage.microUsd / runs
  }

  pay(tried: Tried): void {
    if (tried.kind === 'left out' || (tried.kind === 'tried' && tried.again)) return
    const cost = tried.kind === 'tried' ? tried.result.spent.microUsd : tried.spent.microUsd
    this.#spent += cost
    this.#dearest = Math.max(this.#dearest, cost)
  }

  affords(under: number): boolean {
    if (!Number.isFinite(this.#budget)) return true
    if (this.#dearest === 0 && under > 1) return false
    const each = Math.max(this.#estimated, this.#dearest)
    return this.#spent + each * under <= this.#budget
  }
}

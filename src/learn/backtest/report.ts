/**
 * The report of a backtest: outcomes, verdict, what it cost and what was saved, and the cases that decided it.
 *
 * Owns: adding up. Never: tries anything.
 */
import { addUsage, NO_USAGE, type Usage } from '../../money.ts'
import type { Verdict } from '../../statistics/comparison.ts'
import type { BacktestOptions, Estimate, Tried } from './backtest.ts'
import { type Change, describeChange } from './change.ts'
import type { RunOutcome, RunResult, Score } from './outcome.ts'
import { notesOf } from './report-notes.ts'
import type { Selection } from './selection.ts'
import { judge, type MetricReport, type Policies } from './verdict.ts'

export interface BacktestReport {
  /** In words, a line for each part. */
  readonly change: readonly string[]
  readonly selection: Selection
  /** `must-pass` cases certify nothing: the verdict is `inconclusive` then. */
  readonly verdict: Verdict
  /** In which segments of which metrics it is worse: these stop the change. */
  readonly blockedBy: readonly { readonly metric: string; readonly segment: string }[]
  readonly metrics: readonly MetricReport[]
  /** Recorded scores that the change does not come to, or only with another question: counted against it, never left out. */
  readonly lost: number
  readonly outcomes: Readonly<Record<RunOutcome, number>>
  readonly runs: {
    readonly selected: number
    readonly replayed: number
    /** Of those, found in the database: an earlier try had paid for them. */
    readonly again: number
    /** Not replayed because the money was spent, or somebody stopped it. */
    readonly left: number
    readonly leftOut: Readonly<Record<string, number>>
    /** Started in the same window, and not over yet. */
    readonly unfinished: number
    /** Not replayed to the end because a model could not be asked: what they were scored by is lost. */
    readonly troubled: readonly { readonly run: string; readonly why: string }[]
  }
  readonly steps: {
    readonly served: number
    readonly ran: number
    /** Steps with an effect that would have done something else, or may have: none of them ran. */
    readonly wouldDo: number
    readonly notApplicable: number
  }
  /** Calls of models that were really made. */
  readonly calls: number
  /** Models that answered, and whose price is not known: `spent` says less than they cost. */
  readonly unpriced: readonly string[]
  readonly estimated: Usage
  /** By what it was estimated. */
  readonly prices: Estimate['prices']
  readonly spent: Usage
  readonly saved: Usage
  /** Right before, and wrong under the change. */
  readonly regressions: readonly Decisive[]
  /** Wrong before, and right under the change. */
  readonly fixes: readonly Decisive[]
  /** Runs that are not unchanged, worst first. */
  readonly cases: readonly RunResult[]
  /** What a reader should know of the verdict. */
  readonly notes: readonly string[]
}

/** One decision or measure of one run in which the two sides differ. */
export interface Decisive extends Score {
  readonly run: string
}

const SHOWN = 50
const WORST_FIRST: readonly RunOutcome[] = ['worse', 'diverged', 'different', 'better', 'unchanged']

export class Reporting {
  done = 0
  spent: Usage = NO_USAGE
  readonly #change: Change
  readonly #selection: Selection
  readonly #options: BacktestOptions
  readonly #estimate: Estimate
  readonly #policies: Policies
  readonly #scores: { readonly at: number; readonly run: string; readonly scores: readonly Score[] }[] = []
  readonly #outcomes: Record<RunOutcome, number> = { unchanged: 0, better: 0, worse: 0, different: 0, diverged: 0 }
  readonly #leftOut: Record<string, number> = {}
  readonly #troubled: { run: string; why: string }[] = []
  readonly #cases = new Map<RunOutcome, RunResult[]>()
  readonly #steps = { served: 0, ran: 0, wouldDo: 0, notApplicable: 0 }
  #saved: Usage = NO_USAGE
  #again = 0

  constructor(change: Change, selection: Selection, options: BacktestOptions, estimate: Estimate, policies: Policies) {
    this.#change = change
    this.#selection = selection
    this.#options = options
    this.#estimate = estimate
    this.#policies = policies
  }

  add(tried: Tried): void {
    if (tried.kind === 'left out') {
      this.#leftOut[tried.why] = (this.#leftOut[tried.why] ?? 0) + 1
      return
    }
    if (tried.kind === 'troubled') {
      this.#troubled.push({ run: tried.run, why: tried.why })
      this.spent = addUsage(this.spent, tried.spent)
      if (tried.scores.length > 0) this.#scores.push({ at: tried.at, run: tried.run, scores: tried.scores })
      return
    }
    const { result, at, again } = tried
    this.done += 1
    if (again) this.#again += 1
    else this.spent = addUsage(this.spent, result.spent)
    this.#saved = addUsage(this.#saved, result.saved)
    this.#outcomes[result.outcome] += 1
    if (result.scores.length > 0) this.#scores.push({ at, run: result.run, scores: result.scores })
    this.#steps.served += result.served
    for (const { what, inside } of result.steps) {
      if (what === 'ran' && inside !== true) this.#steps.ran += 1
      if (what === 'would do') this.#steps.wouldDo += 1
      if (what === 'not applicable') this.#steps.notApplicable += 1
    }
    if (result.outcome === 'unchanged') return
    const same = this.#cases.get(result.outcome) ?? []
    this.#cases.set(result.outcome, same)
    if (same.length < SHOWN) same.push(result)
  }

  report({ calls, unpriced, unfinished }: Pick<BacktestReport, 'calls' | 'unpriced'> & { readonly unfinished: number }): BacktestReport {
    const inOrder = this.#scores.toSorted((one, other) => one.at - other.at)
    const judged = judge(inOrder, this.#options, this.#policies)
    const isSample = this.#selection.of !== 'must-pass' && this.#selection.runs === undefined
    const left = Math.max(0, this.#estimate.runs - this.done - this.#troubled.length)
    const decisive = inOrder.flatMap(({ run, scores }) =>
      scores
        .filter(({ was, would }) => was !== undefined && would !== undefined && was !== would)
        .map((score): Decisive => ({ ...score, run })),
    )
    const gain = ({ was = 0, would = 0 }: Score): number => would - was
    return {
      change: describeChange(this.#change),
      selection: this.#selection,
      verdict: isSample ? judged.verdict : 'inconclusive',
      blockedBy: judged.blockedBy,
      metrics: judged.metrics,
      lost: judged.metrics.reduce((sum, { lost }) => sum + lost, 0),
      outcomes: this.#outcomes,
      runs: {
        selected: this.#estimate.runs,
        replayed: this.done,
        again: this.#again,
        left,
        leftOut: this.#leftOut,
        unfinished,
        troubled: this.#troubled,
      },
      steps: this.#steps,
      calls,
      unpriced,
      estimated: this.#estimate.usage,
      prices: this.#estimate.prices,
      spent: this.spent,
      saved: this.#saved,
      regressions: decisive.filter((one) => gain(one) < 0).slice(0, SHOWN),
      fixes: decisive.filter((one) => gain(one) > 0).slice(0, SHOWN),
      cases: WORST_FIRST.flatMap((outcome) => this.#cases.get(outcome) ?? []).slice(0, 2 * SHOWN),
      notes: notesOf({ isSample, judged, steps: this.#steps, replayed: this.done, unfinished, unpriced }),
    }
  }
}

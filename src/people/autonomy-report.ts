/**
 * Where each decision's autonomy stands, read from its cases: what `rondo autonomy` and other doors show.
 *
 * Owns: that report. Never: needs the project's code: a policy's words say its terms, so a database alone is enough. What the system's
 * registry adds is the policy in force before it has ruled on anything.
 */

import { everyCase } from '../journal/every-case.ts'
import type { CaseOrigin, CaseRecord } from '../journal/records.ts'
import type { CaseStore } from '../journal/store.ts'
import { decode, fingerprint } from '../json.ts'
import { type Autonomy, always, never, threshold } from './autonomy.ts'
import type { AnyDecision } from './decision.ts'
import { isEarned, promiseOf, refusalOf } from './earned.ts'
import { type EarnedTerms, termsIn } from './earned-fold.ts'
import { AutonomyReading, type AutonomyState, type LoadPoint, LoadReading } from './earned-state.ts'
import { checkedFigure, type ErrorFigure, type ErrorPoint, ErrorReading } from './error-reading.ts'

export interface AutonomyReport {
  readonly decision: string
  /** The policy in words: that of the code where it is known, else the last one that ruled. */
  readonly policy: string | undefined
  /** What is promised, in a sentence. */
  readonly promise: string
  readonly cases: { readonly total: number } & Readonly<Partial<Record<CaseOrigin, number>>>
  readonly terms: EarnedTerms | undefined
  /** Of `earned`. */
  readonly state: AutonomyState | undefined
  /** Why the promise is refused, when people's own error makes it empty; with the segment, where there are several. */
  readonly refused: readonly { readonly segment: string | undefined; readonly why: string }[]
  /** People's load over time; `undefined` where nobody sees what stands alone, so that it cannot be known from the cases. */
  readonly load: readonly LoadPoint[] | undefined
  /** The share that stood alone lately (the last of the load's stretches), estimated from the audits. */
  readonly alone: number | undefined
  /** Answers of people under this policy against proposals, and how many of these were wrong: of random checks, and of the rest. */
  readonly checked: { readonly n: number; readonly errors: number }
  readonly escalated: { readonly n: number; readonly errors: number }
  /** How often proposals were wrong: over time, and of random checks alone, which is what stands without a person. */
  readonly error: { readonly points: readonly ErrorPoint[]; readonly all: ErrorFigure; readonly alone: ErrorFigure }
  /** The newest stretch that stands for so many decisions, estimated; `undefined` where `load` is, or without a case. */
  readonly lately: LoadPoint | undefined
  /** Where cases name a segment: each by itself, most cases first. */
  readonly segments: readonly SegmentFigures[]
}

/** What people saw of one segment under the policy. */
export interface SegmentFigures extends ErrorFigure {
  readonly segment: string
  /** Lately; `undefined` where it cannot be known from the cases. */
  readonly alone: number | undefined
}

export interface AutonomyGround {
  readonly store: { readonly cases: CaseStore }
  readonly decisions?: ReadonlyMap<string, AnyDecision>
}

const STRETCHES = 30
/** How many of the newest decisions "lately" is about. */
const LATELY = 200

/** One report for each decision that has cases or is registered, by name; or for one. An unknown one has an empty report. */
export async function autonomyReports({ store, decisions }: AutonomyGround, only?: string): Promise<AutonomyReport[]> {
  const known = only === undefined ? (await store.cases.count()).map(({ decision }) => decision) : [only]
  const names = [...new Set([...known, ...(only === undefined ? (decisions?.keys() ?? []) : [])])].sort()
  const reports: AutonomyReport[] = []
  for (const name of names) reports.push(await reportOf(store.cases, name, decisions?.get(name)?.autonomy))
  return reports
}

async function reportOf(cases: CaseStore, decision: string, autonomy: Autonomy | undefined): Promise<AutonomyReport> {
  const reading = new DecisionReading(decision, autonomy)
  for await (const one of everyCase(cases, { decision })) reading.add(one)
  return reading.report()
}

/** What is counted of one policy. */
class Counts {
  readonly load: LoadReading
  readonly earned: AutonomyReading | undefined
  readonly checked = { n: 0, errors: 0 }
  readonly escalated = { n: 0, errors: 0 }
  readonly errors = new ErrorReading()
  readonly segments = new Map<string, { load: LoadReading; errors: ErrorReading }>()
  readonly #policy: string

  constructor(policy: string) {
    const terms = termsIn(policy)
    this.#policy = policy
    this.load = new LoadReading(policy)
    this.earned = terms === undefined ? undefined : new AutonomyReading(terms)
  }

  add(one: CaseRecord): void {
    this.load.add(one)
    this.earned?.add(one)
    const wrong = one.predicted === undefined ? undefined : isWrong(one, one.predicted)
    if (one.segment !== undefined) {
      const segment = this.segments.get(one.segment) ?? { load: new LoadReading(this.#policy), errors: new ErrorReading() }
      this.segments.set(one.segment, segment)
      segment.load.add(one)
      if (wrong !== undefined) segment.errors.add(one, wrong)
    }
    if (wrong === undefined) return
    this.errors.add(one, wrong)
    const tally = one.origin === 'audit' ? this.checked : this.escalated
    tally.n += 1
    tally.errors += Number(wrong)
  }

  segmentFigures(seen: boolean): SegmentFigures[] {
    const figures = [...this.segments].map(([segment, { load, errors }]): SegmentFigures => {
      const lately = seen ? load.lately(LATELY) : undefined
      return { segment, alone: lately && 1 - lately.share, ...errors.figure() }
    })
    return figures.sort((one, other) => other.n - one.n || (one.segment < other.segment ? -1 : 1))
  }
}

/** A decision's cases, read one after the other into its report. Reports may be asked for in between. */
export class DecisionReading {
  readonly #decision: string
  readonly #own: Autonomy | undefined
  readonly #policies = new Map<string, Counts>()
  readonly #origins = new Map<CaseOrigin, number>()
  /** Where nothing was proposed, no policy ruled: such cases are load under whichever is in force. */
  readonly #unruled: CaseRecord[] = []
  #total = 0
  #last: string | undefined

  constructor(decision: string, autonomy: Autonomy | undefined) {
    this.#decision = decision
    this.#own = autonomy
  }

  /** Takes the next case in order of commit. */
  add(one: CaseRecord): void {
    this.#total += 1
    this.#origins.set(one.origin, (this.#origins.get(one.origin) ?? 0) + 1)
    if (one.origin !== 'audit' && one.origin !== 'escalation') return
    if (one.policy === undefined) {
      this.#unruled.push({ ...one, question: '', answer: '' })
      for (const counts of this.#policies.values()) counts.add(one)
      return
    }
    this.#last = one.policy
    this.#countsOf(one.policy).add(one)
  }

  report(): AutonomyReport {
    const policy = (this.#own !== undefined && isEarned(this.#own) ? this.#own.policy : undefined) ?? this.#last
    const terms = policy === undefined ? undefined : termsIn(policy)
    const counts = this.#countsOf(policy ?? 'people only')
    const state = terms === undefined ? undefined : counts.earned?.state(STRETCHES)
    const seen = policy === undefined || isSeen(policy)
    const load = seen ? (state?.load ?? counts.load.points(STRETCHES)) : undefined
    const last = load?.at(-1)
    return {
      decision: this.#decision,
      policy,
      promise: promiseIn(policy, this.#own),
      cases: { total: this.#total, ...Object.fromEntries(this.#origins) },
      terms,
      state,
      refused: (state?.segments ?? []).flatMap(({ segment, current }) => {
        const why = terms === undefined ? undefined : refusalOf(current, terms)
        return why === undefined ? [] : [{ segment, why }]
      }),
      load,
      alone: last === undefined ? undefined : 1 - last.share,
      checked: counts.checked,
      escalated: counts.escalated,
      error: { points: counts.errors.points(), all: counts.errors.figure(), alone: checkedFigure(counts.checked) },
      lately: seen ? counts.load.lately(LATELY) : undefined,
      segments: counts.segmentFigures(seen),
    }
  }

  #countsOf(policy: string): Counts {
    const known = this.#policies.get(policy)
    if (known !== undefined) return known
    const counts = new Counts(policy)
    for (const one of this.#unruled) counts.add(one)
    this.#policies.set(policy, counts)
    return counts
  }
}

/** Whether people answered otherwise than was proposed. */
function isWrong({ answer }: CaseRecord, predicted: string): boolean {
  return predicted !== answer && fingerprint(decode(predicted)) !== fingerprint(decode(answer))
}

/** Whether a share of what stands alone is seen by people, so that the cases tell how much there is of it. */
function isSeen(policy: string): boolean {
  const [, , audit] = THRESHOLD.exec(policy) ?? []
  if (policy.startsWith('threshold(')) return audit !== undefined
  return policy !== 'never'
}

const THRESHOLD = /^threshold\(([\d.]+)(?:, audit ([\d.]+))?\)$/

function promiseIn(policy: string | undefined, own: Autonomy | undefined): string {
  if (own !== undefined) return own.promise
  if (policy === undefined) return 'Nothing has been ruled on yet.'
  const terms = termsIn(policy)
  if (terms !== undefined) return promiseOf(terms)
  const [, confidence] = THRESHOLD.exec(policy) ?? []
  if (confidence !== undefined) return threshold(Number(confidence)).promise
  if (policy === 'always') return always().promise
  if (policy === 'never') return never().promise
  if (policy === 'review') return 'It is a review: people look at every one.'
  return `The policy "${policy}" is none of Rondo's own; what it promises, its author knows.`
}

/**
 * Where each decision's autonomy stands, read from its cases: what `rondo autonomy` and other doors show.
 *
 * Owns: that report. Never: needs the project's code: a policy's words say its terms, so a database alone is enough. What the system's
 * registry adds is the policy in force before it has ruled on anything.
 */
import type { CaseOrigin, CaseRecord } from '../journal/records.ts'
import type { CaseStore } from '../journal/store.ts'
import { decode, fingerprint } from '../json.ts'
import { type Autonomy, always, never, threshold } from './autonomy.ts'
import type { AnyDecision } from './decision.ts'
import { isEarned, promiseOf, refusalOf } from './earned.ts'
import { type EarnedTerms, termsIn } from './earned-fold.ts'
import { AutonomyReading, type AutonomyState, type LoadPoint, LoadReading } from './earned-state.ts'

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
}

export interface AutonomyGround {
  readonly store: { readonly cases: CaseStore }
  readonly decisions?: ReadonlyMap<string, AnyDecision>
}

const PAGE = 1000
const STRETCHES = 30

/** One report for each decision that has cases or is registered, by name; or for one. An unknown one has an empty report. */
export async function autonomyReports({ store, decisions }: AutonomyGround, only?: string): Promise<AutonomyReport[]> {
  const known = only === undefined ? (await store.cases.count()).map(({ decision }) => decision) : [only]
  const names = [...new Set([...known, ...(only === undefined ? (decisions?.keys() ?? []) : [])])].sort()
  const reports: AutonomyReport[] = []
  for (const name of names) reports.push(await reportOf(store.cases, name, decisions?.get(name)?.autonomy))
  return reports
}

async function reportOf(cases: CaseStore, decision: string, autonomy: Autonomy | undefined): Promise<AutonomyReport> {
  const reading = new Reading(decision, autonomy)
  for (let after = 0; ; ) {
    const page = await cases.list({ decision, after, limit: PAGE })
    for (const one of page) reading.add(one)
    const last = page.at(-1)
    if (last === undefined) return reading.report()
    after = last.seq
  }
}

/** What is counted of one policy. */
interface Counts {
  readonly load: LoadReading
  readonly earned: AutonomyReading | undefined
  readonly checked: { n: number; errors: number }
  readonly escalated: { n: number; errors: number }
}

class Reading {
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

  add(one: CaseRecord): void {
    this.#total += 1
    this.#origins.set(one.origin, (this.#origins.get(one.origin) ?? 0) + 1)
    if (one.origin !== 'audit' && one.origin !== 'escalation') return
    if (one.policy === undefined) {
      this.#unruled.push({ ...one, question: '', answer: '' })
      for (const counts of this.#policies.values()) take(counts, one)
      return
    }
    this.#last = one.policy
    take(this.#countsOf(one.policy), one)
  }

  report(): AutonomyReport {
    const policy = (this.#own !== undefined && isEarned(this.#own) ? this.#own.policy : undefined) ?? this.#last
    const terms = policy === undefined ? undefined : termsIn(policy)
    const counts = this.#countsOf(policy ?? 'people only')
    const state = terms === undefined ? undefined : counts.earned?.state(STRETCHES)
    const load = policy === undefined || isSeen(policy) ? (state?.load ?? counts.load.points(STRETCHES)) : undefined
    const lately = load?.at(-1)
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
      alone: lately === undefined ? undefined : 1 - lately.share,
      checked: counts.checked,
      escalated: counts.escalated,
    }
  }

  #countsOf(policy: string): Counts {
    const known = this.#policies.get(policy)
    if (known !== undefined) return known
    const terms = termsIn(policy)
    const counts: Counts = {
      load: new LoadReading(policy),
      earned: terms === undefined ? undefined : new AutonomyReading(terms),
      checked: { n: 0, errors: 0 },
      escalated: { n: 0, errors: 0 },
    }
    for (const one of this.#unruled) take(counts, one)
    this.#policies.set(policy, counts)
    return counts
  }
}

function take({ load, earned, checked, escalated }: Counts, one: CaseRecord): void {
  load.add(one)
  earned?.add(one)
  if (one.predicted === undefined) return
  const tally = one.origin === 'audit' ? checked : escalated
  tally.n += 1
  tally.errors += Number(one.predicted !== one.answer && fingerprint(decode(one.predicted)) !== fingerprint(decode(one.answer)))
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

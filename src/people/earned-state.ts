/**
 * The state of earned autonomy as reports show it, and people's load over time.
 *
 * Owns: that reading of the cases. Never: decides anything; a policy rules by the same fold (earned-fold.ts).
 */
import type { CaseRecord } from '../journal/records.ts'
import { type Alarm, EarnedFold, type EarnedTerms, policyOf, type SegmentState } from './earned-fold.ts'

export interface AutonomyState {
  /** The terms in words. */
  readonly policy: string
  /** One for the decision as a whole, or one for each segment that had a case. Empty before the first case. */
  readonly segments: readonly SegmentState[]
  /** All alarms, oldest first. */
  readonly alarms: readonly (Alarm & { readonly segment: string | undefined; readonly epoch: number; readonly version: string })[]
  readonly load: readonly LoadPoint[]
}

/**
 * A stretch of the stream. How many decisions it holds is estimated from the cases: one that was put to a person with probability π
 * stands for 1/π decisions (Horvitz & Thompson). The share is exact where people saw everything.
 */
export interface LoadPoint {
  readonly from: number
  readonly to: number
  /** Estimated. */
  readonly decisions: number
  /** How many of them people saw. */
  readonly seen: number
  /** seen/decisions, at most 1. */
  readonly share: number
}

const STRETCHES = 30

/** Reads the state from a decision's cases, in order of commit. */
export function autonomyState(cases: Iterable<CaseRecord>, terms: EarnedTerms): AutonomyState {
  const reading = new AutonomyReading(terms)
  for (const one of cases) reading.add(one)
  return reading.state()
}

/** The same, case by case: nothing of a case is kept but what the state needs. */
export class AutonomyReading {
  readonly #fold: EarnedFold
  readonly #policy: string
  readonly #load: LoadReading

  constructor(terms: EarnedTerms) {
    this.#fold = new EarnedFold(terms)
    this.#policy = policyOf(terms)
    this.#load = new LoadReading(this.#policy)
  }

  add(one: CaseRecord): void {
    this.#fold.add(one)
    this.#load.add(one)
  }

  /** `stretches` is how many points the load has at most. */
  state(stretches: number = STRETCHES): AutonomyState {
    const { segments } = this.#fold
    const alarms = segments.flatMap(({ segment, epochs }) =>
      epochs.flatMap(({ alarm, epoch, version }) => (alarm === undefined ? [] : [{ ...alarm, segment, epoch, version }])),
    )
    return {
      policy: this.#policy,
      segments,
      alarms: alarms.sort((one, other) => one.seq - other.seq),
      load: this.#load.points(stretches),
    }
  }
}

/** People's load under one policy, case by case. */
export class LoadReading {
  readonly #policy: string
  readonly #seen: Seen[] = []

  constructor(policy: string) {
    this.#policy = policy
  }

  add(one: CaseRecord): void {
    if (isLoad(one, this.#policy)) this.#seen.push({ at: one.at, stands: 1 / one.probability })
  }

  points(stretches: number = STRETCHES): LoadPoint[] {
    return loadOf(this.#seen, stretches)
  }

  /** The newest stretch that stands for at least so many decisions, or all there is; `undefined` without a case. */
  lately(decisions: number): LoadPoint | undefined {
    let [first, stood] = [this.#seen.length, 0]
    while (first > 0 && stood < decisions) {
      first -= 1
      stood += this.#seen[first]?.stands ?? 0
    }
    return loadOf(this.#seen.slice(first), 1)[0]
  }
}

interface Seen {
  readonly at: number
  /** How many decisions it stands for. */
  readonly stands: number
}

/** What people were asked under this policy, or because nothing was proposed. Corrections and imports are nobody's load. */
function isLoad({ origin, policy, probability }: CaseRecord, own: string): boolean {
  return (origin === 'audit' || origin === 'escalation') && (policy === undefined || policy === own) && probability > 0
}

/** Stretches of equally many decisions. */
function loadOf(seen: readonly Seen[], stretches: number): LoadPoint[] {
  const each = seen.reduce((sum, { stands }) => sum + stands, 0) / stretches
  const points: LoadPoint[] = []
  let [first, decisions, passed] = [0, 0, 0]
  seen.forEach(({ stands }, index) => {
    decisions += stands
    passed += stands
    if (passed < each * (points.length + 1) - 1e-9 && index < seen.length - 1) return
    const count = index + 1 - first
    points.push({ from: seen[first]?.at ?? 0, to: seen[index]?.at ?? 0, decisions, seen: count, share: Math.min(1, count / decisions) })
    first = index + 1
    decisions = 0
  })
  return points
}

/**
 * How autonomy stood at the end of a trial: what stood alone, from when on, how often it was wrong, and how people's load fell.
 *
 * Owns: that summary, and what is missing where nothing was certified. Never: hides that the answers to what stood alone are known here only because
 * the decisions are past ones.
 */
import type { EarnedTerms, EpochState } from '../../people/earned-fold.ts'
import { Bets } from '../../statistics/betting.ts'
import type { Certificate } from '../../statistics/certificate.ts'
import type { Outcome } from './desk.ts'

/** Of so many, so many. */
export interface Tally {
  readonly n: number
  readonly errors: number
}

export interface LoadStretch {
  /** Places in the order, from 1. */
  readonly from: number
  readonly to: number
  readonly seen: number
  readonly share: number
}

export interface Standing {
  readonly decisions: number
  /** How many proposals there were, and how many of them were wrong. */
  readonly proposed: Tally
  /** After how many decisions the first answers could stand alone; `undefined`: never. */
  readonly certifiedAfter: number | undefined
  /** What stood alone, over all decisions. */
  readonly alone: Tally
  /** What people saw over all decisions, and of the last third. */
  readonly seen: number
  readonly seenShare: number
  readonly lastThird: { readonly decisions: number; readonly seen: number; readonly share: number; readonly alone: Tally }
  /** The confidence from which answers stand alone, at the end. */
  readonly threshold: number | undefined
  readonly certificates: readonly Certificate[]
  readonly burnIn: EpochState['burnIn']
  readonly epoch: number
  readonly alarms: readonly { readonly after: number; readonly audited: number; readonly errors: number }[]
  readonly load: readonly LoadStretch[]
  /** Why nothing is certified at the end, if so. */
  readonly missing: Missing | undefined
}

/** Why nothing is certified, and what it would take. */
export type Missing =
  | { readonly kind: 'no proposals' }
  /** The burn-in is not over. */
  | { readonly kind: 'burn-in'; readonly labelled: number; readonly needed: number }
  /** Even what was surest was wrong too often: more of the same will not help. */
  | { readonly kind: 'too many errors'; readonly share: number; readonly n: number; readonly errors: number }
  /** Right often enough, and so near to what is allowed that no number of labels anybody has would show it. */
  | { readonly kind: 'too near'; readonly share: number; readonly n: number; readonly errors: number }
  /** Right often enough, and not yet often enough to be sure of it: about so many more decisions. */
  | { readonly kind: 'more labels'; readonly n: number; readonly errors: number; readonly labels: number; readonly decisions: number }

const STRETCHES = 60

export function standingOf(
  outcomes: readonly Outcome[],
  state: EpochState | undefined,
  epochs: readonly EpochState[],
  terms: EarnedTerms,
): Standing {
  const last = outcomes.slice(Math.floor((outcomes.length * 2) / 3))
  const seen = outcomes.filter(({ isSeen }) => isSeen).length
  const lastSeen = last.filter(({ isSeen }) => isSeen).length
  return {
    decisions: outcomes.length,
    proposed: tally(outcomes.filter(({ proposed }) => proposed.answer !== undefined)),
    certifiedAfter: epochs.find(({ certified }) => certified !== undefined)?.certified?.at,
    alone: aloneIn(outcomes),
    seen,
    seenShare: share(seen, outcomes.length),
    lastThird: { decisions: last.length, seen: lastSeen, share: share(lastSeen, last.length), alone: aloneIn(last) },
    threshold: state?.threshold,
    certificates: state?.certificates ?? [],
    burnIn: state?.burnIn ?? { labelled: 0, needed: terms.burnIn },
    epoch: state?.epoch ?? 1,
    alarms: epochs.flatMap(({ alarm }) => (alarm === undefined ? [] : [{ after: alarm.at, audited: alarm.audited, errors: alarm.errors }])),
    load: loadOf(outcomes),
    missing: state?.threshold === undefined ? missingOf(state, terms) : undefined,
  }
}

export function tally(outcomes: readonly Outcome[]): Tally {
  return { n: outcomes.length, errors: outcomes.filter(({ isRight }) => !isRight).length }
}

export function aloneIn(outcomes: readonly Outcome[]): Tally {
  return tally(outcomes.filter(({ isSeen }) => !isSeen))
}

export function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function loadOf(outcomes: readonly Outcome[]): LoadStretch[] {
  const stretches = Math.min(STRETCHES, outcomes.length)
  return Array.from({ length: stretches }, (_, at) => {
    const [from, to] = [Math.floor((outcomes.length * at) / stretches), Math.floor((outcomes.length * (at + 1)) / stretches)]
    const seen = outcomes.slice(from, to).filter(({ isSeen }) => isSeen).length
    return { from: from + 1, to, seen, share: share(seen, to - from) }
  })
}

function missingOf(state: EpochState | undefined, { maxError }: EarnedTerms): Missing {
  if (state === undefined) return { kind: 'no proposals' }
  const { burnIn, certificates, delta } = state
  const [strictest] = certificates
  if (strictest === undefined) return { kind: 'burn-in', ...burnIn }
  const { n, errors } = strictest
  const labels = labelsMissing(strictest, maxError, delta)
  if (labels !== undefined) return { kind: 'more labels', n, errors, labels, decisions: rounded(labels / strictest.share) }
  return { kind: errors < n * maxError ? 'too near' : 'too many errors', share: strictest.share, n, errors }
}

/** Bets placed side by side by a certificate (METHODS: K = 6). */
const BETS = 6
/** More labels than this, nobody waits for. */
const ENDLESS = 20_000

/** How many more labels above a threshold would certify it if errors went on as they did; `undefined`: never, or practically so. */
export function labelsMissing({ n, errors }: Pick<Certificate, 'n' | 'errors'>, maxError: number, delta: number): number | undefined {
  if (errors > 0 && errors >= n * maxError) return undefined
  // Half an error more than was seen: few labels without an error are no proof that there is none.
  const rate = Math.min((errors + 0.5) / (n + 1), (errors / Math.max(1, n) + maxError) / 2)
  const isEnough = (more: number): boolean => {
    const bets = new Bets(BETS)
    bets.add(maxError, 1 - maxError, n - errors + more * (1 - rate))
    bets.add(maxError - 1, 1 - maxError, errors + more * rate)
    return bets.logValue >= -Math.log(delta)
  }
  if (!isEnough(ENDLESS)) return undefined
  let [low, high] = [0, ENDLESS]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (isEnough(middle)) high = middle
    else low = middle
  }
  return high
}

/** Two digits of an estimate: the others would claim too much. */
function rounded(estimate: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(estimate)) - 1)
  return Math.ceil(estimate / unit) * unit
}

/**
 * What earned autonomy knows: a fold over a decision's cases, in the order in which they were committed.
 *
 * Owns: epochs, certificates and alarms, by segment and predictor version. Never: reads a store, draws an audit, or looks at a clock, so
 * the same cases give the same state in every process and after every restart.
 * Invariants:
 *   F1. Only what this policy ruled on, and a person answered because of it, is evidence: no corrections (somebody looked for errors), no
 *       imports (nobody drew them), nothing from another policy or from other terms of this one (its items were drawn by other rules).
 *   F2. An epoch belongs to one version of the predictor in one segment. A new version begins one; so does an alarm. Versions that take
 *       turns, as in a canary, keep their own. Epoch e of a segment tests at δ_e = 6δ/(π²·e²), which adds up to δ over all of them.
 *   F3. A case proposed before an alarm and answered after it belongs to the epoch that ended: it is no evidence in the next.
 *   F4. Where two people differ, at least one of them is wrong, whatever the truth is: so their mean error is at least half the share of
 *       blind double answers that differ. Once that is shown to exceed α, the promise means nothing, and is refused while it is so.
 */
import type { CaseRecord } from '../journal/records.ts'
import { decode, fingerprint } from '../json.ts'
import { disagreement } from '../statistics/agreement.ts'
import { type Certificate, CertificateSequence } from '../statistics/certificate.ts'
import { DriftAlarm } from '../statistics/drift.ts'

/** What was agreed, with every default filled in. */
export interface EarnedTerms {
  /** α: the share of wrong answers among those that stand alone. */
  readonly maxError: number
  /** 1 − δ */
  readonly confidence: number
  /** The probability with which an answer above the threshold is put to a person all the same. */
  readonly audit: number
  /** Labelled answers that set the thresholds. */
  readonly burnIn: number
  /** Whether every segment earns its autonomy by itself. */
  readonly segments: boolean
}

/** The terms in words: what the journal keeps beside every ruling, and what tells one set of terms from another. */
export function policyOf({ maxError, confidence, audit, burnIn, segments }: EarnedTerms): string {
  return `earned(maxError ${maxError}, confidence ${confidence}, audit ${audit}, burn-in ${burnIn}${segments ? '' : ', segments together'})`
}

/** The terms that words like these say; `undefined` for another policy. */
export function termsIn(policy: string): EarnedTerms | undefined {
  const [, maxError, confidence, audit, burnIn, together] =
    /^earned\(maxError (\S+), confidence (\S+), audit (\S+), burn-in (\d+)(, segments together)?\)$/.exec(policy) ?? []
  if (maxError === undefined) return undefined
  return {
    maxError: Number(maxError),
    confidence: Number(confidence),
    audit: Number(audit),
    burnIn: Number(burnIn),
    segments: together === undefined,
  }
}

/** A drift alarm, and the audits that raised it. */
export interface Alarm {
  /** The case that raised it. */
  readonly seq: number
  readonly at: number
  /** The audited answers of the epoch, and how many were wrong. */
  readonly audited: number
  readonly errors: number
  /** What the e-CUSUM stood at, and what it must not reach. */
  readonly value: number
  readonly limit: number
}

export interface EpochState {
  /** 1 at first; counted within the segment. */
  readonly epoch: number
  readonly version: string
  /** What began it: the first proposal, another version of the predictor, or a drift alarm in the epoch before. */
  readonly began: 'start' | 'version' | 'drift'
  /** The first case in it; `undefined` before there is one. */
  readonly since: { readonly seq: number; readonly at: number } | undefined
  /** δ_e: the chance that a certificate of this epoch is false. */
  readonly delta: number
  readonly burnIn: { readonly labelled: number; readonly needed: number }
  /** The confidence from which answers stand alone; `undefined` while people see everything. */
  readonly threshold: number | undefined
  /** Strictest first; none before the burn-in is over. */
  readonly certificates: readonly Certificate[]
  /** When the first threshold was certified, and after how many labels of this epoch. */
  readonly certified: { readonly seq: number; readonly at: number; readonly labels: number } | undefined
  readonly audits: { readonly n: number; readonly errors: number; readonly value: number; readonly limit: number }
  /** Why it ended, if it did. */
  readonly alarm: Alarm | undefined
  /** How far the people agree among themselves on what stands alone, or would. */
  readonly reviewers: Reviewing
}

/** What questions that two people answered blind say about people's own error. */
export interface Reviewing {
  /** From this confidence on they count: the threshold in force, or the first that is tested. */
  readonly from: number
  readonly n: number
  /** On how many the first two differed. */
  readonly differed: number
  /** The evidence that people are wrong more often than is promised, and what it must reach. */
  readonly eValue: number
  readonly needed: number
  /** It has: nothing stands alone while that is so. */
  readonly refused: boolean
}

export interface SegmentState {
  /** `undefined`: the decision as a whole. */
  readonly segment: string | undefined
  /** The epoch of the version that was proposing last. */
  readonly current: EpochState
  /** All there were, in order; epochs of versions that take turns are open at the same time. */
  readonly epochs: readonly EpochState[]
}

export class EarnedFold {
  readonly terms: EarnedTerms
  readonly #policy: string
  readonly #segments = new Map<string | undefined, Segment>()

  constructor(terms: EarnedTerms) {
    this.terms = terms
    this.#policy = policyOf(terms)
  }

  /** Takes the next case in order of commit. */
  add(record: CaseRecord): void {
    const { policy, origin, predicted, confidence, epoch } = record
    if (policy !== this.#policy || (origin !== 'audit' && origin !== 'escalation')) return
    if (predicted === undefined || confidence === undefined || epoch === undefined) return
    const error = predicted !== record.answer && fingerprint(decode(predicted)) !== fingerprint(decode(record.answer))
    const key = this.#keyOf(record.segment)
    const segment = this.#segments.get(key) ?? new Segment(this.terms)
    this.#segments.set(key, segment)
    segment.add(record, { confidence, error, probability: record.probability, ...differenceIn(record) }, epoch)
  }

  /** How a proposal of this version stands: the open epoch of its version, or the one it would begin. */
  epochFor(segment: string | undefined, version: string): EpochState {
    return (this.#segments.get(this.#keyOf(segment)) ?? new Segment(this.terms)).epochFor(version)
  }

  /** Every segment that had a case, in order of their first. */
  get segments(): readonly SegmentState[] {
    return [...this.#segments].flatMap(([segment, one]) => one.state(segment) ?? [])
  }

  #keyOf(segment: string | undefined): string | undefined {
    return this.terms.segments ? segment : undefined
  }
}

interface Scored {
  readonly confidence: number
  readonly error: boolean
  readonly probability: number
  /** Whether the first two differed; of a question that two people answered blind. */
  readonly differed?: boolean
}

function differenceIn({ answer, answers = [], blind }: CaseRecord): Pick<Scored, 'differed'> {
  const [first, second] = answers
  if (blind !== true || first === undefined || second === undefined) return {}
  const [one, other] = [first.answer ?? answer, second.answer ?? answer]
  return { differed: one !== other && fingerprint(decode(one)) !== fingerprint(decode(other)) }
}

class Segment {
  readonly #terms: EarnedTerms
  readonly #epochs: Epoch[] = []
  /** The open epoch of each version. */
  readonly #open = new Map<string, Epoch>()
  #last: string | undefined

  constructor(terms: EarnedTerms) {
    this.#terms = terms
  }

  add(record: CaseRecord, label: Scored, proposedIn: number): void {
    const version = record.version ?? ''
    const epoch = this.#open.get(version) ?? this.#begin(version, this.#epochs.length === 0 ? 'start' : 'version')
    // An alarm numbers the next epoch at once, so that a smaller number can only be a proposal from before it. A version's first epoch takes
    // every number: of two versions that began together, one was proposed under the number that the other got.
    if (epoch.began === 'drift' && proposedIn < epoch.number) return
    this.#last = version
    if (epoch.add(record, label)) this.#begin(version, 'drift')
  }

  epochFor(version: string): EpochState {
    return (this.#open.get(version) ?? this.#next(version, this.#epochs.length === 0 ? 'start' : 'version')).state
  }

  state(segment: string | undefined): SegmentState | undefined {
    const current = this.#last === undefined ? undefined : this.#open.get(this.#last)
    return current && { segment, current: current.state, epochs: this.#epochs.map((epoch) => epoch.state) }
  }

  #begin(version: string, began: Epoch['began']): Epoch {
    const epoch = this.#next(version, began)
    this.#epochs.push(epoch)
    this.#open.set(version, epoch)
    return epoch
  }

  #next(version: string, began: Epoch['began']): Epoch {
    return new Epoch(this.#terms, this.#epochs.length + 1, version, began)
  }
}

class Epoch {
  readonly number: number
  readonly began: 'start' | 'version' | 'drift'
  readonly #version: string
  readonly #delta: number
  readonly #sequence: CertificateSequence
  readonly #drift: DriftAlarm
  readonly #maxError: number
  readonly #doubles: { readonly confidence: number; readonly differed: boolean }[] = []
  #labels = 0
  #since: EpochState['since']
  #certified: EpochState['certified']
  #alarm: Alarm | undefined

  constructor({ maxError, confidence, audit, burnIn }: EarnedTerms, number: number, version: string, began: Epoch['began']) {
    this.number = number
    this.began = began
    this.#version = version
    this.#delta = (6 * (1 - confidence)) / (Math.PI * number) ** 2
    this.#sequence = new CertificateSequence({ maxError, delta: this.#delta, audit, burnIn })
    this.#maxError = maxError
    this.#drift = new DriftAlarm({ maxError, leastProbability: audit })
  }

  /** Scores a label. Returns whether it raised the alarm. */
  add({ seq, at, origin }: CaseRecord, label: Scored): boolean {
    this.#labels += 1
    this.#since ??= { seq, at }
    if (label.differed !== undefined) this.#doubles.push({ confidence: label.confidence, differed: label.differed })
    if (this.#sequence.add(label)) this.#certified ??= { seq, at, labels: this.#labels }
    if (origin !== 'audit' || !this.#drift.add(label)) return false
    const { n, errors } = this.#drift.audited
    this.#alarm = { seq, at, audited: n, errors, value: this.#drift.value, limit: this.#drift.limit }
    return true
  }

  get state(): EpochState {
    const { threshold, burnIn, certificates } = this.#sequence
    return {
      epoch: this.number,
      version: this.#version,
      began: this.began,
      since: this.#since,
      delta: this.#delta,
      burnIn,
      threshold: this.#alarm === undefined && Number.isFinite(threshold) ? threshold : undefined,
      certificates,
      certified: this.#certified,
      audits: { ...this.#drift.audited, value: this.#drift.value, limit: this.#drift.limit },
      alarm: this.#alarm,
      reviewers: this.#reviewing(),
    }
  }

  #reviewing(): Reviewing {
    const { threshold, certificates } = this.#sequence
    const from = Number.isFinite(threshold) ? threshold : (certificates[0]?.tau ?? 0)
    const counted = this.#doubles.filter(({ confidence }) => confidence >= from)
    const differed = counted.filter((one) => one.differed).length
    return { from, n: counted.length, differed, ...disagreement(counted.length, differed, this.#maxError) }
  }
}

/**
 * Earned autonomy: answers stand alone only above a threshold that people's own answers have certified.
 *
 * Owns: the terms, the ruling on a proposal, and keeping up with the cases. Never: holds state that is not in them (earned-fold.ts), or
 * promises what the mathematics does not (docs/earned-autonomy.md, docs/adr/0005-earned-autonomy.md).
 */
import { RondoError } from '../errors.ts'
import { everyCase } from '../journal/every-case.ts'
import type { CaseStore } from '../journal/store.ts'
import { caseStore } from '../learn/ground.ts'
import { draw } from '../statistics/chance.ts'
import type { Autonomy, Ruling } from './autonomy.ts'
import { EarnedFold, type EarnedTerms, type EpochState, policyOf } from './earned-fold.ts'
import { AutonomyReading, type AutonomyState } from './earned-state.ts'

export interface EarnedOptions {
  /** At most this share of the answers that stand alone is wrong: differs from what your people would have answered. */
  readonly maxError: number
  /** How sure that is. Default 0.95. */
  readonly confidence?: number
  /** The share of answers above the threshold that people see all the same: what notices when something changes. Default 0.1. */
  readonly audit?: number
  /** How many answered questions set the thresholds, before the test begins. Default 100. */
  readonly burnIn?: number
  /** Whether each segment the decision declares earns autonomy by itself. Default true. */
  readonly segments?: boolean
  /** How often your people themselves are wrong, where known (`rondo people` measures it). Promising less than that is refused. */
  readonly reviewersError?: number
}

/** The policy `earned`, with what reports read of it. */
export interface EarnedAutonomy extends Autonomy {
  readonly name: 'earned'
  readonly terms: EarnedTerms
  /** The terms in words, as rulings and cases name them. */
  readonly policy: string
  /** Where a decision stands: read from its cases, exactly as rulings do. */
  state(cases: CaseStore, decision: string): Promise<AutonomyState>
}

const FEWEST_BURN_IN = 20

/**
 * A policy under which the predictor earns its autonomy: people see everything until their answers certify a confidence above which at
 * most `maxError` is wrong; from then on they see what lies below, and a random share of the rest.
 *
 * The guarantee holds with probability `confidence` at every look, for each decision (and segment), over all versions of the predictor
 * together, while the stream within a version stays as it is; when it does not, an alarm hands everything back to people. It is about
 * agreement with the people who answer. Sources: METHODS in docs/earned-autonomy.md. Throws `invalid_definition` for terms that cannot be kept.
 *
 * @example
 * decision({ …, autonomy: earned({ maxError: 0.02, confidence: 0.95, audit: 0.1 }) })
 */
export function earned(options: EarnedOptions): EarnedAutonomy {
  const terms = termsOf(options)
  const policy = policyOf(terms)
  const keepers = new WeakMap<CaseStore, Map<string, Keeper>>()
  const keeperOf = (cases: CaseStore, decision: string): Keeper => {
    const ofStore = keepers.get(cases) ?? new Map<string, Keeper>()
    keepers.set(cases, ofStore)
    const keeper = ofStore.get(decision) ?? new Keeper(cases, decision, terms)
    ofStore.set(decision, keeper)
    return keeper
  }
  return {
    name: 'earned',
    terms,
    policy,
    promise: promiseOf(terms),
    async rule({ decision, prediction, seed, segment, scope }) {
      const fold = await keeperOf(scope.service(caseStore), decision).upToDate()
      return ruling(terms, fold.epochFor(segment, prediction.version), prediction.confidence, draw(`${policy} ${seed}`))
    },
    async state(cases, decision) {
      const reading = new AutonomyReading(terms)
      for await (const one of everyCase(cases, { decision })) reading.add(one)
      return reading.state()
    },
  }
}

/** What is promised under these terms, in a sentence. */
export function promiseOf({ confidence, maxError }: EarnedTerms): string {
  return `With ${percent(confidence)} confidence, at most ${percent(maxError)} of the answers that stand without a person differ from what your people would have answered.`
}

/** Whether a policy is `earned`, and has a state to show. */
export function isEarned(autonomy: Autonomy): autonomy is EarnedAutonomy {
  return autonomy.name === 'earned' && 'terms' in autonomy
}

/** Rules on a proposal: `chance` is its own number in [0,1), drawn from its seed. */
export function ruling(terms: EarnedTerms, epoch: EpochState, confidence: number, chance: number): Ruling {
  const { threshold, reviewers } = epoch
  const above = threshold !== undefined && confidence >= threshold && !reviewers.refused
  const certificate = epoch.certificates.findLast((one) => one.certified)
  return {
    review: !above || chance < terms.audit,
    probability: above ? terms.audit : 1,
    origin: above ? 'audit' : 'escalation',
    policy: policyOf(terms),
    epoch: epoch.epoch,
    detail: {
      why: above ? `above the certified threshold ${threshold}` : (refusalOf(epoch, terms) ?? reasonToAsk(epoch, confidence)),
      ...(threshold !== undefined && { threshold }),
      ...(certificate !== undefined && threshold !== undefined && { certificate }),
      ...(reviewers.refused && { reviewers }),
    },
  }
}

/** Why the promise cannot be kept whatever the predictor does: the people it is measured against are themselves wrong too often. */
export function refusalOf(
  { reviewers: { refused, from, n, differed } }: Pick<EpochState, 'reviewers'>,
  terms: EarnedTerms,
): string | undefined {
  if (!refused) return undefined
  const least = percent(differed / n / 2)
  return `maxError ${percent(terms.maxError)} promises more than people's own answers are worth: of ${n} questions${from > 0 ? ` with confidence ${from} or more` : ''} that two people answered blind they differ on ${differed}, so at least ${least} of their answers are wrong there; people see everything until they agree more, or maxError is raised`
}

/** Why people are asked, in words for the record and the inbox. */
function reasonToAsk({ threshold, began, burnIn, certificates, version }: EpochState, confidence: number): string {
  if (threshold !== undefined) return `confidence ${confidence} is below the certified threshold ${threshold}`
  const because = {
    start: '',
    version: `version ${version} of the predictor is new and has to earn its own autonomy: `,
    drift:
      'the drift alarm rang, answers that stood alone were wrong too often, so people see everything until they have certified it anew: ',
  }[began]
  const next = certificates.find((one) => !one.certified)
  if (next === undefined) return `${because}${burnIn.labelled} of ${burnIn.needed} answers that set the thresholds are there`
  return `${because}nothing is certified yet; the evidence for ${next.tau} stands at ${next.eValue.toPrecision(3)} of ${next.needed.toPrecision(3)}`
}

/** Keeps one decision's fold up to the last committed case. */
class Keeper {
  readonly #cases: CaseStore
  readonly #decision: string
  readonly #fold: EarnedFold
  #after = 0
  #reading: Promise<unknown> = Promise.resolve()

  constructor(cases: CaseStore, decision: string, terms: EarnedTerms) {
    this.#cases = cases
    this.#decision = decision
    this.#fold = new EarnedFold(terms)
  }

  /** The fold over every case that was committed when this was called. One read at a time: a case is added once, in its place. */
  upToDate(): Promise<EarnedFold> {
    const read = async (): Promise<EarnedFold> => {
      for await (const one of everyCase(this.#cases, { decision: this.#decision, after: this.#after })) {
        this.#fold.add(one)
        this.#after = one.seq
      }
      return this.#fold
    }
    const reading = this.#reading.then(read, read)
    this.#reading = reading
    return reading
  }
}

function termsOf(options: EarnedOptions): EarnedTerms {
  const { maxError, confidence = 0.95, audit = 0.1, burnIn = 100, segments = true, reviewersError } = options
  if (!(maxError > 0 && maxError < 1))
    throw refused(`maxError is ${maxError}: give the share of wrong answers you can live with, such as 0.02`)
  if (!(confidence > 0 && confidence < 1))
    throw refused(`confidence is ${confidence}: give how sure you want to be, such as 0.95; nothing makes it certain`)
  if (!(audit > 0 && audit <= 1))
    throw refused(
      `audit is ${audit}: give the share of answers above the threshold that people see all the same, such as 0.1; without audits nobody would notice a change`,
    )
  if (!(Number.isInteger(burnIn) && burnIn >= FEWEST_BURN_IN))
    throw refused(`burnIn is ${burnIn}: it is a whole number of at least ${FEWEST_BURN_IN} answers, or the thresholds would be noise`)
  if (reviewersError !== undefined && maxError < reviewersError)
    throw refused(
      `maxError is ${percent(maxError)}, but the people it is measured against are themselves wrong in ${percent(reviewersError)} of their answers. No certificate can promise less than that: raise maxError, or have each question answered by several people ({ quorum: 3 })`,
    )
  return { maxError, confidence, audit, burnIn, segments }
}

function refused(what: string): RondoError {
  return new RondoError('invalid_definition', `earned(): ${what}.`, { terminal: true })
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`
}

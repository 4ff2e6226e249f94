/**
 * What the proposals of a trial have in common where they are wrong, and what their confidence is worth.
 *
 * Owns: confusions, how each answer fares, confidence against the truth, and rows whose recorded answer is in doubt. Never: says that a person
 * was wrong; where a predictor that is nearly always right disagrees, it is worth a look.
 */
import type { Outcome } from './desk.ts'
import { share } from './standing.ts'

/** A row, for somebody to look up. */
export interface Example {
  readonly row: number
  readonly text: string
  /** What people decided. */
  readonly answer: string
  readonly proposed: string
  readonly confidence: number
}

/** Two answers that are taken for each other. */
export interface Confusion {
  /** The pair: of the two, `answers[0]` is what people decided more often where they differ. */
  readonly answers: readonly [string, string]
  readonly count: number
  /** People said the first and the second was proposed; and the other way round. */
  readonly directions: readonly [number, number]
  readonly examples: readonly Example[]
}

export interface AnswerFacts {
  readonly answer: string
  /** How often people decided so. */
  readonly n: number
  /** In how many of these it was proposed. */
  readonly found: number
  /** How often it was proposed, and how often rightly. */
  readonly proposed: number
  readonly right: number
  /** How sure these proposals said to be; 0 without any. */
  readonly meanConfidence: number
  /** How often it stood alone, and how often wrongly. */
  readonly alone: number
  readonly aloneErrors: number
}

/** Proposals of about equal confidence. */
export interface ConfidenceBin {
  readonly from: number
  readonly to: number
  readonly n: number
  readonly right: number
  readonly meanConfidence: number
}

/** If the surest proposals stood alone: a share of all decisions, and how many of them were wrong. */
export interface CoveragePoint {
  readonly share: number
  readonly confidence: number
  readonly error: number
}

/** A row whose recorded answer is in doubt. */
export interface Suspect extends Example {
  /** How often proposals about as sure were right: of all answers, and of this one, the lower of the two. */
  readonly reliability: number
}

const EXAMPLES = 3
const CONFUSIONS = 50
const SUSPECTS = 100
/** A disagreement says something of the row only where proposals as sure as this are right nine times in ten. */
const RELIABLE = 0.9
const FEWEST_AS_SURE = 20
const LONGEST_TEXT = 300
const BINS = 10
const COVERAGE_POINTS = 50

export function confusionsOf(outcomes: readonly Outcome[]): Confusion[] {
  const wrong = outcomes.filter(({ isRight, proposed }) => !isRight && proposed.answer !== undefined)
  const pairs = Map.groupBy(wrong, ({ decision, proposed }) => JSON.stringify([decision.answer, proposed.answer].sort()))
  return [...pairs.values()]
    .map(confusionOf)
    .sort((one, other) => other.count - one.count)
    .slice(0, CONFUSIONS)
}

function confusionOf(wrong: readonly Outcome[]): Confusion {
  const directions = [...Map.groupBy(wrong, ({ decision }) => decision.answer).values()].sort((one, other) => other.length - one.length)
  const [more = [], fewer = []] = directions
  const first = more[0]
  const surest = [...more.slice(0).sort(bySurest), ...fewer.slice(0).sort(bySurest)]
  const examples = fewer.length > 0 ? [...more.toSorted(bySurest).slice(0, EXAMPLES - 1), ...fewer.toSorted(bySurest).slice(0, 1)] : surest
  return {
    answers: [first?.decision.answer ?? '', first?.proposed.answer ?? ''],
    count: wrong.length,
    directions: [more.length, fewer.length],
    examples: examples.slice(0, EXAMPLES).map(exampleOf),
  }
}

export function answerFacts(outcomes: readonly Outcome[]): AnswerFacts[] {
  const facts = new Map<string, { -readonly [Name in keyof AnswerFacts]: AnswerFacts[Name] }>()
  const of = (answer: string) => {
    const known = facts.get(answer) ?? { answer, n: 0, found: 0, proposed: 0, right: 0, meanConfidence: 0, alone: 0, aloneErrors: 0 }
    facts.set(answer, known)
    return known
  }
  for (const { decision, proposed, isRight, isSeen } of outcomes) {
    const own = of(decision.answer)
    own.n += 1
    own.found += Number(isRight)
    if (proposed.answer === undefined) continue
    const said = of(proposed.answer)
    said.proposed += 1
    said.right += Number(isRight)
    said.meanConfidence += (proposed.confidence - said.meanConfidence) / said.proposed
    if (isSeen) continue
    said.alone += 1
    said.aloneErrors += Number(!isRight)
  }
  return [...facts.values()].sort((one, other) => other.n - one.n)
}

export function confidenceBins(outcomes: readonly Outcome[]): ConfidenceBin[] {
  const bins = Map.groupBy(proposals(outcomes), ({ proposed }) => Math.min(BINS - 1, Math.floor(proposed.confidence * BINS)))
  return [...bins]
    .sort(([one], [other]) => one - other)
    .map(([bin, inside]) => ({
      from: bin / BINS,
      to: (bin + 1) / BINS,
      n: inside.length,
      right: inside.filter(({ isRight }) => isRight).length,
      meanConfidence: inside.reduce((sum, { proposed }) => sum + proposed.confidence, 0) / inside.length,
    }))
}

/** The error of the surest proposals, for ever more of them. */
export function coverageOf(outcomes: readonly Outcome[]): CoveragePoint[] {
  const surest = proposals(outcomes).toSorted(bySurest)
  const points: CoveragePoint[] = []
  let [wrong, next] = [0, 1]
  for (const [at, { isRight, proposed }] of surest.entries()) {
    wrong += Number(!isRight)
    const isTied = surest[at + 1]?.proposed.confidence === proposed.confidence
    if (isTied || ((at + 1) * COVERAGE_POINTS < outcomes.length * next && at < surest.length - 1)) continue
    points.push({ share: share(at + 1, outcomes.length), confidence: proposed.confidence, error: wrong / (at + 1) })
    while (next * outcomes.length <= (at + 1) * COVERAGE_POINTS) next += 1
  }
  return points
}

/**
 * Rows where the proposal was sure, such proposals are right nearly always, and people decided otherwise; the surest first. Rows whose
 * answer is never proposed say nothing of people.
 */
export function suspectsOf(outcomes: readonly Outcome[]): Suspect[] {
  const surest = proposals(outcomes).toSorted(bySurest)
  if (surest.length < FEWEST_AS_SURE) return []
  const ofAll = reliabilities(surest)
  const byAnswer = [...Map.groupBy(surest, ({ proposed }) => proposed.answer).values()]
  // Of this very answer, where there are enough proposals to say.
  const ofAnswer = new Map(byAnswer.filter(({ length }) => length >= FEWEST_AS_SURE).flatMap((same) => [...reliabilities(same)]))
  const known = new Set(surest.map(({ proposed }) => proposed.answer))
  return surest
    .filter(({ isRight, decision }) => !isRight && known.has(decision.answer))
    .map((outcome) => ({ ...exampleOf(outcome), reliability: Math.min(ofAll.get(outcome) ?? 0, ofAnswer.get(outcome) ?? 1) }))
    .filter(({ reliability }) => reliability >= RELIABLE)
    .slice(0, SUSPECTS)
}

/**
 * For each proposal, the surest first: how often proposals about as sure are right. Neighbours are taken together, a few at least, and
 * more of them as long as less sure ones are right more often (isotonic regression by pooling adjacent violators).
 */
function reliabilities(surest: readonly Outcome[]): Map<Outcome, number> {
  const pools: { outcomes: Outcome[]; right: number }[] = []
  const rate = (pool: { outcomes: Outcome[]; right: number } | undefined): number => (pool?.right ?? 0) / (pool?.outcomes.length || 1)
  for (const [at, outcome] of surest.entries()) {
    const last = pools.at(-1)
    const isTied = surest[at - 1]?.proposed.confidence === outcome.proposed.confidence
    const isLeftOver = surest.length - at < FEWEST_AS_SURE
    if (
      last !== undefined &&
      (isTied || last.outcomes.length < FEWEST_AS_SURE || (isLeftOver && last.outcomes.length < 2 * FEWEST_AS_SURE))
    ) {
      last.outcomes.push(outcome)
      last.right += Number(outcome.isRight)
    } else {
      pool(pools, rate)
      pools.push({ outcomes: [outcome], right: Number(outcome.isRight) })
    }
  }
  pool(pools, rate)
  return new Map(pools.flatMap((one) => one.outcomes.map((outcome): [Outcome, number] => [outcome, rate(one)])))
}

/** Joins the last pool to those before it as long as they are right less often. */
function pool<Pool extends { outcomes: Outcome[]; right: number }>(pools: Pool[], rate: (pool: Pool | undefined) => number): void {
  for (let [last, before] = [pools.at(-1), pools.at(-2)]; last !== undefined && before !== undefined && rate(before) < rate(last); ) {
    before.outcomes.push(...last.outcomes)
    before.right += last.right
    pools.pop()
    ;[last, before] = [pools.at(-1), pools.at(-2)]
  }
}

export function exampleOf({ decision, proposed }: Outcome): Example {
  const { row, text, answer } = decision
  return {
    row,
    text: text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text,
    answer,
    proposed: proposed.answer ?? '',
    confidence: proposed.confidence,
  }
}

function proposals(outcomes: readonly Outcome[]): Outcome[] {
  return outcomes.filter(({ proposed }) => proposed.answer !== undefined)
}

function bySurest(one: Outcome, other: Outcome): number {
  return other.proposed.confidence - one.proposed.confidence || one.decision.row - other.decision.row
}

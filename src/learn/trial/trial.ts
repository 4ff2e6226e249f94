/**
 * A trial: past decisions, taken once more as if they came in now, to see how much could have stood alone.
 *
 * Owns: the order of things. Never: prints, or reads a file's name: it is given the text.
 * Invariants:
 *   T1. The same file, options and seed give the same report, byte for byte (a language model's replies aside).
 *   T2. A proposal depends on answers that people would have given before it, and on nothing else of the file.
 *   T3. Rulings, certificates, audits and alarms are those of `earned` in production, not a copy.
 */
import { type Clock, systemClock } from '../../clock.ts'
import { RondoError } from '../../errors.ts'
import { encode } from '../../json.ts'
import type { ModelsOptions } from '../../model/language-models.ts'
import { type EarnedAutonomy, earned } from '../../people/earned.ts'
import { shuffled } from '../../statistics/chance.ts'
import type { TextSource } from '../csv.ts'
import { adviceFor } from './advice.ts'
import { AskedProposer, type CostEstimate } from './asked.ts'
import { type ColumnChoice, type Columns, columnsOf } from './columns.ts'
import { compareSystems, type TwoSystems } from './comparing.ts'
import { DECISION, Desk, type Outcome } from './desk.ts'
import { learnedProposer } from './learned.ts'
import { answerFacts, confidenceBins, confusionsOf, coverageOf, suspectsOf } from './patterns.ts'
import { type OnProgress, type Proposer, recordedProposer } from './proposer.ts'
import type { TrialReport, WhatIf } from './report.ts'
import { type PastDecision, pastDecisions } from './rows.ts'
import { segmentFacts } from './segments.ts'
import { type Standing, standingOf, tally } from './standing.ts'
import { readTable, type TableFormat } from './table.ts'

export interface TrialOptions {
  readonly format: TableFormat
  /** Names of the columns, where the first row of a CSV file is data already. */
  readonly header?: readonly string[]
  readonly columns?: ColumnChoice
  /** `provider/model`, to be asked instead of the learner. */
  readonly model?: string
  /** Providers, limits and prices for it. */
  readonly models?: ModelsOptions
  /** What asking may cost, in USD. Default 1. */
  readonly budget?: number
  readonly onEstimate?: (estimate: CostEstimate) => void
  /** Default 0.05. */
  readonly maxError?: number
  /** Default 0.95. */
  readonly confidence?: number
  /** Default 0.1. */
  readonly audit?: number
  /** Default 100. */
  readonly burnIn?: number
  /** How much worse, in share right, is still not worse, where two systems are compared. Default 0.02. */
  readonly margin?: number
  /** Default `1`. */
  readonly seed?: string
  /** Takes the rows as they come, instead of in a seeded order. */
  readonly inOrder?: boolean
  /** At most so many rows: the first ones of the order. */
  readonly limit?: number
  /** Rows that the learner knows before the first decision. Default: 40 for each answer, half of the rows at most. */
  readonly learnFirst?: number
  readonly onProgress?: OnProgress
  /** Told which columns are taken, before anything long begins. */
  readonly onColumns?: (columns: Columns, rows: number) => void
  readonly clock?: Clock
}

const KNOWN_PER_ANSWER = 40
const MOST_KNOWN = 4000
const MAX_ERRORS = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3]

/** Runs a trial. Throws `usage` and `invalid_input` for a file or options that do not make one, and what a model's provider throws. */
export async function trial(source: TextSource, options: TrialOptions): Promise<TrialReport> {
  const { seed = '1', inOrder = false, onProgress = () => undefined } = options
  const policy = earned({
    maxError: options.maxError ?? 0.05,
    ...(options.confidence !== undefined && { confidence: options.confidence }),
    ...(options.audit !== undefined && { audit: options.audit }),
    ...(options.burnIn !== undefined && { burnIn: options.burnIn }),
  })
  const table = await readTable(source, {
    format: options.format,
    ...(options.header !== undefined && { header: options.header }),
    progress: (rows) => onProgress({ doing: 'reading rows', done: rows, total: rows }),
  })
  const columns = columnsOf(table, { guessPrediction: options.model === undefined, ...options.columns })
  if (columns.system === undefined && columns.text.length === 0) throw noText(table.columns)
  const { decisions, findings } = pastDecisions(table, columns, columns.system === undefined)
  options.onColumns?.(columns, decisions.length)
  const ordered = inOrder ? decisions : shuffled(decisions, `trial ${seed}`)
  const chosen = options.limit === undefined ? ordered : ordered.slice(0, options.limit)
  const proposer = proposerFor(columns, chosen, options, onProgress)
  try {
    const known = proposer.facts.learns ? knownBefore(chosen, options.learnFirst) : 0
    for (const [at, one] of chosen.slice(0, known).entries()) proposer.learn(importedCase(one, at + 1))
    const live = await proposer.prepare(chosen.slice(known), onProgress)
    const { outcomes, standing } = await decide(live, proposer, { policy, seed, known })
    return {
      ...(await looked({ outcomes, standing, columns, policy, seed, proposer, margin: options.margin ?? 0.02 })),
      columns,
      rows: {
        read: table.rows.length + table.faults.length,
        leftOut: table.rows.length + table.faults.length - decisions.length,
        learnedBefore: known,
        decided: live.length,
        order: inOrder ? 'as in the file' : 'seeded',
        seed,
      },
      findings,
    }
  } finally {
    await proposer.close()
  }
}

function proposerFor(columns: Columns, chosen: readonly PastDecision[], options: TrialOptions, onProgress: OnProgress): Proposer {
  const { clock = systemClock, model, models = {}, budget = 1, onEstimate = () => undefined } = options
  const { system, answer } = columns
  const answers = [...new Set(chosen.map((one) => one.answer))].sort()
  if (model !== undefined) {
    if (answers.length < 2) throw oneAnswer(answer, answers)
    return new AskedProposer({ model, models, answers, decision: answer, budget, onEstimate, clock })
  }
  if (system !== undefined) return recordedProposer(system.prediction, system.confidence !== undefined, ({ recorded }) => recorded)
  if (answers.length < 2) throw oneAnswer(answer, answers)
  return learnedProposer({ answers, clock, onProgress })
}

function knownBefore(chosen: readonly PastDecision[], asked: number | undefined): number {
  if (asked !== undefined) return Math.min(asked, chosen.length - 1)
  const answers = new Set(chosen.map(({ answer }) => answer)).size
  return Math.min(Math.floor(chosen.length / 2), answers * KNOWN_PER_ANSWER, MOST_KNOWN)
}

function importedCase({ text, answer }: PastDecision, seq: number) {
  return { seq, decision: DECISION, question: encode(text), answer: encode(answer), probability: 1, origin: 'import', at: 0 } as const
}

interface Decided {
  readonly outcomes: readonly Outcome[]
  readonly standing: Standing
}

/** Takes the decisions one after the other. */
async function decide(
  decisions: readonly PastDecision[],
  proposer: Pick<Proposer, 'propose' | 'learn'>,
  { policy, seed, known }: { policy: EarnedAutonomy; seed: string; known: number },
): Promise<Decided> {
  const desk = new Desk({ policy, seed, known, keep: (one) => proposer.learn(one) })
  const outcomes: Outcome[] = []
  for (const decision of decisions) {
    const proposed = proposer.propose(decision)
    outcomes.push(desk.take(decision, proposed instanceof Promise ? await proposed : proposed))
  }
  return { outcomes, standing: standingAt(desk, outcomes, policy) }
}

/** The same decisions and proposals under another policy. */
function again(outcomes: readonly Outcome[], policy: EarnedAutonomy, seed: string): Standing {
  const desk = new Desk({ policy, seed })
  return standingAt(
    desk,
    outcomes.map(({ decision, proposed }) => desk.take(decision, proposed)),
    policy,
  )
}

function standingAt(desk: Desk, outcomes: readonly Outcome[], { terms }: EarnedAutonomy): Standing {
  const [state] = desk.segments
  return standingOf(outcomes, state?.current, state?.epochs ?? [], terms)
}

interface Looking extends Decided {
  readonly columns: Columns
  readonly policy: EarnedAutonomy
  readonly seed: string
  readonly proposer: Proposer
  readonly margin: number
}

/** All that can be said of how it went. */
async function looked(given: Looking): Promise<Omit<TrialReport, 'columns' | 'rows' | 'findings'>> {
  const { outcomes, standing, columns, policy, seed, proposer } = given
  const { facts } = proposer
  const settled = facts.learns ? outcomes.slice(Math.floor(outcomes.length / 2)) : outcomes
  const byAnswer = answerFacts(outcomes)
  const [commonest] = byAnswer
  const comparison = await comparisonOf(given)
  const found = {
    answers: {
      distinct: byAnswer.filter(({ n }) => n > 0).length,
      commonest: { answer: commonest?.answer ?? '', share: (commonest?.n ?? 0) / outcomes.length },
    },
    proposer: facts,
    terms: policy.terms,
    promise: policy.promise,
    standing,
    settled: tally(settled.filter(({ proposed }) => proposed.answer !== undefined)),
    whatIf: whatIf(outcomes, policy, seed),
    confusions: confusionsOf(settled),
    byAnswer,
    confidence: confidenceBins(settled),
    coverage: coverageOf(settled),
    suspects: facts.confidence === 'none' ? [] : suspectsOf(outcomes),
    segments: segmentFacts(outcomes, columns.segments, policy, seed),
    ...(comparison !== undefined && { comparison }),
    ...(proposer instanceof AskedProposer && {
      cost: { estimate: proposer.estimate(outcomes.map(({ decision }) => decision)), spent: proposer.spent },
    }),
  }
  return { version: 1, ...found, next: adviceFor({ ...found, columns }) }
}

/** What would have come of other promises, with the proposals as they were. */
function whatIf(outcomes: readonly Outcome[], { terms }: EarnedAutonomy, seed: string): WhatIf[] {
  const { confidence, audit, burnIn } = terms
  const errors = [...new Set([...MAX_ERRORS, terms.maxError])].sort((one, other) => one - other)
  return errors.map((maxError) => {
    const { certifiedAfter, lastThird, alone } = again(outcomes, earned({ maxError, confidence, audit, burnIn }), seed)
    return { maxError, certifiedAfter, lastThirdShare: lastThird.share, alone }
  })
}

async function comparisonOf({ outcomes, standing, columns, policy, seed, proposer, margin }: Looking): Promise<TwoSystems | undefined> {
  const { against, segments } = columns
  if (against === undefined) return undefined
  const current = await decide(
    outcomes.map(({ decision }) => decision),
    recordedProposer(against.prediction, against.confidence !== undefined, (decision) => decision.against),
    { policy, seed, known: 0 },
  )
  return compareSystems({
    names: { candidate: proposer.facts.name, current: against.prediction },
    candidate: outcomes,
    current: current.outcomes,
    standings: { candidate: standing, current: current.standing },
    columns: segments,
    margin,
    alpha: 1 - policy.terms.confidence,
  })
}

function noText(columns: readonly string[]): RondoError {
  return new RondoError(
    'usage',
    `The file has no column with a text to learn from. Name one with --text COLUMN, or recorded proposals with --prediction COLUMN --confidence COLUMN. The file has: ${columns.join(', ')}.`,
  )
}

function oneAnswer(column: string, answers: readonly string[]): RondoError {
  return new RondoError(
    'invalid_input',
    `Every row has the same answer in "${column}" (${answers.join('')}): there is nothing to decide. Name another column with --answer COLUMN.`,
  )
}

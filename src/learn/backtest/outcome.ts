/**
 * What comes of one run under a change: how it differs, and as far as people's answers and measures say, whether it is better or worse.
 *
 * Owns: scores and the outcome of a run. Never: a verdict over runs (verdict.ts).
 * Invariants:
 *   O1. The truth of a decision is what people answered to the same question. Nothing else is taken for it.
 *   O2. A run without truth or measures where it differs is ungradable: said to be different, never better or worse.
 */
import { isDeepStrictEqual } from 'node:util'
import type { CaseRecord, Entry } from '../../journal/records.ts'
import { decode } from '../../json.ts'
import type { Usage } from '../../money.ts'
import { type DecisionRecord, decisionRecord } from '../../people/decision-record.ts'
import type { RecordedRun } from './recorded-run.ts'
import type { Replayed } from './replay.ts'
import type { Noted } from './rulings.ts'

/**
 * - `unchanged`: the same steps with the same results
 * - `better`, `worse`: by people's answers or measures
 * - `different`: otherwise, and nothing says whether that is good
 * - `diverged`: it could not go on: the code does not fit what was recorded, or what comes next nobody knows
 */
export type RunOutcome = 'unchanged' | 'better' | 'worse' | 'different' | 'diverged'

/** A score of one decision or measure, as recorded and under the change. */
export interface Score {
  /** `decision NAME` or `measure NAME`. */
  readonly metric: string
  readonly path: string
  /** In [0,1]: of a decision whether the proposal is what people answered. Absent where there is no truth. */
  readonly was?: number
  readonly would?: number
  /** How probable it was that people would be asked, as logged. */
  readonly probability: number
  readonly segment?: string
  /** `people`: they answered it in its run; `correction`: somebody mended it later, which certifies nothing. */
  readonly truth?: 'people' | 'correction'
  /** In words: what people said, what was and what would be proposed. */
  readonly answer?: string
  readonly proposed?: string
  readonly wouldPropose?: string
}

export interface RunResult {
  readonly run: string
  readonly outcome: RunOutcome
  /** Why it went no further, or ended otherwise. */
  readonly why?: string
  readonly scores: readonly Score[]
  /** What was taken anew, would be done, or is not known, in the order in which the flow came to it. */
  readonly steps: readonly Noted[]
  readonly served: number
  readonly spent: Usage
  /** What the steps that were not taken anew had used up when they were recorded. */
  readonly saved: Usage
}

/** Of an encoded value so much is kept in a result. */
const LONGEST = 2000

/** `corrections`: cases in which somebody mended what stood alone, of this run. */
export function resultOf(recorded: RecordedRun, replayed: Replayed, corrections: readonly CaseRecord[]): RunResult {
  const scores = [...decisionScores(recorded, replayed, corrections), ...measureScores(recorded, replayed)]
  const { rulings, spent } = replayed
  const { outcome, why } = outcomeOf(recorded, replayed, scores)
  return {
    run: recorded.run.id,
    outcome,
    ...(why !== undefined && { why }),
    scores: outcome === 'unchanged' ? scores : scores.map(cut),
    steps: rulings.noted.map(shortened),
    served: rulings.served,
    spent,
    saved: rulings.saved,
  }
}

function outcomeOf(recorded: RecordedRun, { rulings, settled }: Replayed, scores: readonly Score[]): { outcome: RunOutcome; why?: string } {
  const stopped = rulings.noted.find(
    ({ what, differs, was }) => differs && (what === 'not known' || (what === 'would do' && was === undefined)),
  )
  const why =
    settled?.status === 'stopped'
      ? settled.error.message
      : stopped === undefined
        ? rulings.noted.find(({ what }) => what === 'not applicable')?.why
        : `${stopped.path}: ${stopped.why}`
  const because = why === undefined ? {} : { why }
  const gains = scores.map(({ was, would }) => (was === undefined || would === undefined ? 0 : would - was))
  if (gains.some((gain) => gain < 0)) return { outcome: 'worse', ...because }
  if (gains.some((gain) => gain > 0)) return { outcome: 'better', ...because }
  if (settled?.status === 'stopped' || stopped !== undefined) return { outcome: 'diverged', ...because }
  const differs = rulings.noted.some((noted) => noted.differs && noted.inside !== true) || endsOtherwise(recorded, settled)
  return { outcome: differs ? 'different' : 'unchanged', ...because }
}

/** A run that went no further although nothing differs has come to the end of what is recorded. */
function endsOtherwise({ run }: RecordedRun, settled: Replayed['settled']): boolean {
  if (settled === undefined) return false
  if (settled.status === 'completed')
    return (
      run.status !== 'completed' ||
      (run.output !== settled.output && !isDeepStrictEqual(decode(run.output ?? 'null'), decode(settled.output)))
    )
  return run.status !== 'failed' || run.error?.message !== settled.error.message
}

function decisionScores(recorded: RecordedRun, { rulings, decisions }: Replayed, corrections: readonly CaseRecord[]): Score[] {
  return [...recorded.closed].flatMap(([path, entry]): Score[] => {
    if (entry.kind !== 'decide' || entry.state !== 'completed' || !rulings.met.has(path)) return []
    const before = readRecord(entry.record)
    // What people answered says nothing of a question that is another now: it was noted, and is not in `decisions` as taken again.
    if (
      before === undefined ||
      (!decisions.has(path) && rulings.noted.some((noted) => noted.path === path && noted.what === 'not applicable'))
    )
      return []
    const after = decisions.has(path) ? readRecord(decisions.get(path)) : before
    return after === undefined ? [] : decisionScore(path, entry, before, after, corrections)
  })
}

function decisionScore(
  path: string,
  entry: Entry,
  before: DecisionRecord,
  after: DecisionRecord,
  corrections: readonly CaseRecord[],
): Score[] {
  const { decision, segment, probability } = before
  const common = { metric: `decision ${decision}`, path, probability, ...(segment !== undefined && { segment }) }
  // Nobody can say of an answer to another question whether it is as good: not even that it is the same.
  if (!isDeepStrictEqual(before.question, after.question)) return []
  const truth = truthOf(path, entry, before, corrections)
  if (truth === undefined) return before.by === 'predictor' ? [common] : []
  const [proposed, wouldPropose] = [before.prediction?.answer, after.prediction?.answer]
  const score: Score = {
    ...common,
    was: isDeepStrictEqual(proposed, truth.answer) ? 1 : 0,
    would: isDeepStrictEqual(wouldPropose, truth.answer) ? 1 : 0,
    truth: truth.from,
    answer: inWords(truth.answer),
    proposed: inWords(proposed),
    wouldPropose: inWords(wouldPropose),
  }
  return [score]
}

function truthOf(
  path: string,
  entry: Entry,
  { by }: DecisionRecord,
  corrections: readonly CaseRecord[],
): { answer: unknown; from: 'people' | 'correction' } | undefined {
  if (by === 'people') {
    const decided = entry.value === undefined ? undefined : decode(entry.value)
    return decided !== null && typeof decided === 'object' && 'value' in decided ? { answer: decided.value, from: 'people' } : undefined
  }
  const mended = corrections.findLast((one) => one.path === path)
  return mended === undefined ? undefined : { answer: decode(mended.answer), from: 'correction' }
}

function measureScores({ closed }: RecordedRun, { rulings }: Replayed): Score[] {
  return [...closed].flatMap(([path, entry]): Score[] => {
    const now = rulings.measures.get(path)
    const was = entry.kind === 'measure' && entry.value !== undefined ? decode(entry.value) : undefined
    if (typeof was !== 'number' || now === undefined) return []
    return [{ metric: `measure ${now.name}`, path, was, would: now.value, probability: 1 }]
  })
}

function readRecord(text: string | undefined): DecisionRecord | undefined {
  if (text === undefined) return undefined
  const parsed = decisionRecord.safeParse(decode(text))
  return parsed.success ? parsed.data : undefined
}

function inWords(value: unknown): string {
  return value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value)
}

function cut(score: Score): Score {
  const short = (text: string | undefined): string | undefined =>
    text === undefined || text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`
  const [answer, proposed, wouldPropose] = [short(score.answer), short(score.proposed), short(score.wouldPropose)]
  return {
    ...score,
    ...(answer !== undefined && { answer }),
    ...(proposed !== undefined && { proposed }),
    ...(wouldPropose !== undefined && { wouldPropose }),
  }
}

function shortened(noted: Noted): Noted {
  const { was, is } = noted
  return {
    ...noted,
    ...(was !== undefined && { was: was.slice(0, LONGEST) }),
    ...(is !== undefined && { is: is.slice(0, LONGEST) }),
  }
}

/**
 * What comes of one run under a change: how it differs, and as far as people's answers and measures say, whether it is better or worse.
 *
 * Owns: what a score is, and the outcome of a run. Never: makes scores (scores.ts), or a verdict over runs (verdict.ts).
 * Invariants:
 *   O1. The truth of a decision is what people answered to the same question. Nothing else is taken for it.
 *   O2. A run without truth or measures where it differs is ungradable: said to be different, never better or worse.
 *   O3. A recorded decision or measure that the change no longer comes to, or only with another question, is lost, and lost is never
 *       left out: who leaves it out judges a change by the runs it did not break. Its score under the change is not known, so it
 *       counts as wrong (0) for `better` and `not worse`, and as right (1) for `worse`, weighted as the others. A verdict stands
 *       only where it stands either way; else it is `inconclusive`, and the report says how many are lost and why.
 *   O4. What the change itself fails at is not lost, but wrong: a model that permanently refuses or gives nothing usable, and a flow
 *       that fails. That a model could not be asked says nothing of the change: what hangs on it is lost.
 */
import { isDeepStrictEqual } from 'node:util'
import type { CaseRecord } from '../../journal/records.ts'
import { decode } from '../../json.ts'
import type { Usage } from '../../money.ts'
import type { RecordedRun } from './recorded-run.ts'
import type { Replayed } from './replay.ts'
import type { Noted } from './rulings.ts'
import { scoresOf } from './scores.ts'

/**
 * - `unchanged`: the same steps with the same results
 * - `better`, `worse`: by people's answers or measures
 * - `different`: otherwise, and nothing says whether that is good
 * - `diverged`: it could not go on: the code does not fit what was recorded, or what comes next nobody knows
 */
export type RunOutcome = 'unchanged' | 'better' | 'worse' | 'different' | 'diverged'

/**
 * Why it is not known how good a recorded decision or measure would be under the change:
 * - `diverged`: the replay did not get there
 * - `skipped`: the flow went on without it
 * - `otherwise`: another question would be asked
 * - `unanswered`: people were asked and did not answer, and another answer would be proposed
 * - `trouble`: a model could not be asked
 */
export type Lost = 'diverged' | 'skipped' | 'otherwise' | 'unanswered' | 'trouble'

/** A score of one decision or measure, as recorded and under the change. */
export interface Score {
  /** `decision NAME` or `measure NAME`. */
  readonly metric: string
  readonly path: string
  /** In [0,1]: of a decision whether the proposal is what people answered. Absent where there is no truth. */
  readonly was?: number
  readonly would?: number
  /** `would` is not known, though it counts (O3). */
  readonly lost?: Lost
  /** How probable it was that people would be asked, as logged. */
  readonly probability: number
  /** Of a decision: the policy by which they were, in words. */
  readonly policy?: string
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
  const scores = scoresOf(recorded, replayed, corrections)
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

/**
 * The scores of one run under a change: each recorded decision and measure, held against what the change makes of it.
 *
 * Owns: what counts as a score, and which recorded ones are lost. Never: adds them up (verdict.ts).
 * Invariants:
 *   S1. Every recorded decision and measure gives a score or a reason why it has none, whatever the replay came to. Which runs and
 *       decisions are looked at never depends on what the change does.
 *   S2. What was served stands as it was. What was taken anew is held against the truth only when it is the same question.
 *   S3. All else is lost (O3 in outcome.ts), or wrong where the change itself has failed: a model that refused or never gave a
 *       usable answer, a flow that failed.
 * The losing branches of a recorded race are left out on both sides: no replay goes through them.
 */
import { isDeepStrictEqual } from 'node:util'
import type { CaseRecord, Entry } from '../../journal/records.ts'
import { decode } from '../../json.ts'
import { type DecisionRecord, decisionRecord } from '../../people/decision-record.ts'
import type { Lost, Score } from './outcome.ts'
import type { RecordedRun } from './recorded-run.ts'
import type { Replayed } from './replay.ts'

/** All that a recorded run can be scored by. `corrections`: cases in which somebody mended what stood alone, of this run. */
export function scoresOf(recorded: RecordedRun, replayed: Replayed, corrections: readonly CaseRecord[]): Score[] {
  const fails = hasFailed(replayed)
  return [...recorded.closed].flatMap(([path, entry]): Score[] => {
    if (entry.state !== 'completed' || recorded.lostRace(path)) return []
    if (entry.kind === 'measure') return measureScore(path, entry, replayed, fails)
    return entry.kind === 'decide' ? decisionScore(path, entry, replayed, corrections, fails) : []
  })
}

/** What came of a recorded step: what it is now, or why that is not known. */
type Now<Value> = { readonly value: Value } | { readonly lost: Lost } | { readonly failed: true }

function decisionScore(path: string, entry: Entry, replayed: Replayed, corrections: readonly CaseRecord[], fails: boolean): Score[] {
  const before = readRecord(entry.record)
  if (before === undefined) return []
  const now = decisionNow(path, before, replayed, fails)
  const { decision, segment, probability, policy } = before
  const common = { metric: `decision ${decision}`, path, probability, policy, ...(segment !== undefined && { segment }) }
  const truth = truthOf(path, entry, before, corrections)
  const proposed = before.prediction?.answer
  if (truth === undefined) {
    if (before.by === 'predictor' || ('value' in now && isDeepStrictEqual(proposed, now.value.prediction?.answer))) return [common]
    return [{ ...common, lost: 'lost' in now ? now.lost : 'unanswered' }]
  }
  const was = isDeepStrictEqual(proposed, truth.answer) ? 1 : 0
  const known = { ...common, was, truth: truth.from, answer: inWords(truth.answer), proposed: inWords(proposed) } as const
  if ('lost' in now) return [{ ...known, lost: now.lost }]
  const wouldPropose = 'value' in now ? now.value.prediction?.answer : undefined
  const would = 'value' in now && isDeepStrictEqual(wouldPropose, truth.answer) ? 1 : 0
  return [{ ...known, would, wouldPropose: inWords(wouldPropose) }]
}

function decisionNow(path: string, before: DecisionRecord, replayed: Replayed, fails: boolean): Now<DecisionRecord> {
  const { rulings, decisions } = replayed
  if (rulings.stands(path)) return { value: before }
  // Where a model could not be asked, what was proposed without it, or went on without it, is no work of the change.
  if (!decisions.has(path) || rulings.trouble !== undefined) return withoutResult(path, replayed, fails)
  const after = readRecord(decisions.get(path))
  if (after === undefined) return { lost: 'diverged' }
  return isDeepStrictEqual(before.question, after.question) ? { value: after } : { lost: 'otherwise' }
}

function measureScore(path: string, entry: Entry, replayed: Replayed, fails: boolean): Score[] {
  const was = entry.value === undefined ? undefined : decode(entry.value)
  if (typeof was !== 'number') return []
  const { rulings } = replayed
  const common = { metric: `measure ${entry.name}`, path, was, probability: 1 }
  const would = rulings.measures.get(path)?.value
  if (would !== undefined && rulings.trouble === undefined) return [{ ...common, would }]
  if (would === undefined && rulings.stands(path)) return [{ ...common, would: was }]
  const now = withoutResult(path, replayed, fails)
  return ['lost' in now ? { ...common, lost: now.lost } : { ...common, would: 0 }]
}

/** Of what the replay gave no result for. */
function withoutResult(path: string, { rulings, settled }: Replayed, fails: boolean): { lost: Lost } | { failed: true } {
  if (rulings.trouble !== undefined) return { lost: 'trouble' }
  if (rulings.noted.some((noted) => noted.path === path && noted.what === 'not applicable')) return { lost: 'otherwise' }
  if (fails || rulings.failed.has(path)) return { failed: true }
  return { lost: settled?.status === 'completed' ? 'skipped' : 'diverged' }
}

/**
 * Whether the change itself has failed in this run, so that what was not reached is no open question. A `read` that failed looked at the
 * world as it is today, which is no fault of the change.
 */
function hasFailed({ rulings, settled }: Replayed): boolean {
  return rulings.gaveUp || (settled?.status === 'failed' && !rulings.readFailed)
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

function readRecord(text: string | undefined): DecisionRecord | undefined {
  if (text === undefined) return undefined
  const parsed = decisionRecord.safeParse(decode(text))
  return parsed.success ? parsed.data : undefined
}

function inWords(value: unknown): string {
  return value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value)
}

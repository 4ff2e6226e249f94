/**
 * The records a journal is made of: runs, entries, reviews, signals, cases, measures.
 *
 * Owns: their shapes, and nothing else. Every store keeps exactly these; everything above reads exactly these.
 * Encoded values are `json.ts` text; times are milliseconds since the epoch; money is integer micro-dollars.
 */
import type { ErrorRecord } from '../errors.ts'
import type { Usage } from '../money.ts'

/** What a step is. `all` and `race` are branches run side by side. */
export type StepKind =
  | 'code'
  | 'ask'
  | 'decide'
  | 'review'
  | 'context'
  | 'loop'
  | 'map'
  | 'all'
  | 'race'
  | 'sleep'
  | 'signal'
  | 'call'
  | 'measure'

/**
 * - `queued`: started, not yet driven
 * - `running`: a driver is moving it forward
 * - `waiting`: for a person, a signal, a time or a child
 * - `paused`: somebody held it, and somebody has to let it go on
 * - `stopped`: its code no longer fits its journal, or broke a rule of the language; mend the code and `retry`
 * - `completed`, `failed`, `cancelled`: over
 */
export type RunStatus = 'queued' | 'running' | 'waiting' | 'paused' | 'stopped' | 'completed' | 'failed' | 'cancelled'

export const ENDED: readonly RunStatus[] = ['completed', 'failed', 'cancelled']

export interface RunRecord {
  readonly id: string
  readonly flow: string
  /** The idempotency key it was started with: unique per flow. */
  readonly key?: string
  readonly status: RunStatus
  /** Encoded. */
  readonly input: string
  /** Fingerprint of the input: what "the same input" means. */
  readonly inputPrint: string
  /** Encoded; of a completed run. */
  readonly output?: string
  /** Of a failed or stopped run. */
  readonly error?: ErrorRecord
  /** Why it was cancelled or paused, in the words of whoever did. */
  readonly reason?: string
  readonly release?: string
  readonly parent?: { readonly run: string; readonly path: string }
  /** The trace it was started in, as W3C Trace Context has it. */
  readonly traceparent?: string
  readonly createdAt: number
  readonly startedAt?: number
  readonly endedAt?: number
  readonly deadlineAt?: number
  /** The next time it wakes by itself. */
  readonly wakeAt?: number
  readonly epoch: number
  readonly usage: Usage
}

/**
 * - `opened`: begun, and waiting or holding steps of its own
 * - `attempted`: a `write` about to start; without a later entry its outcome is unknown
 * - `retrying`: an attempt failed, the next is at `dueAt`
 * - `completed`, `failed`: over
 * - `retracted`: a failure that somebody asked to try again; or an unknown write that did not happen
 */
export type EntryState = 'opened' | 'attempted' | 'retrying' | 'completed' | 'failed' | 'retracted'

/** One line of a run's journal. A path may have several; the last one says how it stands. */
export interface Entry {
  /** Rises through the whole store: the order in which everything was committed. */
  readonly seq: number
  /** The scope the step stands in: `''` for the run itself, `draft[2]`, `files[inv-7]`. */
  readonly scope: string
  readonly name: string
  readonly kind: StepKind
  readonly state: EntryState
  /** When it was committed. */
  readonly at: number
  /** When its work began. */
  readonly startedAt: number
  /** Encoded result; of an `opened` loop round its state. */
  readonly value?: string
  /** Encoded: all that was shown and known (prompt as sent, model, prediction, who answered). */
  readonly record?: string
  readonly error?: ErrorRecord
  readonly attempt?: number
  /** When a sleep, a wait's deadline or a retry falls due. */
  readonly dueAt?: number
  readonly usage?: Usage
  /** Fingerprint of what the step was given, where that is known; of the entry that closes it. */
  readonly print?: string
  /** What its result depends on besides: a prompt's text and model (`reply@…`), a predictor. Of the entry that closes it. */
  readonly version?: string
}

export type NewEntry = Omit<Entry, 'seq' | 'at'>

/** What people are asked: a review of a flow, a decision's question, whether an unknown write happened, whether a spent budget is extended. */
export type ReviewKind = 'review' | 'decide' | 'unknown' | 'budget'

/**
 * - `early`: answered before the run asked
 * - `open`: stands in the inbox
 * - `settled`: answered as often as it must be; the run has not taken the answer yet
 * - `taken`: the run went on with it
 * - `closed`: nobody needs to answer any more (deadline, cancel, a race lost)
 */
export type ReviewState = 'early' | 'open' | 'settled' | 'taken' | 'closed'

/** One person's answer. `value` is encoded, and present unless it was `rejected`, or `accepted` before it was known what would be asked. */
export interface Answer {
  readonly by: string
  /** Of an early answer: the roles of whoever gave it, to be held against the role the question asks. */
  readonly roles?: readonly string[]
  readonly at: number
  readonly outcome: 'accepted' | 'edited' | 'rejected'
  readonly value?: string
  readonly note?: string
  /** Milliseconds of the person's attention, where known. */
  readonly attentionMs?: number
}

export interface Comment {
  readonly by: string
  readonly at: number
  readonly text: string
}

export interface ReviewRecord {
  /** `run:path`: known before it opens, so that an answer may come early. */
  readonly id: string
  readonly run: string
  readonly path: string
  readonly flow: string
  readonly kind: ReviewKind
  readonly state: ReviewState
  readonly role: string
  readonly title: string
  /** Encoded `QuestionContent` (see flow/question-content.ts). */
  readonly question: string
  readonly openedAt: number
  readonly dueAt?: number
  readonly claimedBy?: string
  readonly claimedUntil?: number
  readonly answers: readonly Answer[]
  readonly comments: readonly Comment[]
  /** How many people must answer. */
  readonly quorum: number
}

export type NewReview = Pick<ReviewRecord, 'path' | 'kind' | 'role' | 'title' | 'question' | 'quorum'> & { readonly dueAt?: number }

/** What changes about a review; `null` takes a field away. */
export interface ReviewChange {
  readonly state?: ReviewState
  readonly role?: string
  readonly dueAt?: number | null
  readonly claim?: { readonly by: string; readonly until: number } | null
  readonly answer?: Answer
  readonly comment?: Comment
  /** Forget the answers given so far: they were refused when the run looked at them. */
  readonly reopen?: boolean
}

export interface SignalRecord {
  readonly id: string
  readonly run: string
  readonly topic: string
  /** Encoded. */
  readonly value: string
  readonly at: number
}

/** How a case came about: a random sample, the policy asking, a person mending what stood, or a file. */
export type CaseOrigin = 'audit' | 'escalation' | 'correction' | 'import'

/** A question with an answer a person stood by. `question`, `answer` and `predicted` are encoded. */
export interface CaseRecord {
  readonly seq: number
  readonly decision: string
  readonly run?: string
  readonly path?: string
  readonly question: string
  readonly answer: string
  readonly predicted?: string
  readonly confidence?: number
  /** The logged probability with which it was put to a person. */
  readonly probability: number
  readonly origin: CaseOrigin
  readonly by?: string
  readonly at: number
  /** The version of the predictor it was asked under. */
  readonly version?: string
  /** The segment the question fell into, where the decision declares segments. */
  readonly segment?: string
  /** The policy that ruled on the proposal, in words (`Ruling.policy`), and its epoch where it has epochs. */
  readonly policy?: string
  readonly epoch?: number
  /** What each person answered, in the order in which they did. */
  readonly answers?: readonly CaseAnswer[]
  /** They answered without seeing the proposal, or each other's answers. */
  readonly blind?: true
}

/** One person's answer to the question of a case. */
export interface CaseAnswer {
  readonly by: string
  readonly at: number
  /** Encoded; absent when it is the case's own. */
  readonly answer?: string
  /** Milliseconds of the person's attention, where known. */
  readonly attentionMs?: number
}

export type NewCase = Omit<CaseRecord, 'seq' | 'run' | 'at'> & { readonly run?: string; readonly at?: number }

/** Where a score comes from: the flow's own code, a program outside, a person, or a language model that judges. */
export type MeasureOrigin = 'flow' | 'api' | 'people' | 'judge'

/** A score in [0,1] of a run, or of what one of its steps came to. Kept for good: it carries what it is counted by. */
export interface MeasureRecord {
  readonly seq: number
  /** Unique in its run: the same id again is the same measure. */
  readonly id: string
  readonly run: string
  readonly path?: string
  readonly flow: string
  readonly release?: string
  readonly segment?: string
  readonly name: string
  readonly value: number
  /** When what it measures came about. */
  readonly at: number
  readonly origin: MeasureOrigin
  /** Whose score it is: a person, a program, a judge with its version. */
  readonly by?: string
  /** Why, in a sentence. */
  readonly why?: string
}

/** Flow and release are the run's own. */
export type NewMeasure = Omit<MeasureRecord, 'seq' | 'flow' | 'release' | 'at'> & { readonly at?: number }

export interface NewRun {
  readonly id: string
  readonly flow: string
  readonly key?: string
  readonly input: string
  readonly inputPrint: string
  readonly release?: string
  readonly deadlineAt?: number
  readonly parent?: { readonly run: string; readonly path: string }
  readonly traceparent?: string
}

/** The path of a step: its scope and its name. */
export function pathOf(scope: string, name: string): string {
  return scope === '' ? name : name.startsWith('[') ? `${scope}${name}` : `${scope}/${name}`
}

/** A path's scope and name: `pathOf` the other way. The key in a turn's name holds no bracket, so the last one is its own. */
export function splitPath(path: string): { scope: string; name: string } {
  const cut = path.endsWith(']') ? path.lastIndexOf('[') : path.lastIndexOf('/')
  if (cut < 0) return { scope: '', name: path }
  return path.endsWith(']')
    ? { scope: path.slice(0, cut), name: path.slice(cut) }
    : { scope: path.slice(0, cut), name: path.slice(cut + 1) }
}

export function reviewId(run: string, path: string): string {
  return `${run}:${path}`
}

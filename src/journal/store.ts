/**
 * The store port: what a database must do to keep Rondo's journal.
 *
 * Owns: the contract. Never: an implementation. `journal/stores/*` implement it, `rondo/testing` proves them.
 *
 * Invariants every store keeps:
 *   J1. A write that resolved is on disk (fsync), whole or not at all.
 *   J2. A write under an epoch that is no longer the run's resolves to `fenced` and changes nothing.
 *   J3. Entries are appended, never changed; `seq` rises in the order of commit through the whole store.
 *   J4. What wakes a run (start, answer, signal, request, a child's end) makes it due in the same transaction.
 *   J5. `claim` takes the due mark away before it reads: what comes later makes the run due again, so no wake is lost.
 *   J6. Payloads are kept once per content, whoever wrote them.
 *   J7. One owner at a time; others may read, start runs, answer, signal and ask, and the owner notices.
 *   J8. Lines of the audit log are appended, never changed or removed; each carries the hash of the one before.
 */
import type { ErrorRecord } from '../errors.ts'
import type { ActRecord, AttemptRecord, NewAct, SessionRecord, TokenRecord, UserRecord } from './access-records.ts'
import type {
  CaseOrigin,
  CaseRecord,
  Entry,
  MeasureOrigin,
  MeasureRecord,
  NewCase,
  NewEntry,
  NewMeasure,
  NewReview,
  NewRun,
  ReviewChange,
  ReviewRecord,
  ReviewState,
  RunRecord,
  RunStatus,
  SignalRecord,
  StepKind,
} from './records.ts'

export interface Store {
  readonly runs: RunStore
  readonly journal: JournalStore
  readonly reviews: ReviewStore
  readonly cases: CaseStore
  readonly measures: MeasureStore
  readonly memos: MemoStore
  readonly access: AccessStore
  readonly audit: AuditStore
  /** Absent: payloads are kept as they are. */
  readonly encryption?: EncryptionStore | undefined
  /**
   * Becomes the one owner, or throws `database_owned` naming the process that is, after `patienceMs` (0) of waiting for it: who only
   * asks whether there is one owns it for a moment. Idempotent. Ends with `close`.
   */
  own(patienceMs?: number): Promise<void>
  /** Calls back when another process has changed the database. Returns a function that stops it. */
  watch(changed: () => void): () => void
  /** Waits for writes under way, then lets go. */
  close(): Promise<void>
}

export interface RunStore {
  /**
   * Starts a run, once: a run with the same id, or the same flow and key, and the same input is returned as it stands
   * (`started: false`); with another input it throws `run_conflict`.
   */
  start(run: NewRun): Promise<{ started: boolean; run: RunRecord }>
  get(id: string): Promise<RunRecord | undefined>
  /** Newest first. `before` is the id of the last one seen. */
  list(filter: RunFilter): Promise<RunRecord[]>
  /** How many runs there are in each status, per flow. */
  count(): Promise<{ flow: string; status: RunStatus; count: number }[]>
  /** Asks something of a run that has not ended; throws `run_unknown` or `run_state`. `retry` needs a failed or stopped one. */
  request(id: string, request: RunRequest): Promise<RunRecord>
  /** Delivers a signal; the same signal id again changes nothing. The run need not exist yet. `false`: it was there already. */
  signal(signal: Omit<SignalRecord, 'at'>): Promise<boolean>
  /**
   * Removes ended runs that ended before a time, with their entries, reviews and signals, and payloads nobody needs; a child only
   * once its parent has ended. Without a `flow`, also what was sent before that time to runs that never came.
   */
  prune(filter: { endedBefore: number; flow?: string; limit?: number }): Promise<{ runs: number; payloads: number }>
}

export interface RunFilter {
  readonly flow?: string
  readonly status?: readonly RunStatus[]
  readonly parent?: string
  readonly before?: string
  readonly limit?: number
}

export type RunRequest =
  | { readonly kind: 'cancel' | 'pause'; readonly reason?: string }
  | { readonly kind: 'resume' }
  /** The failures at these paths are retracted, so that the steps run again. */
  | { readonly kind: 'retry'; readonly paths: readonly string[] }

export interface DueRun {
  readonly id: string
  readonly flow: string
  /** Somebody asked it to cancel: it needs no code of its flow to be taken. */
  readonly cancel: boolean
}

export interface JournalStore {
  /**
   * Runs that are due, oldest first: at most `perFlow` of each flow, and as many that are to be cancelled and come after those, so that
   * no queue of runs that nobody can drive hides them. None in `except`.
   */
  due(now: number, perFlow: number, except: ReadonlySet<string>): Promise<DueRun[]>
  /** The next time at which some run wakes by itself. */
  nextWake(): Promise<number | undefined>
  /**
   * Makes every run that was left `running` due again: the owner does this once, before it drives, and later for those that it could
   * not drive on (`only`). Returns how many.
   */
  recover(only?: ReadonlySet<string>): Promise<number>
  /** Takes a due run, raising its epoch, and clears its due mark. `undefined`: it is not due, or over. */
  claim(id: string, now: number): Promise<Claim | undefined>
  /** For the driver that still holds a waiting run: marks it running again, clears the due mark, and says what has come. `undefined` when fenced. */
  absorb(id: string, epoch: number): Promise<Arrivals | undefined>
  /** Appends to a run's journal under its epoch. All of a write is committed together, before it resolves. */
  commit(write: Write): Promise<Committed>
  /** The entries of one scope, in order of commit. */
  load(run: string, scope: string): Promise<Entry[]>
  /** The last `completed` entry of a scope (a loop's last finished round). */
  last(run: string, scope: string): Promise<Entry | undefined>
  /** The entries of a run in order of commit, for reading: after `after`, at most `limit`. */
  entries(run: string, options?: EntryReading): Promise<Entry[]>
}

/** Which entries are read, and how much of each: what is left out costs nothing. */
export interface EntryReading {
  readonly after?: number
  /** Default 1000. */
  readonly limit?: number
  /** Only those of one scope. */
  readonly scope?: string
  /** `false`: without values; or only with those of these kinds of step. */
  readonly values?: boolean | readonly StepKind[]
  /** The same of records. */
  readonly records?: boolean | readonly StepKind[]
}

export interface Claim {
  readonly run: RunRecord
  /** Whether it was ever driven before: a run that was not has no entries to look up. */
  readonly fresh: boolean
  readonly arrivals: Arrivals
}

/** What came to a run from outside and was not taken yet. */
export interface Arrivals {
  readonly request?: { readonly kind: 'cancel' | 'pause'; readonly reason?: string }
  /** `settled` reviews, early ones included. */
  readonly reviews: readonly ReviewRecord[]
  readonly signals: readonly SignalRecord[]
  /** Children that have ended. */
  readonly children: readonly RunRecord[]
}

/** One atomic, fenced addition to a run's journal, with everything that must be true together with it. */
export interface Write {
  readonly run: string
  readonly epoch: number
  readonly entries: readonly NewEntry[]
  readonly openReview?: NewReview
  /** Reviews of this run whose answers this write takes (`taken`) or that are needed no more (`closed`), by path. */
  readonly endReviews?: readonly { readonly path: string; readonly state: 'taken' | 'closed' }[]
  readonly takeSignal?: string
  readonly startChild?: NewRun
  readonly takeChild?: string
  /** Children that must stop: they are asked to cancel. */
  readonly cancelChildren?: readonly string[]
  readonly newCase?: NewCase
  /** Scores of this run that come about with the entries; one that is there already stays as it is. */
  readonly newMeasures?: readonly Omit<NewMeasure, 'run'>[]
  readonly settle?: Settle
}

/** How a run stands when its driver lets go of it. When it ends, its questions close and its unfinished children are asked to cancel. */
export type Settle =
  | { readonly status: 'waiting'; readonly wakeAt?: number }
  | { readonly status: 'paused' }
  | { readonly status: 'completed'; readonly output: string }
  | { readonly status: 'failed' | 'stopped'; readonly error: ErrorRecord }
  | { readonly status: 'cancelled'; readonly reason?: string }

export type Committed =
  | {
      readonly kind: 'committed'
      readonly seq: number
      readonly at: number
      /** Runs that it made due: a child, a parent, or its own when what it asks was answered before. Whoever drives one looks at it again. */
      readonly woke?: readonly string[]
    }
  | { readonly kind: 'fenced' }

export interface ReviewStore {
  get(id: string): Promise<ReviewRecord | undefined>
  /** Oldest due first, then oldest opened. */
  list(filter: {
    state?: ReviewState
    role?: string
    run?: string
    flow?: string
    kind?: string
    limit?: number
    after?: string
  }): Promise<ReviewRecord[]>
  count(filter: { state?: ReviewState; role?: string }): Promise<number>
  /**
   * Reads a review and changes it in one transaction. `decide` returns the change, or throws to refuse: nothing is
   * changed then and the error comes out. When the change settles it, its run becomes due.
   */
  change(id: string, decide: (review: ReviewRecord | undefined) => ReviewChange): Promise<ReviewRecord>
}

export interface CaseStore {
  /** In order of commit, or the newest first; after the case `after` in that order. */
  list(filter: CaseFilter & { newest?: boolean; after?: number; limit?: number }): Promise<CaseRecord[]>
  add(cases: readonly NewCase[]): Promise<void>
  /** The decisions that have cases, by name, with how many. */
  count(): Promise<{ decision: string; cases: number }[]>
}

export interface CaseFilter {
  readonly decision?: string
  readonly origin?: CaseOrigin
  readonly segment?: string
}

export interface MeasureStore {
  /**
   * Keeps a score of a run that is there; throws `run_unknown`. One with the same run and id is returned as it stands (`added: false`).
   * It outlives its run.
   */
  add(measure: NewMeasure): Promise<{ added: boolean; measure: MeasureRecord }>
  /** In order of commit, after `after`. */
  list(filter: MeasureFilter & { after?: number; limit?: number }): Promise<MeasureRecord[]>
  /** Scores of one name taken together, one group for each combination of what is asked for, ordered by name and then by these. */
  group(filter: MeasureFilter, by: readonly MeasureKey[], everyMs?: number): Promise<MeasureGroup[]>
}

export interface MeasureFilter {
  readonly name?: string
  readonly run?: string
  readonly flow?: string
  readonly release?: string
  readonly segment?: string
  readonly origin?: MeasureOrigin
  /** `at` from this time on, and before that one. */
  readonly from?: number
  readonly until?: number
}

export type MeasureKey = 'flow' | 'release' | 'segment' | 'origin' | 'by'

/** Absent keys: not asked for, or the measures have none. */
export interface MeasureGroup {
  readonly name: string
  readonly flow?: string
  readonly release?: string
  readonly segment?: string
  readonly origin?: MeasureOrigin
  readonly by?: string
  /** Where the stretch of time begins, when stretches were asked for: a multiple of their length. */
  readonly since?: number
  readonly n: number
  readonly mean: number
  readonly least: number
  readonly most: number
}

/** A small keyed place for what can be computed again: vectors, trained weights. */
export interface MemoStore {
  get(space: string, key: string): Promise<Uint8Array | undefined>
  put(space: string, key: string, value: Uint8Array): Promise<void>
}

/** Who may come in. What is decided on is read in the transaction that keeps what was decided. */
export interface AccessStore {
  read<Output>(look: (view: AccessView) => Output): Promise<Output>
  /**
   * Looks, and keeps what is decided together with its lines of the audit log, or throws to refuse: nothing is changed then and the
   * error comes out. `decide` may be called more than once, and does nothing but decide.
   */
  change<Output>(decide: (view: AccessView, now: number) => AccessChange<Output>): Promise<Output>
}

export interface AccessView {
  user(name: string): UserRecord | undefined
  userOf(identity: NonNullable<UserRecord['identity']>): UserRecord | undefined
  /** By name. */
  users(): UserRecord[]
  token(hash: string): TokenRecord | undefined
  /** Oldest first; of one user, or of all. */
  tokens(user?: string): TokenRecord[]
  session(hash: string): SessionRecord | undefined
  /** Oldest first. */
  sessions(user: string): SessionRecord[]
  attempts(key: string): AttemptRecord | undefined
}

/** What is to be kept. A record replaces the one with its name, id or key. */
export interface AccessChange<Output> {
  readonly output: Output
  readonly users?: readonly UserRecord[]
  readonly tokens?: readonly TokenRecord[]
  readonly sessions?: readonly SessionRecord[]
  /** Ids of sessions that are over. */
  readonly endSessions?: readonly string[]
  /** Without failures: it is forgotten. */
  readonly attempts?: readonly AttemptRecord[]
  /** Sessions and attempts that ended before this time are forgotten. */
  readonly forgetBefore?: number
  readonly acts?: readonly NewAct[]
}

export interface AuditStore {
  /** Resolves when the lines are on disk. */
  append(acts: readonly NewAct[]): Promise<ActRecord[]>
  /** In order, after `after`; or newest first, before `before`. */
  list(filter: AuditFilter): Promise<ActRecord[]>
}

export interface AuditFilter {
  readonly by?: string
  readonly what?: string
  readonly on?: string
  readonly after?: number
  readonly before?: number
  /** Default 1000. */
  readonly limit?: number
}

/** Of a store that keeps payloads encrypted. */
export interface EncryptionStore {
  /** The key that is written under: no secret. */
  readonly keyId: string
  /** Encrypts everything under that key, also what was plain, and then forgets the others. Resumes where it was stopped. */
  rekey(progress?: (progress: RekeyProgress) => void): Promise<RekeyProgress>
}

/** In rows and payloads. */
export interface RekeyProgress {
  readonly done: number
  readonly of: number
}

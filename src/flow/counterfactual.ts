/**
 * Replay of a recorded run under a change: where the language asks, step by step, whether what the journal holds still stands.
 *
 * Owns: the questions the language asks of a counterfactual, and doing what it rules. Never: knows what has changed, or what a step is
 * worth; that is the backtest's (learn/backtest).
 * Invariants:
 *   C1. Without a counterfactual, nothing here is ever called: a live run takes no other way than it did.
 *   C2. Under one, a step is executed only when it was ruled to `run`, and never one that changes the world or waits for it. People are never asked (question.ts), the journal is never written.
 *   C3. What came out otherwise than it was recorded marks the scope it is delivered in as changed, before the flow sees it; what begins
 *       in that scope, or in one inside it, from then on is told so.
 */
import type { ErrorRecord } from '../errors.ts'
import type { Entry, StepKind } from '../journal/records.ts'
import { encode, printed } from '../json.ts'
import type { Usage } from '../money.ts'
import type { Definition } from './definition.ts'
import { type Ended, type Outcome, recordedOutcome, type Thrown, valueOutcome } from './outcome.ts'
import type { Effect } from './run.ts'
import type { Scope } from './scope.ts'
import type { Services } from './service.ts'

/** A step that code of the flow, or of a definition, has come to. */
export interface Met {
  readonly path: string
  readonly name: string
  readonly kind: StepKind
  /** What the journal holds of it, oldest first. */
  readonly recorded: readonly Entry[]
  /** Whether something that was otherwise when the run was recorded may have reached it. */
  readonly changed: boolean
  /** Fingerprint of what it is given, where it has one. */
  readonly print: string | undefined
  /** Of a `code` step. */
  readonly effect?: Effect
  /** Of an `ask`, `decide`, `context` or `review`. */
  readonly definition?: Pick<Definition<'ask' | 'decide' | 'context' | 'review', never, unknown>, 'kind' | 'name' | 'version' | 'again'>
}

/**
 * - `served`: what is recorded comes back
 * - `given`: this comes back, though nothing is recorded
 * - `run`: it is executed if that does nothing to the world; `changed`: what it does inside is held for changed from its beginning
 * - `again`: as `run`, by `Definition.again`: what people said stands
 * - `ended`: nothing comes back, for nobody can say what would; what hangs on it ends here
 */
export type Ruled =
  | { readonly kind: 'served' | 'ended' | 'again' }
  | { readonly kind: 'run'; readonly changed: boolean }
  | { readonly kind: 'given'; readonly value: unknown }

export interface Counterfactual {
  rule(met: Met): Ruled | Promise<Ruled>
  /**
   * Asked of every loop, map, item, branch and race the flow comes to: whether one that is recorded as over is gone through once more, step
   * by step. A loop that is not goes on after its last finished round.
   */
  enters(path: string, changed: boolean): boolean
  /** A step that ran, or was gone through, has come out: `was` and `is` are encoded, `undefined` where there is no value. */
  came(path: string, kind: StepKind, outcome: CameOut): void
  /** A score was recorded at this path. */
  measured(path: string, name: string, value: number): void
  /** People would be asked here. */
  asked(path: string, title: string): void
  /** What a step used up when it was recorded, with all that is inside it. */
  spent(path: string): Usage
  /** What definitions find under a path. */
  services(path: string): Services
}

export interface CameOut {
  readonly was: string | undefined
  readonly is: string | undefined
  /** Whether the two differ. */
  readonly differs: boolean
  /** Its error, when it failed. */
  readonly error?: Pick<ErrorRecord, 'code' | 'terminal' | 'details'>
}

/** How a step that is executed under a counterfactual begins. */
export interface Entering {
  readonly changed: boolean
  readonly again: boolean
}

/** Does what is ruled about a step; `run` executes it, as if nothing were recorded. */
export function underCounterfactual<Output>(
  scope: Scope,
  counterfactual: Counterfactual,
  met: Met,
  run: (entering: Entering) => Promise<Ended<Output>>,
): Promise<Output> {
  const ruled = counterfactual.rule(met)
  const last = met.recorded.at(-1)
  if (!(ruled instanceof Promise) && ruled.kind === 'served') {
    const over = recordedOutcome<Output>(last, met.path)
    if (over !== undefined) return replayWhole(scope, met.path, over)
  }
  return scope.drive.operation(scope, async (): Promise<Ended<Output>> => {
    const known = await ruled
    if (known.kind === 'given') return valueOutcome(await scope.drive.journal.commit([]), known.value as Output)
    const over = known.kind === 'served' ? recordedOutcome<Output>(last, met.path) : undefined
    if (over !== undefined) {
      scope.spend(counterfactual.spent(met.path))
      return over
    }
    if (known.kind === 'ended' || known.kind === 'served' || !mayRun(met)) return scope.drive.waits.never(scope)
    if (scope.drive.replaying && (await scope.endsInReplay())) return undefined
    const ended = await run({ changed: known.kind === 'run' && known.changed, again: known.kind === 'again' })
    return compared(counterfactual, met, ended)
  })
}

/** Gives back what is recorded of a step, whatever is inside it; what it used up counts again. */
export function replayWhole<Output>(scope: Scope, path: string, over: Outcome<Output>): Promise<Output> {
  const { counterfactual } = scope.drive.host
  if (counterfactual !== undefined) scope.spend(counterfactual.spent(path))
  return scope.drive.replay(scope, over)
}

/** What does something to the world, or waits for it, is never executed under a counterfactual, whatever was ruled. */
function mayRun({ kind, effect }: Met): boolean {
  if (kind === 'code') return effect === 'none' || effect === 'read'
  return kind === 'ask' || kind === 'decide' || kind === 'context'
}

/** The outcome of something that was gone through, held against what is recorded; it carries whether it differs. */
export function compared<Output>(
  counterfactual: Counterfactual,
  met: Pick<Met, 'path' | 'kind' | 'recorded'>,
  ended: Ended<Output>,
): Ended<Output> {
  if (ended === undefined) return undefined
  const last = met.recorded.at(-1)
  const was = last?.state === 'completed' ? last.value : undefined
  const is = ended.kind === 'value' ? encode(ended.value) : undefined
  const error = ended.kind === 'error' ? ended.error.record : ended.kind === 'thrown' ? { code: 'step_failed' } : undefined
  const differs = differsFrom(last, ended, is)
  counterfactual.came(met.path, met.kind, { was, is, differs, ...(error !== undefined && { error }) })
  return { ...ended, differs }
}

function differsFrom(last: Entry | undefined, ended: Outcome<unknown> | Thrown, is: string | undefined): boolean {
  if (ended.kind === 'thrown') return ended.differs === true
  if (ended.kind === 'value') return last?.state !== 'completed' || !alike(last.value, is)
  return last?.state !== 'failed' || last.error?.message !== ended.error.message
}

/** Whether two encoded values are the same, whatever the order of their keys. */
export function alike(one: string | undefined, other: string | undefined): boolean {
  if (one === other) return true
  if (one === undefined || other === undefined || one.length !== other.length) return false
  return printed(JSON.parse(one)) === printed(JSON.parse(other))
}

/**
 * What a replay under a change rules about each step, and what it notes of it.
 *
 * Owns: when a recorded result still stands. Never: executes anything (flow/counterfactual.ts does, and holds writes back whatever is
 * ruled here).
 * Invariants:
 *   R1. A result stands when the step is given the same and was taken under the same version. A `code` step that does not say what it
 *       is given stands while nothing that came out otherwise has reached it.
 *   R2. A step that changes the world never runs. If it would do something else, or nobody can say that it would not, that is noted.
 *   R3. People's answers are never made up. A question that is another has none, and what hangs on it ends there.
 *   R4. What the change does not name stands under whatever version it was taken, unless it is the code that changed.
 */
import type { CameOut, Counterfactual, Met, Ruled } from '../../flow/counterfactual.ts'
import type { Services } from '../../flow/service.ts'
import { type Entry, type StepKind, splitPath } from '../../journal/records.ts'
import { addUsage, NO_USAGE, type Usage } from '../../money.ts'
import type { Change, ChangedServices } from './change.ts'
import { promptOf, type RecordedRun } from './recorded-run.ts'
import { type MetDefinition, shortVersion, type Versions } from './versions.ts'

/**
 * - `ran`: it was taken anew, or gone through step by step
 * - `would do`: it changes the world, and would have; it did not
 * - `not applicable`: a person was, or would be, asked something else; what they would say is not known
 * - `not known`: what would have come (a signal, a child run) is not known
 */
export type NotedWhat = 'ran' | 'would do' | 'not applicable' | 'not known'

export interface Noted {
  readonly path: string
  readonly kind: StepKind
  readonly what: NotedWhat
  /** Whether it came out otherwise, or would do something else. */
  readonly differs: boolean
  readonly why: string
  /** Encoded results, as recorded and as they would be. */
  readonly was?: string
  readonly is?: string
  /** What it is part of was taken anew as well. */
  readonly inside?: true
}

/** What of a backtest all rulings have in common. */
export interface Common {
  readonly change: Change
  readonly services: ChangedServices
  readonly versions: Versions
  /** Nothing is executed: what would be is only counted (and served). */
  readonly dry: boolean
}

type Failed = NonNullable<CameOut['error']>

const MODEL_ERRORS: readonly string[] = ['model_failed', 'model_rate_limited']
/** What a server says of a request it will not answer, however often it is sent. Of keys, names and credit it says others. */
const REFUSALS: readonly unknown[] = [400, 413, 422]

/** Whether the model refuses this very request. All else (no connection, too many requests, no credit) says nothing of a change. */
function isRefusal({ code, terminal, details }: Failed): boolean {
  return code === 'model_failed' && terminal === true && REFUSALS.includes(details?.['status'])
}

export class Rulings implements Counterfactual {
  readonly noted: Noted[] = []
  /** Steps of the change that failed for good, and otherwise than they were recorded. */
  readonly failed = new Set<string>()
  /** Scores the flow came to, by path. */
  readonly measures = new Map<string, { readonly name: string; readonly value: number }>()
  /** Steps, loops, items and branches whose result was served as a whole. */
  served = 0
  /** What those had used up. */
  saved: Usage = NO_USAGE
  /** What was used up when those steps were recorded that were, or would be, taken anew. */
  replaced: Usage = NO_USAGE
  /** Why the run could not be replayed: no fault of the change. */
  trouble: string | undefined
  /** Whether a model refused for good, or gave nothing that can be used, where it had been otherwise. */
  gaveUp = false
  /** Whether a step that looks at the world as it is today failed. */
  readFailed = false
  readonly #recorded: RecordedRun
  readonly #common: Common
  readonly #reach: (at: number) => void
  readonly #entered: string[] = []
  readonly #decisions: { readonly path: string; readonly services: Services }[] = []
  readonly #why = new Map<string, string>()
  /** What the flow came to: whether it stands as recorded, with all that is inside it. */
  readonly #standing = new Map<string, boolean>()

  /** `reach` is told the time of everything that is served. */
  constructor(recorded: RecordedRun, common: Common, reach: (at: number) => void) {
    this.#recorded = recorded
    this.#common = common
    this.#reach = reach
  }

  rule(met: Met): Ruled | Promise<Ruled> {
    this.#standing.set(met.path, false)
    const last = met.recorded.at(-1)
    const closed = last?.state === 'completed' || last?.state === 'failed' ? last : undefined
    switch (met.kind) {
      case 'code':
        return this.#code(met, closed)
      case 'ask':
      case 'decide':
      case 'context':
      case 'review':
        return met.definition === undefined ? this.#serve(closed) : this.#taken(met, met.definition, closed)
      case 'call':
        if (closed !== undefined && this.#isSame(met, closed)) return this.#serve(closed)
        return this.#end(
          met,
          'not known',
          closed === undefined ? 'another flow would be called' : 'the flow would be called with another input',
        )
      case 'signal':
        return closed === undefined ? this.#end(met, 'not known', 'no signal was ever taken here') : this.#serve(closed)
      default:
        return closed === undefined ? { kind: 'given', value: undefined } : this.#serve(closed)
    }
  }

  enters(path: string, changed: boolean): boolean {
    const isTouched = changed || this.#common.change.code === true || this.#recorded.touches(path)
    const isEntered = isTouched && !(changed && this.#common.dry)
    this.#standing.set(path, !isEntered)
    return isEntered
  }

  /** Whether what is recorded at a path was served: by itself, or with what it stands in. */
  stands(path: string): boolean {
    for (let at = path; at !== ''; at = splitPath(at).scope) {
      const known = this.#standing.get(at)
      if (known !== undefined) return known
    }
    return false
  }

  came(path: string, kind: StepKind, { was, is, differs, error }: CameOut): void {
    if (error !== undefined) this.#failedAt(path, kind, error, differs)
    const isWhole = kind === 'loop' || kind === 'map' || kind === 'all' || kind === 'race'
    const why = this.#why.get(path)
    if (isWhole && !differs) return
    this.noted.push({
      path,
      kind,
      what: 'ran',
      differs,
      why: why ?? 'something inside came out otherwise',
      ...(was !== undefined && { was }),
      ...(is !== undefined && { is }),
      ...(this.#isInside(path) && { inside: true }),
    })
  }

  measured(path: string, name: string, value: number): void {
    this.measures.set(path, { name, value })
  }

  asked(path: string, title: string): void {
    this.#note(path, 'review', 'not applicable', `people would be asked: ${title}`)
  }

  /** Asked for when what is recorded of a step is given back. */
  spent(path: string): Usage {
    const spent = this.#recorded.spent(path)
    this.#standing.set(path, true)
    this.served += 1
    this.saved = addUsage(this.saved, spent)
    return spent
  }

  services(path: string): Services {
    const inside = this.#decisions.findLast((decision) => path === decision.path || path.startsWith(`${decision.path}/`))
    return inside?.services ?? this.#common.services.plain
  }

  #failedAt(path: string, kind: StepKind, error: Failed, differs: boolean): void {
    const ofModel = MODEL_ERRORS.includes(error.code ?? '')
    if (ofModel && !isRefusal(error)) this.trouble ??= `${path}: the model could not be asked`
    else if (kind === 'code') this.readFailed = true
    else if (differs) {
      this.failed.add(path)
      this.gaveUp ||= ofModel || error.code === 'answer_invalid'
    }
  }

  #code(met: Met, closed: Entry | undefined): Ruled {
    const isNamed = this.#isNamed(met)
    if (closed !== undefined && !isNamed && this.#isSame(met, closed)) return this.#serve(closed)
    const why = isNamed ? 'its work is another' : this.#whyNot(met, closed)
    if (met.effect === 'none' || met.effect === 'read') return this.#run(met, closed, why)
    this.#note(met.path, met.kind, 'would do', why, closed?.value)
    return closed === undefined ? { kind: 'ended' } : this.#serve(closed)
  }

  #taken(met: Met, definition: MetDefinition, closed: Entry | undefined): Ruled | Promise<Ruled> {
    const same = closed !== undefined && this.#isSame(met, closed)
    if (met.kind === 'review') {
      if (same) return this.#serve(closed)
      return this.#end(
        met,
        'not applicable',
        closed === undefined ? 'people were not asked this' : 'people were asked about something else',
      )
    }
    const inDecision = met.kind === 'decide' ? this.#common.services.inDecision(definition.name) : undefined
    if (inDecision !== undefined) this.#decisions.push({ path: met.path, services: inDecision })
    if (!same) return this.#run(met, closed, this.#whyNot(met, closed))
    if (this.#isNamed(met)) return this.#anew(met, definition, closed, 'its work is another')
    if (!this.#mayBeTouched(met, definition, closed)) return this.#serve(closed)
    const version = this.#common.versions.of(definition, this.services(met.path))
    return version instanceof Promise
      ? version.then((known) => this.#underVersion(met, definition, closed, known))
      : this.#underVersion(met, definition, closed, version)
  }

  #underVersion(met: Met, definition: MetDefinition, closed: Entry, version: string | undefined): Ruled {
    if (version === undefined || version === closed.version) return this.#serve(closed)
    const was = closed.version === undefined ? 'a version that is not known' : shortVersion(closed.version)
    return this.#anew(met, definition, closed, `taken under ${was}, now ${shortVersion(version)}`)
  }

  #anew(met: Met, { again }: MetDefinition, closed: Entry, why: string): Ruled {
    const ruled = this.#run(met, closed, why)
    return ruled.kind === 'run' && again !== undefined ? { kind: 'again' } : ruled
  }

  /** R4: whether the change can be about this step at all. */
  #mayBeTouched(met: Met, { name }: MetDefinition, closed: Entry): boolean {
    const { change } = this.#common
    if (change.code === true || this.#recorded.touches(met.path)) return true
    const names = [name, promptOf(closed.version) ?? name]
    return names.some((each) => Object.hasOwn(change.prompts ?? {}, each) || Object.hasOwn(change.models ?? {}, each))
  }

  #isSame({ print, changed }: Met, closed: Entry): boolean {
    return print !== undefined && closed.print !== undefined ? print === closed.print : !changed
  }

  #isNamed({ name, path }: Met): boolean {
    return this.#common.change.steps?.some((step) => step === name || step === path) === true
  }

  #whyNot({ print }: Met, closed: Entry | undefined): string {
    if (closed === undefined) return 'it is not in the journal'
    return print !== undefined && closed.print !== undefined
      ? 'it is given something else'
      : 'something it may depend on came out otherwise'
  }

  #serve(closed: Entry | undefined): Ruled {
    if (closed === undefined) return { kind: 'ended' }
    this.#reach(closed.at)
    return { kind: 'served' }
  }

  #run(met: Met, closed: Entry | undefined, why: string): Ruled {
    if (!this.#isInside(met.path)) this.replaced = addUsage(this.replaced, this.#recorded.spent(met.path))
    if (this.#common.dry) {
      this.#note(met.path, met.kind, 'ran', why, closed?.value)
      return this.#serve(closed)
    }
    if (closed !== undefined) this.#reach(closed.at)
    this.#why.set(met.path, why)
    if (met.kind !== 'code') this.#entered.push(met.path)
    return { kind: 'run', changed: true }
  }

  #end({ path, kind }: Met, what: NotedWhat, why: string): Ruled {
    this.#note(path, kind, what, why)
    return { kind: 'ended' }
  }

  #note(path: string, kind: StepKind, what: NotedWhat, why: string, was?: string): void {
    const inside = this.#isInside(path) ? { inside: true as const } : {}
    this.noted.push({ path, kind, what, differs: true, why, ...(was !== undefined && { was }), ...inside })
  }

  #isInside(path: string): boolean {
    return this.#entered.some((entered) => path.startsWith(`${entered}/`))
  }
}

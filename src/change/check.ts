/**
 * The deploy check: what becomes of the unfinished runs when they go on under the code that is here.
 *
 * Each is driven from its journal up to where something would begin, and nothing begins. Owns: saying how each goes on. Never: executes a
 * step, writes, or asks anybody.
 * Invariants:
 *   K1. A run goes on unchanged when its code asks for all that its journal holds before it begins anything new.
 *   K2. A run diverges when its code breaks a rule over its journal, fails over it, or begins a step that is not in the journal while
 *       the journal holds steps it has not asked for: under another name they may be the same, and would be done twice.
 */
import { systemClock } from '../clock.ts'
import type { Counterfactual, Met, Ruled } from '../flow/counterfactual.ts'
import type { AnyFlow } from '../flow/flow.ts'
import type { Services } from '../flow/service.ts'
import { type Entry, pathOf, type RunRecord, type RunStatus, type StepKind, splitPath } from '../journal/records.ts'
import type { Store } from '../journal/store.ts'
import { all } from '../learn/backtest/recorded-run.ts'
import { driveOver, ReplayClock, ReplayHost } from '../learn/backtest/replay.ts'
import { NO_USAGE } from '../money.ts'

export interface CheckGround {
  readonly flows: ReadonlyMap<string, AnyFlow>
  readonly store: Store
  readonly services: Services
}

/**
 * - `breaks`: the run would be stopped, for the code does not fit its journal
 * - `fails`: the flow would throw, or return what its output does not allow
 * - `skips`: a step would begin that is not in the journal, while the journal goes on with others
 * - `leaves`: a step that is under way (a question, a wait, a child) is not asked for any more
 */
export type DivergingHow = 'breaks' | 'fails' | 'skips' | 'leaves'

export interface Diverging {
  readonly run: string
  readonly flow: string
  readonly status: RunStatus
  readonly how: DivergingHow
  /** The step at which it does. */
  readonly at: string
  /** What the journal holds and the code did not ask for, outermost steps only. */
  readonly lost: readonly string[]
  /** In a sentence. */
  readonly why: string
}

export interface CheckReport {
  readonly runs: number
  readonly unchanged: number
  readonly diverging: readonly Diverging[]
  /** Steps that are done and that the code does not ask for any more: their results are not used, and nothing else comes of it. */
  readonly unused: readonly { readonly flow: string; readonly step: string; readonly runs: number }[]
  /** Flows of unfinished runs that are not here: these runs stand still. */
  readonly unknownFlows: readonly { readonly flow: string; readonly runs: number }[]
}

const UNFINISHED: readonly RunStatus[] = ['queued', 'running', 'waiting', 'paused', 'stopped']
const PAGE = 500
const AT_ONCE = 32

/** Looks at every unfinished run, of one flow or of all. `seen` is told how many were looked at so far. */
export async function checkDeploy(
  ground: CheckGround,
  options: { readonly flow?: string; readonly seen?: (runs: number) => void } = {},
): Promise<CheckReport> {
  const diverging: Diverging[] = []
  const unknown = new Map<string, number>()
  const unused = new Map<string, { flow: string; step: string; runs: number }>()
  let [runs, unchanged] = [0, 0]
  for await (const page of unfinished(ground.store, options.flow)) {
    for (let from = 0; from < page.length; from += AT_ONCE) {
      const looks = page.slice(from, from + AT_ONCE).map(async (run): Promise<void> => {
        const flow = ground.flows.get(run.flow)
        if (flow === undefined) return void unknown.set(run.flow, (unknown.get(run.flow) ?? 0) + 1)
        const checked = await checkRun(ground, run, flow)
        if (checked.diverging !== undefined) return void diverging.push(checked.diverging)
        unchanged += 1
        for (const step of checked.unused) {
          const place = `${run.flow} ${step}`
          unused.set(place, { flow: run.flow, step, runs: (unused.get(place)?.runs ?? 0) + 1 })
        }
      })
      await Promise.all(looks)
      runs += looks.length
      options.seen?.(runs)
    }
  }
  const unknownFlows = [...unknown].map(([flow, some]) => ({ flow, runs: some }))
  return { runs, unchanged, diverging, unused: [...unused.values()], unknownFlows }
}

async function* unfinished({ runs }: Store, flow: string | undefined): AsyncGenerator<RunRecord[]> {
  for (let before: string | undefined, more = true; more; ) {
    const page = await runs.list({
      status: UNFINISHED,
      limit: PAGE,
      ...(flow !== undefined && { flow }),
      ...(before !== undefined && { before }),
    })
    yield page
    before = page.at(-1)?.id
    more = page.length === PAGE
  }
}

async function checkRun(
  { store, services }: CheckGround,
  run: RunRecord,
  flow: AnyFlow,
): Promise<{ diverging?: Diverging; unused: readonly string[] }> {
  const outline = new Outline(await all(store.journal, run.id, { values: false, records: false }))
  const look = new Look(services)
  const clock = new ReplayClock(run.startedAt ?? systemClock.now())
  const { settled } = await driveOver(run, flow, new ReplayHost(store, clock, look, services))
  const lost = outline.lost(look)
  const diverges = (how: DivergingHow, at: string, why: string): { diverging: Diverging; unused: readonly string[] } => ({
    diverging: { run: run.id, flow: run.flow, status: run.status, how, at, lost, why },
    unused: [],
  })
  if (settled?.status === 'stopped') return diverges('breaks', pathIn(settled.error.details), settled.error.message)
  if (settled?.status === 'failed' && run.status !== 'stopped')
    return diverges('fails', settled.error.path ?? '', `It would fail: ${settled.error.message}`)
  const open = lost.find((path) => outline.isOpen(path))
  const [fresh] = look.fresh
  if (fresh !== undefined && lost.length > 0)
    return diverges(
      'skips',
      fresh.path,
      `"${fresh.path}" (${fresh.kind}) would begin, which is not in the journal, before ${counted(lost)} of the journal.`,
    )
  if (open !== undefined) return diverges('leaves', open, `"${open}" is under way, and the code does not ask for it any more.`)
  return { unused: lost }
}

/** Serves what is over, and begins nothing. */
class Look implements Counterfactual {
  readonly met = new Set<string>()
  /** Steps that would begin and of which the journal holds nothing. */
  readonly fresh: { readonly path: string; readonly kind: StepKind }[] = []
  readonly #services: Services

  constructor(services: Services) {
    this.#services = services
  }

  rule({ path, kind, recorded }: Met): Ruled {
    this.met.add(path)
    const state = recorded.at(-1)?.state
    if (state === 'completed' || state === 'failed') return { kind: 'served' }
    if (recorded.length === 0) this.fresh.push({ path, kind })
    return { kind: 'ended' }
  }

  enters(path: string): boolean {
    this.met.add(path)
    return false
  }

  came(): void {}
  measured(): void {}
  asked(): void {}

  spent(): typeof NO_USAGE {
    return NO_USAGE
  }

  services(): Services {
    return this.#services
  }
}

/** What a run's journal holds, path by path. */
class Outline {
  readonly #last = new Map<string, Entry>()

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) this.#last.set(pathOf(entry.scope, entry.name), entry)
  }

  /** Begun, and not over. */
  isOpen(path: string): boolean {
    const state = this.#last.get(path)?.state
    return state === 'opened' || state === 'attempted' || state === 'retrying'
  }

  /** Outermost paths that the code has not come to. What stands inside a step that was met as a whole is the step's own affair. */
  lost({ met }: Look): string[] {
    return [...this.#last].flatMap(([path, { kind, name }]) => {
      const isRound = kind === 'loop' && name.startsWith('[')
      return isRound || name.startsWith('$') || met.has(path) || !this.#isOutermost(path, met) ? [] : [path]
    })
  }

  /** Whether nothing around a path accounts for it: a step that was met whole, a finished round, or something lost itself. */
  #isOutermost(path: string, met: ReadonlySet<string>): boolean {
    for (let around = splitPath(path).scope; around !== ''; around = splitPath(around).scope) {
      const entry = this.#last.get(around)
      if (entry === undefined) continue
      if (entry.kind !== 'loop' && entry.kind !== 'map' && entry.kind !== 'all' && entry.kind !== 'race') return false
      if (!this.isOpen(around) || !met.has(around)) return false
    }
    return true
  }
}

function pathIn(details: Readonly<Record<string, unknown>> | undefined): string {
  const path = details?.['path']
  return typeof path === 'string' ? path : ''
}

function counted(lost: readonly string[]): string {
  const shown = lost
    .slice(0, 3)
    .map((path) => `"${path}"`)
    .join(', ')
  return lost.length > 3 ? `${shown} and ${lost.length - 3} more` : shown
}

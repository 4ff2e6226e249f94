/**
 * A journal as a tree of steps, and the time axis it is drawn on.
 *
 * Owns: which step stands in which, when each worked and when it waited. Never: draws.
 */
import type { Entry, StepKind, Usage } from '../../api/documents.ts'

export interface Step {
  readonly path: string
  readonly name: string
  readonly kind: StepKind | 'round' | 'item' | 'branch' | 'scope'
  /** How it stands: by its last entry. */
  readonly state: Entry['state']
  readonly entries: readonly Entry[]
  readonly steps: readonly Step[]
  readonly from: number
  /** `undefined`: not over. */
  readonly to: number | undefined
  /** Since when it only waits for somebody or something; to its end. */
  readonly waits: number | undefined
  readonly usage: Usage | undefined
}

interface Growing extends Omit<Step, 'steps' | 'entries' | 'from' | 'to' | 'waits' | 'usage' | 'state' | 'kind'> {
  kind: Step['kind']
  readonly scope: string
  /** Of a step that the journal does not know yet. */
  began?: number
  readonly entries: Entry[]
  readonly steps: Growing[]
}

const WAITING: readonly string[] = ['review', 'sleep', 'signal', 'call']
const OVER: readonly string[] = ['completed', 'failed', 'retracted']

/** `since`: steps under way that say something of themselves before the journal knows of them. */
export function treeOf(entries: readonly Entry[], since: ReadonlyMap<string, number> = new Map()): Step[] {
  const all = new Map<string, Growing>()
  const roots: Growing[] = []
  const at = (path: string): Growing => {
    const known = all.get(path)
    if (known !== undefined) return known
    const { scope, name } = split(path)
    const made: Growing = { path, name, scope, kind: 'scope', entries: [], steps: [] }
    all.set(path, made)
    if (scope === '') roots.push(made)
    else at(scope).steps.push(made)
    return made
  }
  for (const entry of entries) {
    const step = at(entry.path)
    step.kind = entry.kind
    step.entries.push(entry)
  }
  for (const [path, from] of since) {
    const step = at(path)
    if (step.entries.length > 0) continue
    step.kind = 'ask'
    step.began = from
  }
  return roots.map((step) => grown(step))
}

/** The steps that are shown, in order, with how deep they stand: what is folded keeps its own to itself. */
export function rowsOf(steps: readonly Step[], isOpen: (step: Step) => boolean, depth = 0): { step: Step; depth: number }[] {
  return steps.flatMap((step) => [{ step, depth }, ...(isOpen(step) ? rowsOf(step.steps, isOpen, depth + 1) : [])])
}

/** Whether a step is shown with its own at first: what asks a model keeps its calls to itself. */
export function opensAtFirst({ kind, steps }: Step): boolean {
  return steps.length > 0 && kind !== 'ask' && kind !== 'decide' && kind !== 'context'
}

export function find(steps: readonly Step[], path: string): Step | undefined {
  for (const step of steps) {
    if (step.path === path) return step
    const within = find(step.steps, path)
    if (within !== undefined) return within
  }
  return undefined
}

function grown(step: Growing, around?: Growing): Step {
  const steps = step.steps.map((inner) => grown(inner, step)).sort((one, other) => one.from - other.from)
  const last = step.entries.at(-1)
  const state = last?.state ?? (step.began === undefined && steps.every(({ to }) => to !== undefined) ? 'completed' : 'opened')
  const times = step.entries.flatMap(({ startedAt, at }) => [Date.parse(startedAt), Date.parse(at)])
  const from = Math.min(...times, step.began ?? Number.POSITIVE_INFINITY, ...steps.map((one) => one.from))
  const over = OVER.includes(state)
  const to = over ? Math.max(...times, ...steps.map((one) => one.to ?? 0)) : undefined
  const kind = step.name.startsWith('[') ? turnOf(around?.kind) : step.kind
  return { ...step, kind, steps, state, from, to, waits: waitsSince(step, from), usage: last?.usage ?? spentIn(last) }
}

/** What a turn of a construct is called. */
function turnOf(kind: Step['kind'] | undefined): Step['kind'] {
  return kind === 'map' ? 'item' : kind === 'loop' ? 'round' : 'branch'
}

/** A question is opened with the number of its stage; other waits wait from the beginning. */
function waitsSince({ kind, entries }: Growing, from: number): number | undefined {
  const asked = entries.find(({ state, attempt }) => state === 'opened' && attempt !== undefined)
  if (asked !== undefined) return Date.parse(asked.at)
  return WAITING.includes(kind) ? from : undefined
}

/** A step that holds others says in its record what they spent. */
function spentIn(entry: Entry | undefined): Usage | undefined {
  const { record } = entry ?? {}
  return record !== null && typeof record === 'object' && 'spent' in record ? (record.spent as Usage) : undefined
}

/** A path's scope and name, as the journal puts them together. */
function split(path: string): { scope: string; name: string } {
  const cut = path.endsWith(']') ? path.lastIndexOf('[') : path.lastIndexOf('/')
  if (cut <= 0) return { scope: '', name: path }
  return { scope: path.slice(0, cut), name: path.endsWith(']') ? path.slice(cut) : path.slice(cut + 1) }
}

/** A time axis on which long stretches that nobody worked in are cut short. */
export interface Axis {
  /** Where a moment stands, in [0,1]. */
  readonly at: (time: number) => number
  readonly cuts: readonly { readonly from: number; readonly to: number; readonly ms: number }[]
}

const LONG_SHARE = 0.25
const LONG_MS = 1500
const CUT_WIDTH = 0.12
const MOST_CUTS_WIDTH = 0.5

export function axisOf(steps: readonly Step[], from: number, to: number): Axis {
  const busy = merged(worked(steps, to))
  const total = busy.reduce((sum, [start, end]) => sum + end - start, 0)
  const edges = [from, ...busy.flat(), to]
  const gaps: [number, number][] = []
  for (let index = 0; index < edges.length; index += 2) {
    const [start = from, end = to] = edges.slice(index, index + 2)
    if (end - start > LONG_MS && end - start > total * LONG_SHARE) gaps.push([start, end])
  }
  const width = gaps.length === 0 ? 0 : Math.min(CUT_WIDTH, MOST_CUTS_WIDTH / gaps.length)
  const rest = Math.max(1, to - from - gaps.reduce((sum, [start, end]) => sum + end - start, 0))
  const at = (time: number): number => {
    let [linear, cut] = [time - from, 0]
    for (const [start, end] of gaps) {
      const within = Math.max(0, Math.min(time, end) - start)
      linear -= within
      cut += width * (within / (end - start))
    }
    return Math.max(0, Math.min(1, (linear / rest) * (1 - width * gaps.length) + cut))
  }
  return { at, cuts: gaps.map(([start, end]) => ({ from: at(start), to: at(end), ms: end - start })) }
}

/** The stretches in which steps without steps of their own worked. */
function worked(steps: readonly Step[], now: number): [number, number][] {
  return steps.flatMap((step): [number, number][] => {
    const end = step.to ?? now
    const own: [number, number][] =
      step.steps.length > 0 && step.waits === undefined ? [] : [[step.from, Math.max(step.from, step.waits ?? end)]]
    return [...(step.steps.length > 0 && step.waits !== undefined ? [] : own), ...worked(step.steps, now)]
  })
}

function merged(stretches: readonly [number, number][]): [number, number][] {
  const result: [number, number][] = []
  for (const [start, end] of stretches.toSorted(([one], [other]) => one - other)) {
    const last = result.at(-1)
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
    else result.push([start, end])
  }
  return result
}

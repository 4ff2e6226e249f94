/**
 * A run's journal as visits to places, and which of them followed which: what a picture is drawn from.
 *
 * Owns: reading entries into a tree of visits, and their order. Never: counts.
 */
import { type Entry, pathOf, type StepKind, splitPath } from '../journal/records.ts'

/** A run as the picture needs it. */
export interface PicturedRun {
  readonly id: string
  readonly status: string
  readonly createdAt: number
  readonly endedAt?: number
  readonly entries: readonly Entry[]
}

/** What holds other visits; everything else is one node, with all that is inside it. */
export const HOLDS_NODES: ReadonlySet<string> = new Set(['loop', 'map', 'all', 'race', 'branch', 'turn'])

/** One time that a step (or a turn, item or branch) was taken. */
export interface Visit {
  readonly path: string
  readonly node: string
  kind: StepKind | 'branch' | 'turn'
  begin: Moment
  end: Moment | undefined
  failed: boolean
  asked: boolean
  microUsd: number
  tokens: number
  readonly inside: Visit[]
}

export interface Moment {
  readonly at: number
  readonly seq: number
}

/** The visits of a run as a tree. What stands inside a step that holds no nodes is added to that step. */
export function visitsOf(run: PicturedRun): Visit {
  const root = visitAt('', 'branch', { at: run.createdAt, seq: 0 })
  const visits = new Map<string, Visit>([['', root]])
  const kinds = new Map<string, StepKind>()
  const visit = (path: string, first: Entry): Visit => {
    const known = visits.get(path)
    if (known !== undefined) return known
    const { scope } = splitPath(path)
    const above = visit(scope, first)
    const kind = path.endsWith(']') ? 'turn' : (kinds.get(path) ?? 'branch')
    // Inside a step that is one node, everything is that step.
    const made = HOLDS_NODES.has(above.kind) ? visitAt(path, kind, { at: first.startedAt, seq: first.seq }) : above
    if (made !== above) above.inside.push(made)
    visits.set(path, made)
    return made
  }
  for (const entry of run.entries) {
    const path = pathOf(entry.scope, entry.name)
    if (!kinds.has(path)) kinds.set(path, entry.kind)
    const one = visit(path, entry)
    if (one.path === path) note(one, entry)
    if (entry.usage !== undefined) {
      one.microUsd += entry.usage.microUsd
      one.tokens += entry.usage.inputTokens + entry.usage.outputTokens
    }
  }
  for (const one of new Set(visits.values())) close(one)
  return root
}

function visitAt(path: string, kind: Visit['kind'], begin: Moment): Visit {
  return { path, node: patternOf(path), kind, begin, end: undefined, failed: false, asked: false, microUsd: 0, tokens: 0, inside: [] }
}

function note(visit: Visit, entry: Entry): void {
  // A place that was met first through what is inside it learns its own kind by its own entry.
  if (visit.kind === 'branch' || (visit.kind !== 'turn' && visit.kind !== entry.kind)) visit.kind = entry.kind
  if (entry.startedAt < visit.begin.at) visit.begin = { at: entry.startedAt, seq: Math.min(visit.begin.seq, entry.seq) }
  if (entry.state === 'opened' && entry.attempt !== undefined) visit.asked = true
  const over = entry.state === 'completed' || entry.state === 'failed'
  visit.end = over ? { at: entry.at, seq: entry.seq } : undefined
  visit.failed = entry.state === 'failed'
}

/** Places whose end is not journaled (maps, rounds, branches of a race) end with what is in them. */
function close(visit: Visit): void {
  if (visit.end !== undefined || visit.inside.length === 0 || !HOLDS_NODES.has(visit.kind)) return
  for (const inner of visit.inside) close(inner)
  const ends = visit.inside.map(({ end }) => end)
  if (ends.every((end) => end !== undefined))
    visit.end = ends.reduce((last, end) => (end !== undefined && last !== undefined && end.seq > last.seq ? end : last))
}

/** For each visit those it follows: over when it began, with nothing in between. In order of their beginnings. */
export function* predecessors(visits: readonly Visit[]): Generator<[Visit, Visit[]]> {
  const ended = visits.flatMap((visit) => (visit.end === undefined ? [] : [{ visit, end: visit.end, latest: visit.begin }]))
  ended.sort((one, other) => compare(one.end, other.end))
  // The latest beginning among all that ended up to here.
  for (let index = 1; index < ended.length; index += 1) {
    const [before, here] = [ended[index - 1], ended[index]]
    if (before !== undefined && here !== undefined && compare(before.latest, here.latest) > 0) here.latest = before.latest
  }
  for (const visit of [...visits].sort((one, other) => compare(one.begin, other.begin))) {
    const before: Visit[] = []
    let index = lastUpTo(ended, visit)
    const latest = ended[index]?.latest
    for (; index >= 0 && latest !== undefined; index -= 1) {
      const one = ended[index]
      if (one === undefined || compare(one.end, latest) < 0) break
      if (one.visit !== visit) before.push(one.visit)
    }
    yield [visit, before]
  }
}

/** The place of the last that was over when this one began. */
function lastUpTo(ended: readonly { readonly visit: Visit; readonly end: Moment }[], { begin }: Visit): number {
  let [low, high] = [0, ended.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const one = ended[middle]
    if (one !== undefined && compare(one.end, begin) < 0) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Earlier first; at the same millisecond the order of commit decides. */
function compare(one: Moment, other: Moment): number {
  return one.at - other.at || one.seq - other.seq
}

/** `draft[2]/critique` → `draft[]/critique` */
function patternOf(path: string): string {
  return path.replaceAll(/\[[^\]]*\]/g, '[]')
}

export function nameOf(path: string): string {
  return path.endsWith(']') ? patternOf(splitPath(path).name) : splitPath(path).name
}

export function roundOf({ path }: Visit): number {
  return Number(splitPath(path).name.slice(1, -1))
}

/**
 * The picture of a flow, drawn from its journals: which step followed which, how often, how long, at what cost, and where people waited.
 *
 * Owns: that mining, as a pure function. Never: reads a store, or lays anything out.
 * A step's place is its path with the keys taken out: `draft[2]/critique` and `draft[3]/critique` are one node, `draft[]/critique`.
 * What stands inside an ask, a decision or a context (the calls of a model) belongs to that step; loops, maps and branches hold nodes.
 * Invariants:
 *   M1. A step follows those that were over when it began and that nothing else came after: steps side by side do not follow each other.
 *   M2. An edge from a loop's round to its next is a `back` edge, and no other is: loops appear as loops because they turned.
 *   M3. However many items of a map (or ends of branches) lead from one node to another at one passage, it is one passage.
 */
import type { StepKind } from '../journal/records.ts'
import { percentiles, type Spread } from './spread.ts'
import { HOLDS_NODES, type Moment, nameOf, type PicturedRun, predecessors, roundOf, type Visit, visitsOf } from './visits.ts'

export type { PicturedRun }

/** One time that a run came to a node of its flow's picture. */
export interface NodeVisit {
  readonly path: string
  readonly state: 'open' | 'completed' | 'failed'
  readonly beganAt: number
  readonly endedAt?: number
  readonly microUsd: number
  readonly tokens: number
  /** Of a loop. */
  readonly rounds?: number
}

export interface PictureNode {
  /** The path without keys; `$start` and `$end` are where runs begin and end. */
  readonly id: string
  readonly name: string
  readonly kind: StepKind | 'branch' | 'start' | 'end'
  /** The loop, map or branch it stands in. */
  readonly within?: string
  /** Runs that came here, and how often in all. */
  readonly runs: number
  readonly count: number
  /** How many stand here now, and how many failed here. */
  readonly open: number
  readonly failed: number
  /** From its beginning to its end, of those that ended. */
  readonly ms?: Spread
  /** Of `ms`, where it is waiting: for people, a time, a signal or another run. */
  readonly waitMs?: Spread & { readonly total: number }
  readonly microUsd: number
  readonly tokens: number
  /** Of a loop: how many rounds it took. `counts[n]`: how often it took n. */
  readonly rounds?: Spread & { readonly most: number; readonly counts: Readonly<Record<number, number>> }
}

export interface PictureEdge {
  readonly from: string
  readonly to: string
  readonly count: number
  /** From the end of one to the beginning of the other. */
  readonly ms?: Spread
  /** From a round of a loop to its next. */
  readonly back: boolean
}

export interface Picture {
  readonly runs: number
  readonly nodes: readonly PictureNode[]
  readonly edges: readonly PictureEdge[]
}

/** Draws the picture of these runs. Runs may be handed over one by one, and are not kept. */
export function drawPicture(runs: Iterable<PicturedRun>): Picture {
  const drawing = new Drawing()
  for (const run of runs) drawing.add(run)
  return drawing.picture()
}

/** The times that a run came to a node, in the order in which they began. */
export function visitsTo(node: string, run: PicturedRun): NodeVisit[] {
  const found: Visit[] = []
  const look = (visit: Visit): void => {
    if (visit.node === node && visit.kind !== 'turn') found.push(visit)
    for (const inner of visit.inside) look(inner)
  }
  for (const visit of visitsOf(run).inside) look(visit)
  found.sort((one, other) => one.begin.at - other.begin.at || one.begin.seq - other.begin.seq)
  return found.map(({ path, kind, begin, end, failed, microUsd, tokens, inside }) => ({
    path,
    state: end === undefined ? 'open' : failed ? 'failed' : 'completed',
    beganAt: begin.at,
    microUsd,
    tokens,
    ...(end !== undefined && { endedAt: end.at }),
    ...(kind === 'loop' && { rounds: inside.length }),
  }))
}

const START = '$start'
const END = '$end'
const WAITS: ReadonlySet<string> = new Set(['review', 'decide', 'sleep', 'signal', 'call'])

class Drawing {
  readonly #nodes = new Map<string, NodeTally>()
  readonly #edges = new Map<string, EdgeTally>()
  #runs = 0

  /** Adds a run; its entries are in order of commit. */
  add(run: PicturedRun): void {
    this.#runs += 1
    const root = visitsOf(run)
    for (const visit of root.inside) this.#tally(visit, run, undefined)
    const start: Moment = { at: run.createdAt, seq: 0 }
    this.#node(START, 'start', 'start', undefined).visit(run.id)
    const { firsts, lasts } = this.#connect(root.inside)
    this.#passage([{ node: START, end: start }], firsts, false)
    if (run.endedAt === undefined) return
    this.#node(END, 'end', 'end', undefined).visit(run.id, run.status !== 'completed')
    const end: Visit = { ...root, node: END, begin: { at: run.endedAt, seq: Number.MAX_SAFE_INTEGER } }
    this.#passage(lasts.length === 0 ? [{ node: START, end: start }] : lasts, [end], false)
  }

  picture(): Picture {
    return {
      runs: this.#runs,
      nodes: [...this.#nodes.values()].map((node) => node.node()),
      edges: [...this.#edges.values()].map((edge) => edge.edge()),
    }
  }

  #tally(visit: Visit, run: PicturedRun, within: string | undefined): void {
    const isTurn = visit.kind === 'turn'
    if (!isTurn) this.#node(visit.node, nameOf(visit.path), visit.kind, within).add(visit, run)
    for (const inner of visit.inside) this.#tally(inner, run, isTurn ? within : visit.node)
  }

  #node(id: string, name: string, kind: Visit['kind'] | 'start' | 'end', within: string | undefined): NodeTally {
    const known = this.#nodes.get(id)
    if (known !== undefined) return known
    const made = new NodeTally(id, name, kind === 'turn' ? 'branch' : kind, within)
    this.#nodes.set(id, made)
    return made
  }

  /** Draws the edges between the visits of one scope and inside them; gives those it begins and ends with. */
  #connect(visits: readonly Visit[]): { firsts: Visit[]; lasts: Visit[] } {
    const ends = new Map<Visit, { firsts: Visit[]; lasts: Visit[] }>()
    for (const visit of visits) ends.set(visit, this.#endsOf(visit))
    const followed = new Set<Visit>()
    const firsts: Visit[] = []
    for (const [visit, before] of predecessors(visits)) {
      for (const one of before) followed.add(one)
      const to = ends.get(visit)?.firsts ?? []
      if (before.length === 0) firsts.push(...to)
      else
        this.#passage(
          before.flatMap((one) => ends.get(one)?.lasts ?? []),
          to,
          false,
        )
    }
    return { firsts, lasts: visits.filter((visit) => !followed.has(visit)).flatMap((visit) => ends.get(visit)?.lasts ?? []) }
  }

  /** The steps that a visit begins and ends with: itself, or what is inside it. */
  #endsOf(visit: Visit): { firsts: Visit[]; lasts: Visit[] } {
    if (!HOLDS_NODES.has(visit.kind)) return { firsts: [visit], lasts: [visit] }
    const inside =
      visit.kind === 'loop'
        ? this.#turnsOf(visit)
        : visit.kind === 'map' || visit.kind === 'race'
          ? this.#sideBySide(visit)
          : this.#connect(visit.inside)
    if (inside.firsts.length === 0) return { firsts: [visit], lasts: [visit] }
    // What was left going when it ended (the losers of a race) leads nowhere.
    const over = inside.lasts.filter(({ end }) => end !== undefined)
    return visit.end !== undefined && over.length > 0 ? { firsts: inside.firsts, lasts: over } : inside
  }

  #turnsOf(loop: Visit): { firsts: Visit[]; lasts: Visit[] } {
    const rounds = [...loop.inside].sort((one, other) => roundOf(one) - roundOf(other)).map((round) => this.#connect(round.inside))
    const taken = rounds.filter(({ firsts }) => firsts.length > 0)
    taken.forEach((round, index) => {
      const next = taken[index + 1]
      if (next !== undefined) this.#passage(round.lasts, next.firsts, true)
    })
    if (taken.length === 0) for (let index = 1; index < rounds.length; index += 1) this.#passage([loop], [loop], true)
    return { firsts: taken[0]?.firsts ?? [], lasts: taken.at(-1)?.lasts ?? [] }
  }

  #sideBySide(group: Visit): { firsts: Visit[]; lasts: Visit[] } {
    const all = group.inside.map((item) => this.#connect(item.inside))
    return { firsts: all.flatMap(({ firsts }) => firsts), lasts: all.flatMap(({ lasts }) => lasts) }
  }

  /** One passage from some visits to others: an edge for each pair of nodes, once. */
  #passage(from: readonly Pick<Visit, 'node' | 'end'>[], to: readonly Visit[], back: boolean): void {
    const seen = new Set<string>()
    for (const one of from)
      for (const other of to) {
        const key = `${back ? 'back' : 'on'} ${JSON.stringify([one.node, other.node])}`
        if (seen.has(key)) continue
        seen.add(key)
        const edge = this.#edges.get(key) ?? new EdgeTally(one.node, other.node, back)
        this.#edges.set(key, edge)
        edge.add(one.end === undefined ? undefined : Math.max(0, other.begin.at - one.end.at))
      }
  }
}

class NodeTally {
  readonly #about: Pick<PictureNode, 'id' | 'name' | 'kind'> & { within?: string }
  readonly #runs = new Set<string>()
  readonly #ms: number[] = []
  readonly #waits: number[] = []
  readonly #rounds: number[] = []
  #count = 0
  #open = 0
  #failed = 0
  #microUsd = 0
  #tokens = 0

  constructor(id: string, name: string, kind: PictureNode['kind'], within: string | undefined) {
    this.#about = { id, name, kind, ...(within !== undefined && { within }) }
  }

  visit(run: string, failed = false): void {
    this.#runs.add(run)
    this.#count += 1
    if (failed) this.#failed += 1
  }

  add(visit: Visit, run: PicturedRun): void {
    this.visit(run.id, visit.failed)
    this.#microUsd += visit.microUsd
    this.#tokens += visit.tokens
    if (visit.kind === 'loop') this.#rounds.push(visit.inside.length)
    if (visit.end === undefined) {
      if (run.endedAt === undefined) this.#open += 1
      return
    }
    const ms = Math.max(0, visit.end.at - visit.begin.at)
    this.#ms.push(ms)
    // A decision that stood without people waited for nobody.
    if (WAITS.has(visit.kind) && (visit.kind !== 'decide' || visit.asked)) this.#waits.push(ms)
  }

  node(): PictureNode {
    const [ms, waits, rounds] = [percentiles(this.#ms), percentiles(this.#waits), percentiles(this.#rounds)]
    const counts: Record<number, number> = {}
    for (const round of this.#rounds) counts[round] = (counts[round] ?? 0) + 1
    return {
      ...this.#about,
      runs: this.#runs.size,
      count: this.#count,
      open: this.#open,
      failed: this.#failed,
      microUsd: this.#microUsd,
      tokens: this.#tokens,
      ...(ms !== undefined && { ms }),
      ...(waits !== undefined && { waitMs: { ...waits, total: this.#waits.reduce((sum, wait) => sum + wait, 0) } }),
      ...(rounds !== undefined && { rounds: { ...rounds, most: Math.max(...this.#rounds), counts } }),
    }
  }
}

class EdgeTally {
  readonly #about: Pick<PictureEdge, 'from' | 'to' | 'back'>
  readonly #ms: number[] = []
  #count = 0

  constructor(from: string, to: string, back: boolean) {
    this.#about = { from, to, back }
  }

  add(ms: number | undefined): void {
    this.#count += 1
    if (ms !== undefined) this.#ms.push(ms)
  }

  edge(): PictureEdge {
    const ms = percentiles(this.#ms)
    return { ...this.#about, count: this.#count, ...(ms !== undefined && { ms }) }
  }
}

/**
 * A picture taken apart into levels: what stands side by side at the top, and inside each loop, map and branch.
 *
 * Owns: which passages are seen at which level. A passage from outside into a loop is one to the loop, and inside it one from its way in.
 * Invariants:
 *   L1. A level's passages join what stands on it, or its ways in and out: every level can be laid out by itself.
 *   L2. Passages that are one at a level are one edge there, with their counts added up.
 */
import { inOrder } from './order.ts'
import type { Picture, PictureEdge, PictureNode } from './picture.ts'

export interface Level {
  /** What it is inside of; `undefined`: the top. */
  readonly holder: string | undefined
  /** In reading order. */
  readonly nodes: readonly PictureNode[]
  /** In reading order, back edges last. */
  readonly edges: readonly PictureEdge[]
}

/** The ways in and out of what holds others. */
export const wayIn = (holder: string): string => `${holder} in`
export const wayOut = (holder: string): string => `${holder} out`

/** The levels by what they are inside of. */
export function levelsOf(picture: Pick<Picture, 'nodes' | 'edges'>): Map<string | undefined, Level> {
  const ordered = inOrder(picture)
  const above = new Map(ordered.map(({ id, within }) => [id, within]))
  const passages = new Map<string | undefined, Map<string, PictureEdge>>()
  for (const edge of picture.edges)
    if (above.has(edge.from) && above.has(edge.to)) for (const [level, piece] of piecesOf(edge, above)) add(passages, level, piece)
  const order = new Map(ordered.map(({ id }, index) => [id, index]))
  const inside = Map.groupBy(ordered, ({ within }) => within)
  return new Map([...inside].map(([holder, nodes]) => [holder, { holder, nodes, edges: sorted(passages.get(holder), order) }]))
}

/** What is seen of a passage at each level that it goes through. */
function* piecesOf(edge: PictureEdge, above: ReadonlyMap<string, string | undefined>): Generator<[string | undefined, PictureEdge]> {
  const [out, into] = [holdersOf(edge.from, above), holdersOf(edge.to, above)]
  let common = 0
  while (common < Math.min(out.length, into.length) && out[common] === into[common]) common += 1
  // From the inside out, across, and in again.
  let from = edge.from
  for (const holder of out.slice(common).toReversed()) {
    yield [holder, { from, to: wayOut(holder), count: edge.count, back: false }]
    from = holder
  }
  let to = edge.to
  for (const holder of into.slice(common).toReversed()) {
    yield [holder, { from: wayIn(holder), to, count: edge.count, back: false }]
    to = holder
  }
  yield [common === 0 ? undefined : out[common - 1], { ...edge, from, to }]
}

/** What a node stands in, outermost first. */
function holdersOf(id: string, above: ReadonlyMap<string, string | undefined>): string[] {
  const holders: string[] = []
  for (let holder = above.get(id); holder !== undefined; holder = above.get(holder)) holders.unshift(holder)
  return holders
}

function add(passages: Map<string | undefined, Map<string, PictureEdge>>, level: string | undefined, piece: PictureEdge): void {
  const edges = passages.get(level) ?? new Map<string, PictureEdge>()
  passages.set(level, edges)
  const key = JSON.stringify([piece.from, piece.to, piece.back])
  const known = edges.get(key)
  if (known === undefined) edges.set(key, piece)
  else {
    const { ms: _, ...rest } = known
    edges.set(key, { ...rest, count: known.count + piece.count })
  }
}

function sorted(edges: ReadonlyMap<string, PictureEdge> | undefined, order: ReadonlyMap<string, number>): PictureEdge[] {
  const place = (id: string, other: number): number => order.get(id) ?? other
  const rank = ({ from, to, back }: PictureEdge): number => (back ? 1e9 : 0) + place(from, -1) * order.size + place(to, order.size)
  return [...(edges?.values() ?? [])].sort((one, other) => rank(one) - rank(other))
}

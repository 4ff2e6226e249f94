/**
 * Where the steps of a picture stand and how its edges run: each level is given to the layout engine, the innermost first.
 *
 * Owns: sizes, the options that let loops look like loops, and absolute coordinates. Never: draws.
 * Layered, from top to bottom: what was given first stays first (`MODEL_ORDER`), so a back edge stays one, and is led around. Levels are
 * laid out one by one because the engine does not keep to that order across levels.
 */
import type { ElkNode, ElkPoint } from 'elkjs/lib/elk-api.js'
import { type Level, levelsOf, wayIn, wayOut } from './levels.ts'
import type { Picture, PictureEdge, PictureNode } from './picture.ts'

const STEP = { width: 216, height: 66 } as const
const ROUND = { width: 84, height: 30 } as const
/** An end at which not all was well. */
const LONG_ROUND = { width: 204, height: 30 } as const
const WAY = { width: 12, height: 12 } as const
/** Around what a loop holds: its name stands above. */
const AROUND = { top: 46, left: 18, bottom: 14, right: 18 } as const
const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.cycleBreaking.strategy': 'MODEL_ORDER',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.feedbackEdges': 'true',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.spacing.nodeNodeBetweenLayers': '44',
  'elk.layered.spacing.edgeNodeBetweenLayers': '18',
  'elk.spacing.nodeNode': '36',
  'elk.spacing.edgeNode': '28',
  'elk.spacing.nodeSelfLoop': '44',
  // What nothing leads to stands beside the rest, not above it.
  'elk.separateConnectedComponents': 'false',
} as const

export interface Placed {
  readonly node: PictureNode
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** It is drawn around others. */
  readonly holds: boolean
  /** How many hold it. */
  readonly depth: number
}

export interface Routed {
  readonly id: string
  readonly edge: PictureEdge
  readonly points: readonly ElkPoint[]
}

export interface Layout {
  /** In reading order. */
  readonly nodes: readonly Placed[]
  readonly edges: readonly Routed[]
  /** Where ways into and out of what holds others begin and end. */
  readonly ways: readonly ElkPoint[]
  readonly width: number
  readonly height: number
}

export type Engine = (graph: ElkNode) => Promise<ElkNode>

/** Whether two pictures have the same places: then one layout serves both. */
export function shapeOf({ nodes, edges }: Pick<Picture, 'nodes' | 'edges'>): string {
  return JSON.stringify([
    nodes.map(({ id, within, kind, failed }) => [id, within, kind === 'end' && failed > 0]),
    edges.map(({ from, to, back }) => [from, to, back]),
  ])
}

export function layOut(picture: Pick<Picture, 'nodes' | 'edges'>, engine: Engine): Promise<Layout> {
  return levelLaid(levelsOf(picture), undefined, engine, 0)
}

async function levelLaid(
  levels: ReadonlyMap<string | undefined, Level>,
  holder: string | undefined,
  engine: Engine,
  depth: number,
): Promise<Layout> {
  const level = levels.get(holder)
  if (level === undefined) return { nodes: [], edges: [], ways: [], width: 0, height: 0 }
  const insides = new Map<string, Layout>()
  for (const { id } of level.nodes) if (levels.has(id)) insides.set(id, await levelLaid(levels, id, engine, depth + 1))
  const laid = await engine(graphOf(level, insides))
  const places = new Map((laid.children ?? []).map((child) => [child.id, { x: child.x ?? 0, y: child.y ?? 0 }]))
  const parts = level.nodes.map((node) => partOf(node, places.get(node.id) ?? { x: 0, y: 0 }, insides.get(node.id), depth))
  const edges = level.edges.flatMap((edge): Routed[] => {
    const id = edgeId(edge)
    const found = laid.edges?.find((one) => one.id === id)
    return found === undefined ? [] : [{ id, edge, points: pointsOf(found) }]
  })
  const ways = [wayIn(holder ?? ''), wayOut(holder ?? '')].flatMap((id) => places.get(id) ?? [])
  return {
    nodes: parts.flatMap(({ nodes }) => nodes),
    edges: [...edges, ...parts.flatMap((part) => part.edges)],
    ways: [...ways, ...parts.flatMap((part) => part.ways)],
    width: laid.width ?? 0,
    height: laid.height ?? 0,
  }
}

function graphOf({ holder, nodes, edges }: Level, insides: ReadonlyMap<string, Layout>): ElkNode {
  const ends = new Set(edges.flatMap(({ from, to }) => [from, to]))
  const way = (id: string): ElkNode[] => (ends.has(id) ? [{ id, ...WAY }] : [])
  return {
    id: holder === undefined ? '$top' : `level ${holder}`,
    // The label of a step that follows itself stands to its left.
    layoutOptions: { ...OPTIONS, 'elk.padding': `[top=8,left=${edges.some(({ from, to }) => from === to) ? 34 : 8},bottom=8,right=8]` },
    children: [
      ...way(wayIn(holder ?? '')),
      ...nodes.map((node) => ({ id: node.id, ...sizeOf(node, insides.get(node.id)) })),
      ...way(wayOut(holder ?? '')),
    ],
    edges: edges.map((edge) => ({ id: edgeId(edge), sources: [edge.from], targets: [edge.to] })),
  }
}

function sizeOf({ kind, failed }: PictureNode, inside: Layout | undefined): { width: number; height: number } {
  if (inside !== undefined)
    return {
      width: Math.max(STEP.width, inside.width + AROUND.left + AROUND.right),
      height: inside.height + AROUND.top + AROUND.bottom,
    }
  if (kind === 'end' && failed > 0) return LONG_ROUND
  return kind === 'start' || kind === 'end' ? ROUND : STEP
}

/** A node with all that it holds, where it stands. */
function partOf(node: PictureNode, at: ElkPoint, inside: Layout | undefined, depth: number): Omit<Layout, 'width' | 'height'> {
  const size = sizeOf(node, inside)
  const own: Placed = { node, ...at, ...size, holds: inside !== undefined, depth }
  if (inside === undefined) return { nodes: [own], edges: [], ways: [] }
  const by = { x: at.x + (size.width - inside.width) / 2, y: at.y + AROUND.top }
  const moved = <Point extends ElkPoint>(point: Point): Point => ({ ...point, x: point.x + by.x, y: point.y + by.y })
  return {
    nodes: [own, ...inside.nodes.map(moved)],
    edges: inside.edges.map((edge) => ({ ...edge, points: edge.points.map(moved) })),
    ways: inside.ways.map(moved),
  }
}

function edgeId({ from, to, back }: PictureEdge): string {
  return `${back ? 'back' : 'on'}:${from}→${to}`
}

function pointsOf({
  sections = [],
}: {
  readonly sections?: readonly { startPoint: ElkPoint; bendPoints?: ElkPoint[]; endPoint: ElkPoint }[]
}) {
  return sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint])
}

/**
 * How a picture becomes a drawing, without a browser: reading order, levels, the layout, and what changed between two pictures.
 */
import Elk from 'elkjs/lib/elk.bundled.js'
import { describe, expect, test } from 'vitest'
import { changesOf, changeText } from '../../console/src/pages/flows/compare.ts'
import { layOut } from '../../console/src/pages/flows/layout.ts'
import { levelsOf, wayIn, wayOut } from '../../console/src/pages/flows/levels.ts'
import { inOrder } from '../../console/src/pages/flows/order.ts'
import { otherWindowOf, type Picture, type PictureEdge, type PictureNode, windowOf } from '../../console/src/pages/flows/picture.ts'

const node = (id: string, more: Partial<PictureNode> = {}): PictureNode => ({
  id,
  name: id.split('/').at(-1) ?? id,
  kind: 'code',
  runs: 10,
  count: 10,
  open: 0,
  failed: 0,
  microUsd: 0,
  tokens: 0,
  ...more,
})
const edge = (from: string, to: string, more: Partial<PictureEdge> = {}): PictureEdge => ({ from, to, count: 10, back: false, ...more })
const START = node('$start', { kind: 'start' })
const END = node('$end', { kind: 'end' })

/** Sorted, then drafted until somebody likes it, then sent; half of them end after sorting. Nodes and edges in no order. */
const DESK = {
  nodes: [
    END,
    node('draft[]/approve', { kind: 'review', within: 'draft' }),
    node('send'),
    node('draft', { kind: 'loop' }),
    node('draft[]/reply', { kind: 'ask', within: 'draft' }),
    node('sort', { kind: 'decide' }),
    node('budget'),
    START,
  ],
  edges: [
    edge('draft[]/approve', 'draft[]/reply', { back: true, count: 7 }),
    edge('sort', '$end', { count: 5 }),
    edge('draft[]/approve', 'send', { count: 5 }),
    edge('draft[]/reply', 'draft[]/approve', { count: 12 }),
    edge('sort', 'draft[]/reply', { count: 5 }),
    edge('send', '$end', { count: 5 }),
    edge('$start', 'sort'),
  ],
}

describe('reading order', () => {
  test('goes from the start along what follows what; what nothing leads to comes last', () => {
    expect(inOrder(DESK).map(({ id }) => id)).toEqual([
      '$start',
      'sort',
      'draft',
      'draft[]/reply',
      'draft[]/approve',
      'send',
      '$end',
      'budget',
    ])
  })

  test('what goes in circles without a back edge is in it once, too', () => {
    const nodes = [node('b'), node('a'), START]
    const edges = [edge('$start', 'a'), edge('a', 'b'), edge('b', 'a')]
    expect(inOrder({ nodes, edges }).map(({ id }) => id)).toEqual(['$start', 'a', 'b'])
  })
})

describe('levels', () => {
  test('a passage into a loop is one to the loop, and inside it one from its way in', () => {
    const levels = levelsOf(DESK)
    const edgesAt = (holder: string | undefined): unknown[] =>
      (levels.get(holder)?.edges ?? []).map(({ from, to, count, back }) => [from, to, count, back])
    expect(edgesAt(undefined)).toEqual([
      ['$start', 'sort', 10, false],
      ['sort', 'draft', 5, false],
      ['sort', '$end', 5, false],
      ['draft', 'send', 5, false],
      ['send', '$end', 5, false],
    ])
    expect(edgesAt('draft')).toEqual([
      [wayIn('draft'), 'draft[]/reply', 5, false],
      ['draft[]/reply', 'draft[]/approve', 12, false],
      ['draft[]/approve', wayOut('draft'), 5, false],
      ['draft[]/approve', 'draft[]/reply', 7, true],
    ])
  })

  test('passages that are one at a level are added up there', () => {
    const nodes = [START, node('each', { kind: 'map' }), node('each[]/a', { within: 'each' }), node('each[]/b', { within: 'each' })]
    const levels = levelsOf({ nodes, edges: [edge('$start', 'each[]/a', { count: 3 }), edge('$start', 'each[]/b', { count: 4 })] })
    expect(levels.get(undefined)?.edges).toEqual([{ from: '$start', to: 'each', count: 7, back: false }])
  })
})

describe('the layout', () => {
  const engine = new Elk()

  test('what follows stands below, a loop around what it repeats, and its back edge leads up beside it', async () => {
    const layout = await layOut(DESK, (graph) => engine.layout(graph))
    const at = new Map(layout.nodes.map((one) => [one.node.id, one]))
    const top = (id: string): number => at.get(id)?.y ?? Number.NaN
    for (const [above, below] of [
      ['$start', 'sort'],
      ['sort', 'draft'],
      ['draft[]/reply', 'draft[]/approve'],
      ['draft', 'send'],
      ['send', '$end'],
    ] as const)
      expect(top(above), `${above} above ${below}`).toBeLessThan(top(below))
    const loop = at.get('draft')
    if (loop === undefined) throw new Error('The loop is not there.')
    expect(loop.holds).toBe(true)
    const back = layout.edges.find(({ edge: { back: isBack } }) => isBack)?.points ?? []
    for (const { x, y } of [...back, ...layout.ways, at.get('draft[]/reply'), at.get('draft[]/approve')].filter(
      (one) => one !== undefined,
    )) {
      expect(x).toBeGreaterThan(loop.x)
      expect(x).toBeLessThan(loop.x + loop.width)
      expect(y).toBeGreaterThan(loop.y)
      expect(y).toBeLessThan(loop.y + loop.height)
    }
    expect(back.at(0)?.y).toBeGreaterThan(back.at(-1)?.y ?? Number.NaN)
    expect(layout.edges).toHaveLength(9)
  })

  test('a step that follows itself, a loop in a loop and a step that nothing leads to are laid out', async () => {
    const nodes = [
      START,
      node('outer', { kind: 'loop' }),
      node('outer[]/inner', { kind: 'loop', within: 'outer' }),
      node('outer[]/inner[]/one', { within: 'outer[]/inner' }),
      node('outer[]/$budget', { within: 'outer' }),
    ]
    const edges = [edge('$start', 'outer[]/inner[]/one'), edge('outer[]/inner[]/one', 'outer[]/inner[]/one', { back: true })]
    const layout = await layOut({ nodes, edges }, (graph) => engine.layout(graph))
    expect(layout.nodes.map(({ node: { id }, depth, holds }) => [id, depth, holds])).toEqual([
      ['$start', 0, false],
      ['outer', 0, true],
      ['outer[]/inner', 1, true],
      ['outer[]/inner[]/one', 2, false],
      ['outer[]/$budget', 1, false],
    ])
    expect(layout.edges.filter(({ edge: { back } }) => back)).toHaveLength(1)
    expect(layout.edges).toHaveLength(4)
  })
})

describe('what changed', () => {
  const picture = (nodes: PictureNode[], runs = 10): Picture => ({ flow: 'desk', runs, more: false, releases: [], nodes, edges: [] })
  const spread = (p50: number) => ({ p50, p95: p50 * 2 })

  test('is told per run and in words, the largest first, and what hardly moved is not told', () => {
    const before = picture([
      node('sort', { ms: spread(100), microUsd: 10_000 }),
      node('check', { ms: spread(1000) }),
      node('old', { runs: 2 }),
    ])
    const now = picture(
      [
        node('sort', { runs: 20, count: 20, ms: spread(250), microUsd: 16_000 }),
        node('check', { runs: 20, ms: spread(1050) }),
        node('new', { runs: 5 }),
      ],
      20,
    )
    expect(changesOf(now, before).map((change) => [change.node.id, changeText(change)])).toEqual([
      ['new', 'new'],
      ['old', 'gone'],
      ['sort', '2.5× slower'],
      ['sort', '20 % cheaper'],
    ])
  })

  test('nothing is said of no runs', () => {
    expect(changesOf(picture([node('sort')]), picture([], 0))).toEqual([])
  })
})

describe('windows of time', () => {
  const now = Date.parse('2026-03-10T12:00:00Z')

  test('a span goes up to now, and the one before it is as long', () => {
    expect(windowOf({ from: '24h', release: 'r1' }, now)).toEqual({ from: '2026-03-09T12:00:00.000Z', release: 'r1' })
    expect(otherWindowOf({ from: '24h', against: 'before' }, now)).toEqual({
      from: '2026-03-08T12:00:00.000Z',
      to: '2026-03-09T12:00:00.000Z',
    })
  })

  test('before all time there is nothing, and another release is of the same time', () => {
    expect(otherWindowOf({ against: 'before' }, now)).toBeUndefined()
    expect(otherWindowOf({ from: '2026-03-01T00:00Z', to: 'no time', release: 'r2', against: 'r1' }, now)).toEqual({
      from: '2026-03-01T00:00:00.000Z',
      release: 'r1',
    })
  })
})

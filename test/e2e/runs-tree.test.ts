/**
 * How a journal becomes a tree on a time axis: what stands in what, who waited, and where the axis is cut short.
 */
import { describe, expect, test } from 'vitest'
import type { Entry } from '../../console/src/api/documents.ts'
import { axisOf, find, rowsOf, treeOf } from '../../console/src/pages/runs/tree.ts'

const MINUTE = 60_000
const at = (ms: number): string => new Date(ms).toISOString()
const entry = (path: string, scope: string, more: Partial<Entry> & { from: number; to: number }): Entry => {
  const { from, to, ...rest } = more
  return {
    seq: to,
    path,
    scope,
    name: path.slice(scope.length).replace(/^\//, ''),
    kind: 'code',
    state: 'completed',
    startedAt: at(from),
    at: at(to),
    ...rest,
  }
}

const journal = [
  entry('read', '', { from: 0, to: 10 }),
  entry('draft', '', { from: 10, to: 11, kind: 'loop', state: 'opened' }),
  entry('draft[0]/reply', 'draft[0]', { from: 12, to: 30, kind: 'ask' }),
  entry('draft[0]/approve', 'draft[0]', { from: 30, to: 31, kind: 'review', state: 'opened', attempt: 1 }),
  entry('draft[0]/approve', 'draft[0]', { from: 30, to: 30 + 60 * MINUTE, kind: 'review' }),
  entry('draft', '', { from: 10, to: 40 + 60 * MINUTE, kind: 'loop' }),
]

describe('the tree', () => {
  test('has the turns of a loop between it and their steps, though they have no lines of their own', () => {
    const rows = rowsOf(treeOf(journal), () => true)
    expect(rows.map(({ step, depth }) => `${' '.repeat(depth)}${step.kind} ${step.name}`)).toEqual([
      'code read',
      'loop draft',
      ' round [0]',
      '  ask reply',
      '  review approve',
    ])
  })

  test('says since when a step waited for people', () => {
    const step = find(treeOf(journal), 'draft[0]/approve')
    expect(step).toMatchObject({ from: 30, waits: 31, to: 30 + 60 * MINUTE, state: 'completed' })
  })

  test('has a write that nobody knows about as one that waits', () => {
    const [step] = treeOf([
      entry('pay', '', { from: 0, to: 1, state: 'attempted' }),
      entry('pay', '', { from: 0, to: 50, state: 'opened', attempt: 1 }),
    ])
    expect(step).toMatchObject({ waits: 50, to: undefined })
  })

  test('has a step that only says what it writes, before the journal knows of it', () => {
    const tree = treeOf(journal.slice(0, 2), new Map([['draft[0]/reply', 20]]))
    expect(find(tree, 'draft[0]/reply')).toMatchObject({ kind: 'ask', state: 'opened', from: 20, to: undefined })
  })
})

describe('the axis', () => {
  const end = 40 + 60 * MINUTE
  const axis = axisOf(treeOf(journal), 0, end)

  test('is cut where nobody worked for long, and says how long', () => {
    expect(axis.cuts).toHaveLength(1)
    expect(axis.cuts[0]?.ms).toBeGreaterThan(59 * MINUTE)
  })

  test('leaves most of its width to the work, and never runs backwards', () => {
    expect(axis.at(30)).toBeGreaterThan(0.4)
    const places = [0, 5, 10, 31, 10 * MINUTE, 59 * MINUTE, end].map(axis.at)
    expect(places).toEqual(places.toSorted((one, other) => one - other))
    expect(places[0]).toBe(0)
    expect(places.at(-1)).toBe(1)
  })
})

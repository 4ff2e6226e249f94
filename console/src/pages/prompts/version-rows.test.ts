import { expect, test } from 'vitest'
import type { PromptVersion } from './data.ts'
import { accepted, pairOf, rowsOf } from './version-rows.ts'

const version = (of: string, revision: string | undefined, more: Partial<PromptVersion> = {}): PromptVersion => ({
  version: of.repeat(64),
  ...(revision !== undefined && { revision }),
  asks: 1,
  failed: 0,
  runs: 1,
  microUsd: 0,
  inputTokens: 0,
  outputTokens: 0,
  firstAt: '2026-01-01T00:00:00.000Z',
  lastAt: '2026-01-01T00:00:00.000Z',
  measures: [],
  decisions: [],
  ...more,
})
const { version: _, ...never } = version('x', 'r3')

test('rows say which is in the file, which has a label, and whose text is not kept', () => {
  const labels = [{ label: 'draft', revision: 'r2', at: '2026-01-01T00:00:00.000Z' }]
  const rows = rowsOf({ revision: 'r1', labels, versions: [version('a', 'r1'), version('b', 'r2'), version('c', undefined), never] })
  expect(rows.map(({ name, current, labels: own, hasText }) => [name, current, own, hasText])).toEqual([
    ['aaaaaaaa', true, [], true],
    ['bbbbbbbb', false, ['draft'], true],
    ['cccccccc', false, [], false],
    ['text r3', false, [], true],
  ])
})

test('what is in the file has a row of its own while nobody has asked it', () => {
  const rows = rowsOf({ revision: 'r9', labels: [], versions: [version('a', 'r1')] })
  expect(rows.map(({ ref, current }) => [ref.slice(0, 3), current])).toEqual([
    ['now', true],
    ['aaa', false],
  ])
  expect(rowsOf({ revision: 'r9', labels: [], versions: [] })).toEqual([])
})

test('the newest two whose texts differ are compared, unless others are picked', () => {
  const rows = rowsOf({
    revision: 'r1',
    labels: [],
    versions: [version('a', 'r1'), version('b', 'r1'), version('c', 'r2'), version('d', 'r3')],
  })
  const names = (picked?: string, against?: string): (string | undefined)[] =>
    pairOf(rows, picked?.repeat(64), against === 'none' ? against : against?.repeat(64)).map((row) => row?.name[0])
  expect(names()).toEqual(['a', 'c'])
  expect(names('d')).toEqual(['a', 'd'])
  expect(names('d', 'b')).toEqual(['b', 'd'])
  expect(names('b', 'none')).toEqual(['b', undefined])
  expect(pairOf([], undefined, undefined)).toEqual([undefined, undefined])
})

test('what people answered is added up over decisions', () => {
  const decisions = [
    { decision: 'one', accepted: 3, edited: 1, corrected: 1 },
    { decision: 'two', accepted: 1, edited: 2, corrected: 0 },
  ]
  const [row] = rowsOf({ revision: 'r1', labels: [], versions: [version('a', 'r1', { decisions })] })
  expect(row === undefined ? undefined : accepted(row)).toEqual({ n: 4, of: 7, corrected: 1 })
})

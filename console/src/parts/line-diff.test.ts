import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editsOf, folded, lineDiff, type Row, sizeOf } from './line-diff.ts'

const shown = (rows: readonly Row[]): string[] =>
  rows.map((row) => {
    const text = (words: readonly { text: string; changed: boolean }[]): string =>
      words.map((word) => (word.changed ? `[${word.text}]` : word.text)).join('')
    if (row.kind === 'gone') return `- ${row.left.text}`
    if (row.kind === 'new') return `+ ${row.right.text}`
    return row.kind === 'same' ? `  ${row.left.text}` : `~ ${text(row.left.words)} | ${text(row.right.words)}`
  })

test('a changed line stands beside what it was, with the words that differ', () => {
  expect(shown(lineDiff('Be kind.\nAnswer in English.\n', 'Be short.\nAnswer in English.\nSign it.\n'))).toEqual([
    '~ Be [kind]. | Be [short].',
    '  Answer in English.',
    '+ Sign it.',
  ])
})

test('lines with little in common are one taken out and one put in', () => {
  expect(shown(lineDiff('Say nothing of money.', 'Thank you!'))).toEqual(['- Say nothing of money.', '+ Thank you!'])
})

test('words put into a line are told with the spaces between them', () => {
  expect(shown(lineDiff('Answer with the queue.', 'Answer kindly, with the queue.'))).toEqual([
    '~ Answer with the queue. | Answer [kindly, ]with the queue.',
  ])
})

test('equal texts have no difference, whatever their line ends and last line break', () => {
  expect(sizeOf(lineDiff('a\r\nb\r\n', 'a\nb'))).toEqual({ added: 0, removed: 0 })
  expect(lineDiff('', '')).toEqual([])
  expect(shown(lineDiff('', 'a'))).toEqual(['+ a'])
  expect(shown(lineDiff('a', ''))).toEqual(['- a'])
})

test('what is the same far from any change is folded away, unless it is a single line', () => {
  const text = Array.from({ length: 20 }, (_, at) => `line ${at}`)
  const stretches = folded(lineDiff(text.join('\n'), text.with(10, 'other').join('\n')), 2)
  expect(stretches.map(({ kind, rows }) => [kind, rows.length])).toEqual([
    ['fold', 8],
    ['rows', 6],
    ['fold', 7],
  ])
  const near = folded(lineDiff(text.slice(0, 4).join('\n'), text.slice(0, 4).with(3, 'x').join('\n')), 2)
  expect(near.map(({ kind }) => kind)).toEqual(['rows', 'rows'])
})

test('texts with nothing in common are compared in time, however long', () => {
  const many = (word: string): string => Array.from({ length: 4000 }, (_, at) => `${word} ${at}`).join('\n')
  expect(editsOf(many('a').split('\n'), many('b').split('\n')).length).toBe(8000)
})

test('texts too different to compare count as replaced between their common ends', () => {
  const many = (word: string): string => Array.from({ length: 1100 }, (_, at) => `${word} ${at}`).join('\n')
  const edits = editsOf(`begin\n${many('a')}\nend`.split('\n'), `begin\n${many('b')}\nend`.split('\n'))
  expect(edits.length).toBe(2 * 1100 + 2)
  expect([edits[0], edits.at(-1)]).toEqual([
    { kind: 'keep', left: 0, right: 0 },
    { kind: 'keep', left: 1101, right: 1101 },
  ])
})

const list = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 })

test('the edits make the one of the other, and are as few as there can be', () => {
  fc.assert(
    fc.property(list, list, (left, right) => {
      const edits = editsOf(left, right)
      const back = (without: 'take' | 'put', from: string[], side: 'left' | 'right'): (string | undefined)[] =>
        edits.filter(({ kind }) => kind !== without).map((edit) => from[edit[side]])
      expect(back('put', left, 'left')).toEqual(left)
      expect(back('take', right, 'right')).toEqual(right)
      for (const { kind, left: at, right: to } of edits) if (kind === 'keep') expect(left[at]).toBe(right[to])
      expect(edits.filter(({ kind }) => kind !== 'keep').length).toBe(left.length + right.length - 2 * longestCommon(left, right))
    }),
  )
})

test('every line of both texts is in the comparison once, in order', () => {
  const text = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '.'), maxLength: 6 }), { maxLength: 12 })
  fc.assert(
    fc.property(text, text, (left, right) => {
      const rows = lineDiff(`${left.join('\n')}\n`, `${right.join('\n')}\n`)
      const lefts = rows.flatMap((row) => ('left' in row ? [row.left] : []))
      const rights = rows.flatMap((row) => ('right' in row ? [row.right] : []))
      expect(lefts.map(({ text: line }) => line).join('\n')).toBe(left.join('\n'))
      expect(rights.map(({ text: line }) => line).join('\n')).toBe(right.join('\n'))
      for (const side of [lefts, rights]) for (const line of side) expect(line.words.map((word) => word.text).join('')).toBe(line.text)
      expect(lefts.map(({ number }) => number)).toEqual(lefts.map((_, at) => at + 1))
    }),
  )
})

function longestCommon(one: readonly string[], other: readonly string[]): number {
  let row = Array.from({ length: other.length + 1 }, () => 0)
  for (const left of one) {
    const next = [0]
    for (const [at, right] of other.entries()) next.push(left === right ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0))
    row = next
  }
  return row.at(-1) ?? 0
}

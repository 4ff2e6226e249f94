import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineDiff, sideBySide, wordDiff } from './line-diff.ts'

const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((lines) => lines.join('\n'))
const sideOf = (parts: ReturnType<typeof lineDiff>, side: 'was' | 'is'): string[] =>
  parts.filter(({ kind }) => kind === 'same' || kind === side).map((part) => part.text)

test('both texts can be read from what differs, whatever they are', () => {
  fc.assert(
    fc.property(text, text, (was, is) => {
      const parts = lineDiff(was, is)
      expect(sideOf(parts, 'was').join('\n')).toBe(was)
      expect(sideOf(parts, 'is').join('\n')).toBe(is)
    }),
  )
})

test('no more is taken out and put in than must be', () => {
  expect(lineDiff('one\ntwo\nthree', 'one\n2\nthree')).toEqual([
    { kind: 'same', text: 'one' },
    { kind: 'was', text: 'two' },
    { kind: 'is', text: '2' },
    { kind: 'same', text: 'three' },
  ])
  expect(lineDiff('a\nb\nc\nd', 'b\nc\nd\ne').filter(({ kind }) => kind === 'same')).toHaveLength(3)
})

test('of two lines the words that differ are told, the spaces are kept', () => {
  const parts = wordDiff('Answer with the queue.', 'Answer kindly, with the queue.')
  expect(parts.filter(({ kind }) => kind === 'is')).toEqual([{ kind: 'is', text: 'kindly, ' }])
  expect(parts.some(({ kind }) => kind === 'was')).toBe(false)
  expect(parts.map((part) => part.text).join('')).toBe('Answer kindly, with the queue.')
})

test('side by side, what was taken out stands beside what was put in there', () => {
  expect(sideBySide(lineDiff('one\ntwo\nthree', 'one\n2\n2½\nthree'))).toEqual([
    { same: true, was: 'one', is: 'one' },
    { same: false, was: 'two', is: '2' },
    { same: false, is: '2½' },
    { same: true, was: 'three', is: 'three' },
  ])
})

test('texts too long and too different to compare count as replaced between their common ends', () => {
  const lines = (mark: string): string => Array.from({ length: 2100 }, (_, index) => `${mark}${index}`).join('\n')
  const parts = lineDiff(`begin\n${lines('x')}\nend`, `begin\n${lines('y')}\nend`)
  expect(parts.filter(({ kind }) => kind === 'same').map((part) => part.text)).toEqual(['begin', 'end'])
  expect(parts).toHaveLength(2 * 2100 + 2)
})

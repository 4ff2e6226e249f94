import { expect, test } from 'vitest'
import type { Noted } from './documents.ts'
import { linesOf, outermost, readEncoded } from './encoded.ts'

test('a whole result is read as names and texts, one thing to a line', () => {
  const text = JSON.stringify({ value: 'billing', note: 'First.\nSecond.', sure: 0.9, pieces: [{ title: 'Refunds' }, 'plain'], none: [] })
  expect(linesOf(readEncoded(text)).split('\n')).toEqual([
    'value: billing',
    'note:',
    '  First.',
    '  Second.',
    'sure: 0.9',
    'pieces:',
    '  –',
    '    title: Refunds',
    '  – plain',
    'none: empty list',
  ])
})

test('a result that was cut stays as it is, and is said to be cut', () => {
  const read = readEncoded('{"text":"Thank you","more":"an')
  expect(read.kind).toBe('cut')
  expect(linesOf(read)).toBe('{"text":"Thank you",\n"more":"an')
  expect(linesOf({ kind: 'cut', text: '{"text":"one\\ntwo' })).toBe('{"text":"one\ntwo')
})

test('of steps that differ the outermost are shown, also where what they are part of came out the same', () => {
  const noted = (path: string, differs: boolean): Noted => ({ path, kind: 'ask', what: 'ran', differs, why: '' })
  const steps = [
    noted('queue/propose/sort', true),
    noted('queue/propose', true),
    noted('queue', false),
    noted('queued', true),
    noted('queued[1]', true),
  ]
  expect(outermost(steps).map(({ path }) => path)).toEqual(['queue/propose', 'queued'])
})

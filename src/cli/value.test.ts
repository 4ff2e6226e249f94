import { describe, expect, it } from 'vitest'
import { encode } from '../json.ts'
import { asJson, inline, outline } from './value.ts'

describe('values for people', () => {
  it('are an outline, with text as it is', () => {
    const value = { from: 'ada', body: 'one\ntwo', tags: ['x', { deep: true }], none: [], when: new Date(0), seen: new Set(['s']) }
    expect(outline(value)).toEqual([
      'from: ada',
      'body:',
      '  one',
      '  two',
      'tags:',
      '  - x',
      '  - deep: true',
      'none: (none)',
      'when: 1970-01-01T00:00:00.000Z',
      'seen:',
      '  - s',
    ])
    expect(outline(undefined)).toEqual(['(nothing)'])
    expect(outline(new Map([['k', 1n]]))).toEqual(['k: 1'])
    expect(outline(new Uint8Array(3))).toEqual(['3 bytes'])
  })

  it('carry no control characters, in keys or values', () => {
    expect(outline({ 'k\u001b[2J': ['v\u0007'] })).toEqual(['k␛[2J:', '  - v␇'])
    expect(inline({ a: '\u001b]0;title' }, 80)).toBe('{ a: "\\u001b]0;title" }')
  })

  it('are cut on a line', () => {
    expect(inline({ a: 'x'.repeat(50), b: 1 }, 12)).toBe('{ a: "xxxxx…')
    expect(inline('two\nlines', 40)).toBe('two ⏎ lines')
  })
})

it('values for programs are the journal’s own JSON, in which nothing is lost', () => {
  expect(asJson(encode({ at: new Date(0), n: 1n }))).toEqual({
    at: { $rondo: 'date', value: '1970-01-01T00:00:00.000Z' },
    n: { $rondo: 'bigint', value: '1' },
  })
  expect(asJson(undefined)).toBeUndefined()
})

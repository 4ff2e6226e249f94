import { describe, expect, it } from 'vitest'
import { columns, cut, oneLine, pad, plain, relative, shortId, size, width } from './text.ts'

describe('text for a terminal', () => {
  it('makes every control character visible, and keeps line breaks', () => {
    expect(plain('a\u001b[31mred\u0007\u009b2J\r\nb\tc\u0000')).toBe('a␛[31mred␇\\u009b2J\nb  c␀')
    expect(plain('\u202eevil\u2066')).toBe('\\u202eevil\\u2066')
    expect(plain('Grüße, 你好 👋🏽')).toBe('Grüße, 你好 👋🏽')
  })

  it('puts text on one line, a lone carriage return included', () => {
    expect(oneLine('one\n  two\rthree')).toBe('one ⏎ two␍three')
  })

  it('measures and cuts by columns, not characters', () => {
    expect([width('abc'), width('你好'), width('é'), width('👋🏽'), width('\u001b[31mred\u001b[39m')]).toEqual([3, 4, 1, 2, 3])
    expect(cut('你好吗', 5)).toBe('你好…')
    expect(cut('short', 5)).toBe('short')
    expect(width(cut('a👨‍👩‍👧‍👦b'.repeat(9), 10))).toBeLessThanOrEqual(10)
    expect(pad('你', 4)).toBe('你  ')
  })

  it('sets rows in aligned columns, numbers to the right', () => {
    expect(
      columns(
        ['name', '>n'],
        [
          ['a', '1'],
          ['你好', '22'],
        ],
        (text) => text,
      ),
    ).toEqual(['name   n', 'a      1', '你好  22'])
  })

  it('says times as people do', () => {
    const now = Date.UTC(2026, 0, 31)
    expect([0, 500, 5000, 90_000, 7_200_000, -7_200_000, -400].map((ms) => relative(now - ms, now))).toEqual([
      'now',
      'now',
      '5s ago',
      '1m ago',
      '2h ago',
      'in 2h',
      'in 400ms',
    ])
    expect(relative(Date.UTC(2025, 1, 3), now)).toBe('2025-02-03')
  })

  it('shortens long ids to the end that differs, and sizes to three digits', () => {
    expect(shortId('01a20d41-3285-73b5-a004-d2df4ef6abd4')).toBe('…4ef6abd4')
    expect(shortId('mail-17')).toBe('mail-17')
    expect([size(0), size(999), size(131_072), size(2_500_000_000)]).toEqual(['0 B', '999 B', '131 KB', '2.5 GB'])
  })
})

import { describe, expect, test } from 'vitest'
import { chart, percent, spark } from './chart.ts'

describe('a chart', () => {
  test('stands as high as the shares are, with times below its ends', () => {
    const drawn = chart([1, 0.5, 1 / 12, 0, 0, 0, 0, 0, 0, 0, 0, 0], ['Jan 1', 'Feb 1'])
    expect(drawn).toEqual([
      '100 % ┤██',
      '      │██',
      '      │██',
      ' 50 % ┤████',
      '      │████',
      '      │████▄▄',
      '  0 % └────────────────────────',
      '       Jan 1              Feb 1',
    ])
  })

  test('keeps its labels apart where there is little room', () => {
    expect(chart([1], ['2026-01-01', '2026-02-01']).at(-1)?.trim()).toBe('2026-01-01 – 2026-02-01')
  })

  test('as a spark shows every share above nothing', () => {
    expect(spark([1, 0.5, 0.001, 0])).toBe('█▄▁▁')
    expect(spark([])).toBe('')
  })
})

test('shares are said as precisely as they are read', () => {
  expect([1, 0.123, 0.0534, 0.004, 0, undefined].map(percent)).toEqual(['100 %', '12 %', '5.3 %', '0.4 %', '0 %', '–'])
})

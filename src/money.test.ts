import { expect, test } from 'vitest'
import { addUsage, humanUsd, microUsd, NO_USAGE } from './money.ts'

test('usage adds up, and adding nothing changes nothing', () => {
  const one = { inputTokens: 1, outputTokens: 2, microUsd: 3, attentionMs: 4 }
  expect(addUsage(one, one)).toEqual({ inputTokens: 2, outputTokens: 4, microUsd: 6, attentionMs: 8 })
  expect(addUsage(one, NO_USAGE)).toEqual(one)
})

test('dollars are whole micro-dollars, and read as people write them', () => {
  expect([microUsd(0.02), microUsd(0.1 + 0.2), microUsd(1e-7)]).toEqual([20_000, 300_000, 0])
  expect([0, 123, 12_300, 12_400_000].map(humanUsd)).toEqual(['$0.00', '$0.0001', '$0.0123', '$12.40'])
})

import type { LanguageModelV4Usage } from '@ai-sdk/provider'
import { describe, expect, it } from 'vitest'
import { costOf, PRICES, type Price, priceOf } from './prices.ts'

const used = (total: number | undefined, output: number | undefined, cacheRead?: number, cacheWrite?: number): LanguageModelV4Usage => ({
  inputTokens: { total, noCache: undefined, cacheRead, cacheWrite },
  outputTokens: { total: output, text: undefined, reasoning: undefined },
})
const price: Price = { input: 2, cachedInput: 0.5, cacheWrite: 2.5, output: 8, long: { above: 1000, input: 4, cachedInput: 1, output: 12 } }

describe('prices', () => {
  it('are dollars per million tokens, so that tokens times a price are micro-dollars', () => {
    expect(costOf(price, used(100, 10))).toBe(100 * 2 + 10 * 8)
  })

  it('tell cached input and cache writes from the rest of the input', () => {
    expect(costOf(price, used(100, 10, 60, 30))).toBe(10 * 2 + 60 * 0.5 + 30 * 2.5 + 10 * 8)
    expect(costOf({ input: 2, output: 8 }, used(100, 10, 60, 30))).toBe(100 * 2 + 10 * 8)
  })

  it('of a long request apply to all of it', () => {
    expect(costOf(price, used(1000, 10))).toBe(1000 * 2 + 10 * 8)
    expect(costOf(price, used(1001, 10, 1000))).toBe(1 * 4 + 1000 * 1 + 10 * 12)
  })

  it('say nothing when the provider did not count', () => {
    expect(costOf(price, used(undefined, 10))).toBeUndefined()
    expect(costOf(price, used(10, undefined))).toBeUndefined()
  })

  it('are found by exact name or by provider, a table of the user first, and are never guessed', () => {
    const own = { 'openai/gpt-4o': price, 'local/*': { input: 0, output: 0 } }
    expect(priceOf('openai/gpt-4o', [own, PRICES])).toBe(price)
    expect(priceOf('openai/gpt-4o-mini', [own, PRICES])).toEqual({ input: 0.15, cachedInput: 0.075, output: 0.6 })
    expect(priceOf('local/hf.co/x/y', [own, PRICES])).toEqual({ input: 0, output: 0 })
    expect(priceOf('openai/gpt-4o-2024-05-13', [own, PRICES])).toBeUndefined()
  })

  it('of the built-in table never charge more for cached input than for fresh, nor less for output than for input', () => {
    for (const { input, cachedInput, output, long } of Object.values(PRICES)) {
      expect(cachedInput).toBeLessThan(input)
      expect(output).toBeGreaterThan(input)
      if (long !== undefined) expect(long.input).toBeGreaterThan(input)
    }
  })
})

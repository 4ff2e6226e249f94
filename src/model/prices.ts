/**
 * What models cost: USD per million tokens, so that tokens times a price are micro-dollars.
 *
 * Owns: a dated table of well-known models' list prices, and the arithmetic. Never: guesses. A model is found under the very name
 * it is asked for by, or under its provider's `provider/*`; else its price is unknown and said to be so. Batch, priority and
 * regional rates, tools run by the provider and one-hour cache writes are not in it.
 */
import type { LanguageModelV4Usage } from '@ai-sdk/provider'

/** USD per million tokens. */
export interface Price {
  readonly input: number
  /** Of input read from the provider's cache; as `input` unless given. */
  readonly cachedInput?: number
  /** Of input written to the provider's cache; as `input` unless given. */
  readonly cacheWrite?: number
  /** Reasoning included. */
  readonly output: number
  /** The rates of a whole request whose input is longer than `above` tokens. */
  readonly long?: { readonly above: number; readonly input: number; readonly cachedInput?: number; readonly output: number }
}

/** By `provider/model`, or `provider/*` for every model of a provider that has no price of its own. */
export type PriceTable = Readonly<Record<string, Price>>

// The list below is of 2026-07-24.
const SONNET: Price = { input: 3, cachedInput: 0.3, cacheWrite: 3.75, output: 15 }
const OPUS: Price = { input: 5, cachedInput: 0.5, cacheWrite: 6.25, output: 25 }

/** List prices as LiteLLM's `model_prices_and_context_window.json` (synced from the providers' pages) had them on the day above. */
export const PRICES: PriceTable = {
  'openai/gpt-4o': { input: 2.5, cachedInput: 1.25, output: 10 },
  'openai/gpt-4o-mini': { input: 0.15, cachedInput: 0.075, output: 0.6 },
  'openai/gpt-4.1': { input: 2, cachedInput: 0.5, output: 8 },
  'openai/gpt-4.1-mini': { input: 0.4, cachedInput: 0.1, output: 1.6 },
  'openai/gpt-4.1-nano': { input: 0.1, cachedInput: 0.025, output: 0.4 },
  'openai/gpt-5': { input: 1.25, cachedInput: 0.125, output: 10 },
  'openai/gpt-5-mini': { input: 0.25, cachedInput: 0.025, output: 2 },
  'openai/gpt-5-nano': { input: 0.05, cachedInput: 0.005, output: 0.4 },
  'openai/gpt-5.4': { input: 2.5, cachedInput: 0.25, output: 15, long: { above: 272_000, input: 5, cachedInput: 0.5, output: 22.5 } },
  'openai/gpt-5.4-mini': { input: 0.75, cachedInput: 0.075, output: 4.5 },
  'openai/gpt-5.4-nano': { input: 0.2, cachedInput: 0.02, output: 1.25 },
  'openai/gpt-5.5': { input: 5, cachedInput: 0.5, output: 30, long: { above: 272_000, input: 10, cachedInput: 1, output: 45 } },
  'anthropic/claude-haiku-4-5': { input: 1, cachedInput: 0.1, cacheWrite: 1.25, output: 5 },
  'anthropic/claude-sonnet-4-6': SONNET,
  'anthropic/claude-sonnet-5': { input: 2, cachedInput: 0.2, cacheWrite: 2.5, output: 10 },
  'anthropic/claude-opus-4-6': OPUS,
  'anthropic/claude-opus-4-7': OPUS,
  'anthropic/claude-opus-4-8': OPUS,
  'anthropic/claude-opus-5': OPUS,
  'google/gemini-2.5-pro': {
    input: 1.25,
    cachedInput: 0.125,
    output: 10,
    long: { above: 200_000, input: 2.5, cachedInput: 0.25, output: 15 },
  },
  'google/gemini-2.5-flash': { input: 0.3, cachedInput: 0.03, output: 2.5 },
  'google/gemini-2.5-flash-lite': { input: 0.1, cachedInput: 0.01, output: 0.4 },
  'google/gemini-3.5-flash': { input: 1.5, cachedInput: 0.15, output: 9 },
}

/** The price of `provider/model` in the first table that knows it. */
export function priceOf(model: string, tables: readonly PriceTable[]): Price | undefined {
  const any = `${model.slice(0, model.indexOf('/'))}/*`
  return tables.map((table) => table[model] ?? table[any]).find((price) => price !== undefined)
}

/** What the tokens cost in whole micro-dollars; `undefined` when the provider did not say how many there were. */
export function costOf(price: Price, usage: LanguageModelV4Usage): number | undefined {
  const { total, cacheRead = 0, cacheWrite = 0 } = usage.inputTokens
  if (total === undefined || usage.outputTokens.total === undefined) return undefined
  const rates = price.long !== undefined && total > price.long.above ? price.long : price
  const written = rates === price ? (price.cacheWrite ?? price.input) : rates.input
  const input = (total - cacheRead - cacheWrite) * rates.input + cacheRead * (rates.cachedInput ?? rates.input) + cacheWrite * written
  return Math.round(input + usage.outputTokens.total * rates.output)
}

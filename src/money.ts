/**
 * What a step used up: tokens, money and people's attention.
 *
 * Money is in integer micro-dollars (1 USD = 1,000,000); attention in milliseconds of a person's time.
 */

export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly microUsd: number
  readonly attentionMs: number
}

export const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0, microUsd: 0, attentionMs: 0 }

export function addUsage(one: Usage, other: Usage): Usage {
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    microUsd: one.microUsd + other.microUsd,
    attentionMs: one.attentionMs + other.attentionMs,
  }
}

/** Dollars as people write them, to micro-dollars: 0.02 → 20000. */
export function microUsd(usd: number): number {
  return Math.round(usd * 1_000_000)
}

/** Micro-dollars as people read them: `$0.0123`, `$12.40`. */
export function humanUsd(micro: number): string {
  const usd = micro / 1_000_000
  return `$${usd !== 0 && Math.abs(usd) < 1 ? usd.toFixed(4) : usd.toFixed(2)}`
}

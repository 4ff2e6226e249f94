/**
 * What one call came to: the attempts that failed, what all attempts together used, and the error when none was left.
 *
 * Never: decides anything.
 */
import type { LanguageModelV4Usage } from '@ai-sdk/provider'
import { RondoError } from '../errors.ts'
import { addUsage, NO_USAGE, type Usage } from '../money.ts'
import type { Failure } from './failure.ts'
import type { FailedAttempt } from './model-call.ts'
import { costOf, type Price } from './prices.ts'

export class Tally {
  readonly attempts: FailedAttempt[] = []
  usage: Usage = NO_USAGE
  /** Whether `usage.microUsd` is all of it. */
  priced = true
  /** Of each model the last failure. */
  readonly #last = new Map<string, Failure & { readonly tries: number }>()

  failed(model: string, failure: Failure, tries: number, waitedMs: number): void {
    this.#last.set(model, { ...failure, tries })
    this.attempts.push({ model, error: failure.message, waitedMs, ...(failure.status !== undefined && { status: failure.status }) })
  }

  spent(price: Price | undefined, usage: LanguageModelV4Usage): void {
    const cost = price === undefined ? undefined : costOf(price, usage)
    if (cost === undefined) this.priced = false
    const tokens = { inputTokens: usage.inputTokens.total ?? 0, outputTokens: usage.outputTokens.total ?? 0 }
    this.usage = addUsage(this.usage, { ...NO_USAGE, ...tokens, microUsd: cost ?? 0 })
  }

  error(): RondoError {
    const failures = [...this.#last]
    const limited = failures.every(([, failure]) => failure.limited)
    const waits = failures.flatMap(([, failure]) => failure.retryAfterMs ?? [])
    const status = failures.at(-1)?.[1].status
    const hint = limited ? ' Set `requestsPerMinute` or `concurrency` for the model, name fallbacks, or try again later.' : ''
    return new RondoError(limited ? 'model_rate_limited' : 'model_failed', failures.map(inWords).join(' ') + hint, {
      terminal: failures.every(([, failure]) => !failure.again && !failure.limited),
      details: {
        model: failures[0]?.[0],
        ...(status !== undefined && { status }),
        ...(waits.length > 0 && { retryAfterMs: Math.min(...waits) }),
        attempts: this.attempts,
        usage: this.usage,
        priced: this.priced,
      },
    })
  }
}

function inWords([model, { message, tries }]: [string, Failure & { readonly tries: number }]): string {
  return `${model} did not answer${tries > 1 ? ` in ${tries} attempts` : ''}: ${message}${message.endsWith('.') ? '' : '.'}`
}

/** All the tokens of a call; `undefined` when the provider did not say. */
export function tokensOf({ inputTokens, outputTokens }: LanguageModelV4Usage): number | undefined {
  return inputTokens.total === undefined ? undefined : inputTokens.total + (outputTokens.total ?? 0)
}

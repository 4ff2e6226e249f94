/**
 * One call from start to reply: each model in turn, each tried as often as it makes sense.
 *
 * Owns: attempts, waits between them, timeouts, and the way from a model to its fallbacks.
 * Never: knows a provider.
 * Invariants:
 *   M1. Whoever listened to an attempt that came to nothing is told so (`onRestart`) before anything else is delivered.
 *   M2. What a failed attempt is known to have used is counted, in the reply or in the error's `details.usage`.
 *   M3. When the caller's signal aborts, nothing more is asked, and the call throws the signal's reason.
 *   M4. While a call is under way the process stays: the clock's timers alone would let it end in the middle of a wait.
 *   M5. Errors carry no `cause`: the clients' errors hold requests, headers and answers.
 */
import { MessageChannel } from 'node:worker_threads'
import type { LanguageModelV4, LanguageModelV4CallOptions, SharedV4ProviderOptions } from '@ai-sdk/provider'
import type { Clock } from '../clock.ts'
import { humanDuration } from '../duration.ts'
import { RondoError } from '../errors.ts'
import { retryDelay } from '../flow/retry.ts'
import type { Retry } from '../flow/run.ts'
import { type Failure, failureOf, Unanswered } from './failure.ts'
import { attempt, type Gathered, unlessAborted } from './gather.ts'
import { type Limits, LineHeld } from './limits.ts'
import type { CallScope, ModelCall, ModelReply } from './model-call.ts'
import type { Price } from './prices.ts'
import { said } from './reply.ts'
import { Tally, tokensOf } from './tally.ts'

/** A model with everything the system knows of it. */
export interface ReadyModel {
  readonly name: string
  readonly model: LanguageModelV4
  readonly limits: Limits
  readonly price: Price | undefined
  readonly timeoutMs: number
  readonly longestWaitMs: number
  readonly retry: Retry
  /** What asks this provider for log-probabilities; `undefined` when it is not known to have any. */
  readonly logProbabilityOptions: SharedV4ProviderOptions | undefined
  readonly secrets: readonly string[]
}

export interface CallSystem {
  readonly clock: Clock
  /** Seeds the jitter of this call's waits. */
  readonly seed: string
  ready(name: string): Promise<ReadyModel>
}

/** Makes the call on the first of the models that answers. */
export async function makeCall(names: readonly string[], call: ModelCall, scope: CallScope, system: CallSystem): Promise<ModelReply> {
  const making = new Making(call, scope, system)
  const { port1: stay } = new MessageChannel()
  stay.ref()
  try {
    for (const [index, name] of names.entries()) {
      const model = await making.ready(name, index > 0)
      const reply = model === undefined ? undefined : await making.askOften(model)
      if (reply !== undefined) return reply
    }
    throw making.tally.error()
  } finally {
    stay.close()
  }
}

class Making {
  readonly #call: ModelCall
  readonly #scope: CallScope
  readonly #system: CallSystem
  readonly #startedAt: number
  readonly #estimate: number
  readonly tally = new Tally()

  constructor(call: ModelCall, scope: CallScope, system: CallSystem) {
    this.#call = call
    this.#scope = scope
    this.#system = system
    this.#startedAt = system.clock.now()
    this.#estimate = estimate(call)
  }

  /** A fallback that is not set up is a failed attempt; the model that was asked for must be. */
  async ready(name: string, fallback: boolean): Promise<ReadyModel | undefined> {
    try {
      return await this.#system.ready(name)
    } catch (error) {
      if (!fallback || !(error instanceof RondoError)) throw error
      this.tally.failed(name, { again: false, limited: false, message: error.message }, 0, 0)
      return undefined
    }
  }

  /** The reply, or `undefined` when this model will not give one. */
  async askOften(ready: ReadyModel): Promise<ModelReply | undefined> {
    for (let tries = 1; ; tries++) {
      const outcome = await this.#ask(ready)
      if ('content' in outcome) return this.#reply(ready, outcome)
      const wait = this.#waitAfter(outcome, ready, tries)
      this.tally.failed(ready.name, outcome, tries, wait ?? 0)
      if (wait === undefined) return undefined
      await this.#wait(wait)
    }
  }

  async #ask(ready: ReadyModel): Promise<Gathered | Failure> {
    const { clock } = this.#system
    const outer = this.#scope.signal
    const timeoutMs = this.#call.timeoutMs ?? ready.timeoutMs
    const pass = await this.#enter(ready)
    if ('again' in pass) return pass
    const late = new AbortController()
    const takeBack = clock.at(clock.now() + timeoutMs, () =>
      late.abort(new Unanswered(`no answer within ${humanDuration(timeoutMs)}. Give it more time with \`timeout\`, or ask for less`)),
    )
    const heard = this.#listen()
    const signal = AbortSignal.any([outer, late.signal])
    const outcome = await attempt(ready.model, this.#options(ready), { clock, signal, ...heard.listening }).finally(takeBack)
    if (outcome.kind === 'answered') {
      pass.leave('answered', tokensOf(outcome.gathered.usage))
      this.tally.spent(ready.price, outcome.gathered.usage)
      return outcome.gathered
    }
    const failure = failureOf(outcome.thrown, { secrets: ready.secrets, messages: this.#call.messages }, clock.now())
    if (outcome.usage !== undefined) this.tally.spent(ready.price, outcome.usage)
    pass.leave(failure.limited ? 'limited' : 'failed', outcome.usage === undefined ? undefined : tokensOf(outcome.usage))
    if (heard.any()) this.#scope.onRestart?.()
    if (outer.aborted) throw stopped(outer)
    return failure
  }

  async #enter(ready: ReadyModel): Promise<Awaited<ReturnType<Limits['enter']>> | Failure> {
    try {
      return await ready.limits.enter(this.#estimate, this.#scope.signal)
    } catch (error) {
      if (this.#scope.signal.aborted) throw stopped(this.#scope.signal)
      if (!(error instanceof LineHeld)) throw error
      const wait = error.untilMs - this.#system.clock.now()
      return {
        again: false,
        limited: true,
        retryAfterMs: wait,
        message: `the provider asked for no calls in the next ${humanDuration(wait)}`,
      }
    }
  }

  #listen(): { listening: { onDelta?: (text: string) => void }; any(): boolean } {
    const { onDelta } = this.#scope
    let any = false
    if (onDelta === undefined) return { listening: {}, any: () => any }
    const heard = (text: string): void => {
      any = true
      onDelta(text)
    }
    return { listening: { onDelta: heard }, any: () => any }
  }

  #options(ready: ReadyModel): LanguageModelV4CallOptions {
    const { messages, settings, json, tools, toolChoice, logProbabilities } = this.#call
    const asked = logProbabilities === true ? ready.logProbabilityOptions : undefined
    return {
      ...settings,
      prompt: [...messages],
      ...(json !== undefined && { responseFormat: { type: 'json', schema: json.schema, name: json.name } }),
      ...(tools !== undefined && tools.length > 0 && { tools: [...tools] }),
      ...(toolChoice !== undefined && { toolChoice }),
      ...(asked !== undefined && { providerOptions: joined(settings.providerOptions, asked) }),
    }
  }

  /** Milliseconds before this model is asked again; `undefined` when it is not to be. Tells its other callers what was learned. */
  #waitAfter(failure: Failure, ready: ReadyModel, tries: number): number | undefined {
    const backoff = retryDelay(ready.retry, 'read', tries, undefined, `${this.#system.seed}:${ready.name}`)
    const asked = failure.retryAfterMs ?? 0
    const { clock } = this.#system
    if (failure.limited && failure.status !== undefined) ready.limits.hold(clock.now() + Math.max(asked, backoff ?? 0))
    if (!failure.again || backoff === undefined || asked > ready.longestWaitMs) return undefined
    return Math.max(backoff, asked)
  }

  async #wait(ms: number): Promise<void> {
    const { clock } = this.#system
    let takeBack = (): void => {}
    const woken = new Promise<void>((resolve) => {
      takeBack = clock.at(clock.now() + ms, resolve)
    })
    try {
      await unlessAborted(woken, this.#scope.signal)
    } catch {
      throw stopped(this.#scope.signal)
    } finally {
      takeBack()
    }
  }

  #reply(ready: ReadyModel, gathered: Gathered): ModelReply {
    const reply = said(gathered, this.#call)
    const unasked = this.#call.logProbabilities === true && ready.logProbabilityOptions === undefined
    return {
      ...reply,
      warnings: unasked
        ? [...reply.warnings, `${ready.name} was not asked for log-probabilities: it is not known to have any`]
        : reply.warnings,
      model: ready.name,
      usage: this.tally.usage,
      priced: this.tally.priced,
      ms: this.#system.clock.now() - this.#startedAt,
      failedAttempts: this.tally.attempts,
    }
  }
}

function stopped(signal: AbortSignal): unknown {
  return signal.reason instanceof Error ? signal.reason : new RondoError('stopped', 'The call of the model was stopped.')
}

function joined(one: SharedV4ProviderOptions | undefined, other: SharedV4ProviderOptions): SharedV4ProviderOptions {
  const keys = Object.entries(other).map(([key, options]): [string, typeof options] => [key, { ...one?.[key], ...options }])
  return { ...one, ...Object.fromEntries(keys) }
}

/** What a call will use, before anyone knows: about four characters to a token, and the output it may have. */
function estimate(call: ModelCall): number {
  return Math.ceil(JSON.stringify(call.messages).length / 4) + (call.settings.maxOutputTokens ?? 0)
}

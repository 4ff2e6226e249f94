/**
 * One call of a language model, as the orchestrator sees it: what goes in, what comes out, and who makes it.
 *
 * Owns: the contract between those who need an answer (prompts, judges) and the models of a system. Never: how a call is made.
 */
import type {
  JSONSchema7,
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolChoice,
} from '@ai-sdk/provider'
import { serviceKey } from '../flow/service.ts'
import type { Usage } from '../money.ts'
import type { Price } from './prices.ts'

/** What a prompt file may set: everything of a call that can change the answer, besides its text. */
export type ModelSettings = Pick<
  LanguageModelV4CallOptions,
  | 'maxOutputTokens'
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'presencePenalty'
  | 'frequencyPenalty'
  | 'stopSequences'
  | 'seed'
  | 'reasoning'
  | 'providerOptions'
>

export interface ModelCall {
  /** `provider/model`; the system's default model when `undefined`. */
  readonly model: string | undefined
  /** Tried in order when the model before cannot answer (after its own retries). */
  readonly fallbacks?: readonly string[]
  readonly messages: LanguageModelV4Prompt
  readonly settings: ModelSettings
  /** The answer is to be JSON of this schema. */
  readonly json?: { readonly schema: JSONSchema7; readonly name: string }
  readonly tools?: readonly LanguageModelV4FunctionTool[]
  readonly toolChoice?: LanguageModelV4ToolChoice
  /** For one attempt. Default: the system's. */
  readonly timeoutMs?: number
  /** Asks for the log-probability of each token; a provider that has none is not asked, and a warning says so. */
  readonly logProbabilities?: boolean
}

/** What the caller is told and may do while a call is under way. */
export interface CallScope {
  readonly signal: AbortSignal
  /** Gets text as it streams in, and makes the call a streaming one. An attempt that is given up on is announced by `restart`. */
  readonly onDelta?: (text: string) => void
  readonly onRestart?: () => void
}

export interface ToolRequest {
  readonly id: string
  readonly tool: string
  /** The arguments as the model wrote them: JSON text, not yet checked. */
  readonly input: string
}

/** A try that failed, for the record: which model, why, and how long it was waited before the next. */
export interface FailedAttempt {
  readonly model: string
  readonly error: string
  readonly status?: number
  readonly waitedMs: number
}

export interface ModelReply {
  readonly text: string
  readonly reasoning?: string
  readonly toolRequests: readonly ToolRequest[]
  /**
   * The answer as it goes into the next call's messages: with what some providers insist on getting back beside text and tool
   * calls (signed reasoning, thought signatures). Plain JSON.
   */
  readonly message?: LanguageModelV4Message
  readonly finish: 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'other'
  /** The model that answered, `provider/model` as it was asked for. */
  readonly model: string
  /** What the provider says answered, where it says so. */
  readonly answeredBy?: string
  /** Of all attempts that were paid for. */
  readonly usage: Usage
  /** False when the price of the model is not known: `usage.microUsd` is 0 then. */
  readonly priced: boolean
  /** Milliseconds from the first attempt to the whole answer. */
  readonly ms: number
  /** Log-probability of each token of the answer, where the provider was asked for them and gives them. */
  readonly logProbabilities?: readonly { readonly token: string; readonly logProbability: number }[]
  readonly warnings: readonly string[]
  readonly failedAttempts: readonly FailedAttempt[]
}

export interface Models {
  /**
   * Makes the call, with retries, fallbacks, limits and timeout. Throws `model_unknown`, `model_rate_limited`, `model_failed`
   * (terminal where trying again cannot help); the error's `usage` in `details` says what was spent all the same.
   */
  call(call: ModelCall, scope: CallScope): Promise<ModelReply>
  /** The name a call without a model would use, or with one would resolve to. Throws `model_unknown`, saying how to configure one. */
  nameOf(model: string | undefined): string
  /** What tokens of the model cost; `undefined` when that is not known, and its calls count as free. Throws `model_unknown`. */
  priceOf(model: string | undefined): Price | undefined
}

export const models = serviceKey<Models>('models')

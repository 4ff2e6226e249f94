/**
 * A provider of language models: what a config may say it is, and what Rondo makes of that.
 *
 * Owns: the forms of a provider in a config, and the loading of the optional packages. Never: calls a model.
 */
import type { LanguageModelV4, SharedV4ProviderOptions } from '@ai-sdk/provider'
import { RondoError } from '../../errors.ts'

/** A ready provider: makes models by their name without the provider's. */
export interface Provider {
  model(name: string): LanguageModelV4
  /** What asks a model of it for log-probabilities; `undefined` when it is not known to have any. */
  logProbabilityOptions(model: LanguageModelV4): SharedV4ProviderOptions | undefined
  /** What must not appear in any message. */
  readonly secrets: readonly string[]
}

/** An AI SDK provider as its package makes it: `createMistral()`, `google`. */
export interface ModelFactory {
  languageModel(model: string): LanguageModelV4
}

/** What `providers` in a config maps a name to: an AI SDK provider, a function that makes models, or settings. */
export type ProviderSource = ModelFactory | ((model: string) => LanguageModelV4) | ProviderSettings

interface Common {
  readonly apiKey?: string
  /** The environment variable that holds the key: what a config that is committed should say. */
  readonly apiKeyEnv?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface OpenAiSettings extends Common {
  readonly type: 'openai'
  readonly baseURL?: string
  /** Default `chat`; see openai.ts for why. */
  readonly api?: 'chat' | 'responses'
}

export interface AnthropicSettings extends Common {
  readonly type: 'anthropic'
  readonly baseURL?: string
}

/** Any server that speaks OpenAI's chat completions: vLLM, TGI, llama.cpp, LM Studio, OpenRouter, … */
export interface OpenAiCompatibleSettings extends Common {
  readonly type: 'openai-compatible'
  readonly baseURL: string
  /** Whether it takes a JSON schema for the answer. Default true; else it is asked for JSON of any form. */
  readonly structuredOutputs?: boolean
}

export type ProviderSettings = OpenAiSettings | AnthropicSettings | OpenAiCompatibleSettings

export type Environment = Readonly<Record<string, string | undefined>>

/** An optional package, or `package_missing` with what to type. */
export async function loadPackage<Module>(name: string, provider: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (cause) {
    if (!isMissing(cause)) throw cause
    throw new RondoError('package_missing', `Models of "${provider}" need the package ${name}. Install it: npm i ${name}`, {
      cause,
      details: { package: name, provider },
      terminal: true,
    })
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND')
}

/** What the environment sets; an empty variable sets nothing. */
export function variable(env: Environment, name: string): string | undefined {
  return env[name] || undefined
}

/** The key the settings name. Throws `config_invalid` when they name a variable that is not set. */
export function keyOf(settings: Common, provider: string, env: Environment): string | undefined {
  if (settings.apiKey !== undefined || settings.apiKeyEnv === undefined) return settings.apiKey
  const key = variable(env, settings.apiKeyEnv)
  if (key !== undefined) return key
  throw unset(provider, settings.apiKeyEnv)
}

/** What asks a model someone else made for log-probabilities: OpenAI's are known by what they call their provider. */
export function ownLogProbabilityOptions(model: LanguageModelV4): SharedV4ProviderOptions | undefined {
  return /^(openai|azure)/.test(model.provider) ? { openai: { logprobs: true } } : undefined
}

/** What of the settings must never be shown: the key, and headers, which may hold one. */
export function secretsOf(apiKey: string | undefined, settings: Common): string[] {
  return [apiKey ?? '', ...Object.values(settings.headers ?? {})].filter((secret) => secret.length >= 8)
}

export function unset(provider: string, name: string): RondoError {
  return new RondoError(
    'config_invalid',
    `Models of "${provider}" need an API key: set the environment variable ${name}, or name another one with apiKeyEnv in the config's providers.`,
    { details: { provider, variable: name }, terminal: true },
  )
}

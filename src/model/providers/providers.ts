/**
 * Which providers there are: those a config names, and those the environment makes known.
 *
 * Owns: the way from a provider's name to the provider. Never: reads a package before a model of it is called.
 * Known without any config: `openai` (OPENAI_API_KEY, OPENAI_BASE_URL), `anthropic` (ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN,
 * ANTHROPIC_BASE_URL), `ollama` (OLLAMA_HOST, else this machine; OLLAMA_API_KEY) and `openai-compatible`
 * (OPENAI_COMPATIBLE_BASE_URL, OPENAI_COMPATIBLE_API_KEY).
 */
import type { LanguageModelV4 } from '@ai-sdk/provider'
import { RondoError } from '../../errors.ts'
import { anthropic } from './anthropic.ts'
import { openAi } from './openai.ts'
import { openAiCompatible } from './openai-compatible.ts'
import {
  type Environment,
  type ModelFactory,
  type OpenAiCompatibleSettings,
  ownLogProbabilityOptions,
  type Provider,
  type ProviderSettings,
  type ProviderSource,
  variable,
} from './provider.ts'

const BUILT_IN = ['openai', 'anthropic', 'ollama', 'openai-compatible']

export class Providers {
  readonly #sources: Readonly<Record<string, ProviderSource>>
  readonly #env: Environment
  readonly #ready = new Map<string, Promise<Provider>>()

  constructor(sources: Readonly<Record<string, ProviderSource>>, env: Environment) {
    this.#sources = sources
    this.#env = env
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#sources, name) || BUILT_IN.includes(name)
  }

  names(): string[] {
    return [...new Set([...Object.keys(this.#sources), ...BUILT_IN])]
  }

  /** The provider, made once; a failure is not kept, so that a key set later is found. */
  get(name: string): Promise<Provider> {
    const ready = this.#ready.get(name)
    if (ready !== undefined) return ready
    const making = this.#make(name)
    this.#ready.set(name, making)
    making.catch(() => this.#ready.delete(name))
    return making
  }

  async #make(name: string): Promise<Provider> {
    const source = (Object.hasOwn(this.#sources, name) ? this.#sources[name] : undefined) ?? builtIn(name, this.#env)
    if (typeof source === 'function' || 'languageModel' in source) return ofFactory(name, source)
    switch (source.type) {
      case 'openai':
        return openAi(name, source, this.#env)
      case 'anthropic':
        return anthropic(name, source, this.#env)
      case 'openai-compatible':
        return openAiCompatible(name, source, this.#env)
    }
  }
}

function builtIn(name: string, env: Environment): ProviderSettings {
  switch (name) {
    case 'openai':
    case 'anthropic':
      return { type: name }
    case 'ollama':
      return {
        ...compatible(ollamaUrl(variable(env, 'OLLAMA_HOST'))),
        ...(variable(env, 'OLLAMA_API_KEY') !== undefined && { apiKeyEnv: 'OLLAMA_API_KEY' }),
      }
    default: {
      const baseURL = variable(env, 'OPENAI_COMPATIBLE_BASE_URL')
      if (baseURL === undefined)
        throw new RondoError(
          'config_invalid',
          'Models of "openai-compatible" need to know their server: set OPENAI_COMPATIBLE_BASE_URL (such as http://localhost:8000/v1), and OPENAI_COMPATIBLE_API_KEY if it wants a key.',
          { details: { provider: name, variable: 'OPENAI_COMPATIBLE_BASE_URL' }, terminal: true },
        )
      return {
        ...compatible(baseURL),
        ...(variable(env, 'OPENAI_COMPATIBLE_API_KEY') !== undefined && { apiKeyEnv: 'OPENAI_COMPATIBLE_API_KEY' }),
      }
    }
  }
}

function compatible(baseURL: string): OpenAiCompatibleSettings {
  return { type: 'openai-compatible', baseURL }
}

/** `OLLAMA_HOST` in the forms Ollama itself takes (`0.0.0.0`, `host:port`, a URL), as the base URL of its OpenAI API. */
function ollamaUrl(given = '127.0.0.1'): string {
  const whole = /^https?:\/\//.test(given)
  if (!URL.canParse(whole ? given : `http://${given}`))
    throw new RondoError('config_invalid', 'OLLAMA_HOST is no address. Write host:port or a URL, such as http://127.0.0.1:11434.', {
      details: { provider: 'ollama', variable: 'OLLAMA_HOST' },
      terminal: true,
    })
  const url = new URL(whole ? given : `http://${given}`)
  if (url.port === '' && !whole) url.port = '11434'
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1'
  return `${url.toString().replace(/\/$/, '')}/v1`
}

/** A provider someone else made; its models say themselves whether they are OpenAI's, which have log-probabilities. */
function ofFactory(name: string, source: ModelFactory | ((model: string) => LanguageModelV4)): Provider {
  const make = 'languageModel' in source ? (model: string) => source.languageModel(model) : source
  return {
    model: (id) => {
      const model = make(id)
      const version: string = model.specificationVersion
      if (version === 'v4') return model
      throw new RondoError(
        'config_invalid',
        `The provider "${name}" makes models of the AI SDK's provider specification ${version}; Rondo speaks v4. Update its package.`,
        { details: { provider: name, version }, terminal: true },
      )
    },
    logProbabilityOptions: ownLogProbabilityOptions,
    secrets: [],
  }
}

/**
 * The language models of a system: names to models, each with its limits and its price.
 *
 * Owns: `createModels`, and what is known of each model while the system runs. Never: makes an attempt (see call.ts), or reads a
 * provider's package before a model of it is called.
 */
import { randomUUID } from 'node:crypto'
import type { LanguageModelV4 } from '@ai-sdk/provider'
import { type Clock, systemClock } from '../clock.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { RondoError } from '../errors.ts'
import type { Retry } from '../flow/run.ts'
import { makeCall, type ReadyModel } from './call.ts'
import { Limits } from './limits.ts'
import type { Models } from './model-call.ts'
import { PRICES, type Price, type PriceTable, priceOf } from './prices.ts'
import { type Environment, ownLogProbabilityOptions, type ProviderSource } from './providers/provider.ts'
import { Providers } from './providers/providers.ts'

/** How one model is called. */
export interface ModelOptions {
  /** Calls under way at once. Default 32. */
  readonly concurrency?: number
  readonly requestsPerMinute?: number
  /** Input and output together. */
  readonly tokensPerMinute?: number
  /** For one attempt, unless the call says otherwise. Default 5 min. */
  readonly timeout?: Duration
  /** Attempts in all and the waits between them. Default: 3, from 500 ms, doubled, at most 30 s. */
  readonly retry?: Omit<Retry, 'on'>
  /** When a server asks to be left alone for longer, its model is given up instead. Default 2 min. */
  readonly longestWait?: Duration
  /** In place of what the price tables say. */
  readonly price?: Price
}

export interface ModelsOptions {
  /** What a call without a model uses: `provider/model`, or a model. Default: the environment's RONDO_MODEL. */
  readonly default?: string | LanguageModelV4
  /** Providers by the name that model names begin with; a name that is built in may be taken over. */
  readonly providers?: Readonly<Record<string, ProviderSource>>
  /** By `provider/model`, or `provider/*` for what each model of a provider has in common. */
  readonly models?: Readonly<Record<string, ModelOptions>>
  /** Prices beside and before the built-in ones. */
  readonly prices?: PriceTable
  readonly clock?: Clock
  /** Default: the process's. */
  readonly env?: Environment
  /** Seeds the jitter of waits. */
  readonly seed?: string
}

const DEFAULTS = { concurrency: 32, timeout: '5m', longestWait: '2m' } as const
const RETRY: Retry = { attempts: 3, first: '500ms', longest: '30s' }

/**
 * The `models` service.
 *
 *     createModels({
 *       default: 'openai/gpt-5-mini',
 *       providers: { local: { type: 'openai-compatible', baseURL: 'http://localhost:8000/v1' } },
 *       models: { 'openai/*': { requestsPerMinute: 500 }, 'local/qwen3': { concurrency: 2, price: { input: 0, output: 0 } } },
 *     })
 */
export function createModels(options: ModelsOptions = {}): Models {
  return new LanguageModels(options)
}

class LanguageModels implements Models {
  readonly #options: ModelsOptions
  readonly #clock: Clock
  readonly #env: Environment
  readonly #providers: Providers
  readonly #seed: string
  readonly #ready = new Map<string, ReadyModel>()
  #calls = 0

  constructor(options: ModelsOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#env = options.env ?? process.env
    this.#providers = new Providers(options.providers ?? {}, this.#env)
    this.#seed = options.seed ?? randomUUID()
    for (const [name, model] of Object.entries(options.models ?? {})) check(name, model)
  }

  async call(...[call, scope]: Parameters<Models['call']>): ReturnType<Models['call']> {
    const names = [call.model, ...(call.fallbacks ?? [])].map((model) => this.nameOf(model))
    this.#calls += 1
    const seed = `${this.#seed}:${this.#calls}`
    return makeCall([...new Set(names)], call, scope, { clock: this.#clock, seed, ready: (name) => this.#readyModel(name) })
  }

  nameOf(model: string | undefined): string {
    const fallback = this.#options.default ?? (this.#env['RONDO_MODEL'] || undefined)
    const name = model ?? (typeof fallback === 'object' ? nameOfModel(fallback) : fallback)
    if (name === undefined) throw noModel()
    if (this.#isDefault(name)) return name
    const { provider, id } = split(name)
    if (id !== '' && this.#providers.has(provider)) return name
    throw unknown(name, provider, id, this.#providers.names())
  }

  priceOf(model: string | undefined): Price | undefined {
    return this.#priceOf(this.nameOf(model))
  }

  #priceOf(name: string): Price | undefined {
    const { models = {}, prices = {} } = this.#options
    const { price } = { ...models[`${split(name).provider}/*`], ...models[name] }
    return price ?? priceOf(name, [prices, PRICES])
  }

  #isDefault(name: string): boolean {
    return typeof this.#options.default === 'object' && nameOfModel(this.#options.default) === name
  }

  async #readyModel(name: string): Promise<ReadyModel> {
    const known = this.#ready.get(name)
    if (known !== undefined) return known
    const found = await this.#find(name)
    // Another call may have got here first: its limits are the model's.
    const ready = this.#ready.get(name) ?? this.#fitOut(name, found)
    this.#ready.set(name, ready)
    return ready
  }

  async #find(name: string): Promise<Pick<ReadyModel, 'model' | 'logProbabilityOptions' | 'secrets'>> {
    const { default: given } = this.#options
    if (typeof given === 'object' && this.#isDefault(name))
      return { model: given, logProbabilityOptions: ownLogProbabilityOptions(given), secrets: [] }
    const { provider: providerName, id } = split(name)
    const provider = await this.#providers.get(providerName)
    const model = provider.model(id)
    return { model, logProbabilityOptions: provider.logProbabilityOptions(model), secrets: provider.secrets }
  }

  #fitOut(name: string, found: Pick<ReadyModel, 'model' | 'logProbabilityOptions' | 'secrets'>): ReadyModel {
    const { models = {} } = this.#options
    const options = { ...DEFAULTS, ...models[`${split(name).provider}/*`], ...models[name] }
    const longestWaitMs = milliseconds(options.longestWait)
    return {
      name,
      ...found,
      limits: new Limits({ ...options, longestWaitMs }, this.#clock),
      price: this.#priceOf(name),
      timeoutMs: milliseconds(options.timeout),
      longestWaitMs,
      retry: { ...RETRY, ...options.retry },
    }
  }
}

/** The provider's name ends at the first slash; the model's own may hold more of them. */
function split(name: string): { provider: string; id: string } {
  const slash = name.indexOf('/')
  return slash < 0 ? { provider: name, id: '' } : { provider: name.slice(0, slash), id: name.slice(slash + 1) }
}

function nameOfModel(model: LanguageModelV4): string {
  return `${model.provider.split('.')[0]}/${model.modelId}`
}

function check(name: string, { concurrency = 1, requestsPerMinute = 1, tokensPerMinute = 1 }: ModelOptions): void {
  for (const [option, value] of Object.entries({ concurrency, requestsPerMinute, tokensPerMinute }))
    if (!(value >= 1))
      throw new RondoError('config_invalid', `models["${name}"].${option} is ${value}; it must be at least 1.`, {
        details: { model: name },
        terminal: true,
      })
}

function noModel(): RondoError {
  return new RondoError(
    'model_unknown',
    'No model is named, and there is no default one. Name one in the prompt (`model: openai/gpt-5-mini`), set the default of `models` in the config, or set RONDO_MODEL.',
    { terminal: true },
  )
}

function unknown(name: string, provider: string, id: string, providers: readonly string[]): RondoError {
  const why =
    id === ''
      ? `"${name}" is no name of a model: write provider/model, such as openai/gpt-5-mini.`
      : `"${name}" is of the provider "${provider}", which nobody has told of. Known are ${providers.join(', ')}. Add it to \`providers\` in the config: an AI SDK provider, or { type: 'openai-compatible', baseURL }.`
  return new RondoError('model_unknown', why, { details: { model: name }, terminal: true })
}

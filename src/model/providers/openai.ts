/**
 * OpenAI's own models, through `@ai-sdk/openai`.
 *
 * By the chat completions API unless `api: 'responses'` says otherwise, although the package's default is the other one: chat
 * completions keep nothing on OpenAI's side (a response is stored there by default), their messages are the whole state of a call (so
 * what the journal holds of a call is all there was), they carry log-probabilities and strict JSON schemas, and a proxy or another
 * server behind OPENAI_BASE_URL speaks them. What only the other API has (the `-pro` and `-codex` models; reasoning together with tools
 * from GPT-5.6 on) is one setting away, and responses are not stored then unless a prompt's `providerOptions` ask for it.
 */
import type { LanguageModelV4, LanguageModelV4CallOptions } from '@ai-sdk/provider'
import { type Environment, keyOf, loadPackage, type OpenAiSettings, type Provider, secretsOf, unset, variable } from './provider.ts'

export async function openAi(name: string, settings: OpenAiSettings, env: Environment): Promise<Provider> {
  const { createOpenAI } = await loadPackage('@ai-sdk/openai', name, () => import('@ai-sdk/openai'))
  const baseURL = settings.baseURL ?? variable(env, 'OPENAI_BASE_URL')
  // The environment's key goes where the environment says, never to a server that only the config names.
  const own = settings.baseURL === undefined ? variable(env, 'OPENAI_API_KEY') : undefined
  const apiKey = keyOf(settings, name, env) ?? own ?? (baseURL === undefined ? undefined : NO_KEY)
  if (apiKey === undefined) throw unset(name, 'OPENAI_API_KEY')
  const provider = createOpenAI({
    apiKey,
    ...(baseURL !== undefined && { baseURL }),
    ...(settings.headers !== undefined && { headers: { ...settings.headers } }),
  })
  return {
    model: (model) => (settings.api === 'responses' ? unstored(provider.responses(model)) : provider.chat(model)),
    logProbabilityOptions: () => ({ openai: { logprobs: true } }),
    secrets: secretsOf(apiKey, settings),
  }
}

/** What is sent where a key belongs to a server of one's own, which rarely wants one; the client insists on something. */
const NO_KEY = 'none'

function unstored(model: LanguageModelV4): LanguageModelV4 {
  const withoutStoring = (options: LanguageModelV4CallOptions): LanguageModelV4CallOptions => ({
    ...options,
    providerOptions: { ...options.providerOptions, openai: { store: false, ...options.providerOptions?.['openai'] } },
  })
  return {
    specificationVersion: model.specificationVersion,
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: model.supportedUrls,
    doGenerate: (options) => model.doGenerate(withoutStoring(options)),
    doStream: (options) => model.doStream(withoutStoring(options)),
  }
}

/**
 * Servers that speak OpenAI's chat completions, through `@ai-sdk/openai-compatible`: vLLM, TGI, Ollama, llama.cpp, OpenRouter, …
 *
 * The package does not read log-probabilities; an extractor here takes them from the wire to where OpenAI's own client puts them.
 */
import type { JSONObject, SharedV4ProviderMetadata } from '@ai-sdk/provider'
import { z } from 'zod'
import { type Environment, keyOf, loadPackage, type OpenAiCompatibleSettings, type Provider, secretsOf } from './provider.ts'

export async function openAiCompatible(name: string, settings: OpenAiCompatibleSettings, env: Environment): Promise<Provider> {
  const { createOpenAICompatible } = await loadPackage('@ai-sdk/openai-compatible', name, () => import('@ai-sdk/openai-compatible'))
  const apiKey = keyOf(settings, name, env)
  const key = camelCase(name)
  const provider = createOpenAICompatible({
    name,
    baseURL: settings.baseURL,
    includeUsage: true,
    supportsStructuredOutputs: settings.structuredOutputs ?? true,
    metadataExtractor: logProbabilityExtractor(key),
    ...(apiKey !== undefined && { apiKey }),
    ...(settings.headers !== undefined && { headers: { ...settings.headers } }),
  })
  return {
    model: (model) => provider.chatModel(model),
    logProbabilityOptions: () => ({ [key]: { logprobs: true } }),
    secrets: secretsOf(apiKey, settings),
  }
}

/** The key under which the client takes options of a provider of this name without complaint. */
function camelCase(name: string): string {
  return name.replace(/[_-]([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

const Wire = z.object({
  choices: z.array(
    z.object({ logprobs: z.object({ content: z.array(z.object({ token: z.string(), logprob: z.number() })).nullish() }).nullish() }),
  ),
})

function logProbabilitiesOf(body: unknown): JSONObject[] {
  const wire = Wire.safeParse(body)
  return wire.success ? (wire.data.choices[0]?.logprobs?.content ?? []) : []
}

function logProbabilityExtractor(key: string) {
  const metadata = (logprobs: JSONObject[]): SharedV4ProviderMetadata | undefined =>
    logprobs.length === 0 ? undefined : { [key]: { logprobs } }
  return {
    extractMetadata: async ({ parsedBody }: { parsedBody: unknown }) => metadata(logProbabilitiesOf(parsedBody)),
    createStreamExtractor: () => {
      const found: JSONObject[] = []
      return {
        processChunk: (chunk: unknown): void => void found.push(...logProbabilitiesOf(chunk)),
        buildMetadata: () => metadata(found),
      }
    },
  }
}

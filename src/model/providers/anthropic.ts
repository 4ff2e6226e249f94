/**
 * Anthropic's models, through `@ai-sdk/anthropic`. They have no log-probabilities.
 */
import { type AnthropicSettings, type Environment, keyOf, loadPackage, type Provider, secretsOf, unset } from './provider.ts'

export async function anthropic(name: string, settings: AnthropicSettings, env: Environment): Promise<Provider> {
  const { createAnthropic } = await loadPackage('@ai-sdk/anthropic', name, () => import('@ai-sdk/anthropic'))
  const apiKey = keyOf(settings, name, env) ?? env['ANTHROPIC_API_KEY']
  const authToken = apiKey === undefined ? env['ANTHROPIC_AUTH_TOKEN'] : undefined
  const secret = apiKey ?? authToken
  if (secret === undefined || secret === '') throw unset(name, 'ANTHROPIC_API_KEY')
  const baseURL = settings.baseURL ?? env['ANTHROPIC_BASE_URL']
  const provider = createAnthropic({
    ...(apiKey === undefined ? { authToken: secret } : { apiKey: secret }),
    ...(baseURL !== undefined && { baseURL }),
    ...(settings.headers !== undefined && { headers: { ...settings.headers } }),
  })
  return { model: (model) => provider.languageModel(model), logProbabilityOptions: () => undefined, secrets: secretsOf(secret, settings) }
}

/**
 * Anthropic's models, through `@ai-sdk/anthropic`. They have no log-probabilities.
 */
import { type AnthropicSettings, type Environment, keyOf, loadPackage, type Provider, secretsOf, unset, variable } from './provider.ts'

export async function anthropic(name: string, settings: AnthropicSettings, env: Environment): Promise<Provider> {
  const { createAnthropic } = await loadPackage('@ai-sdk/anthropic', name, () => import('@ai-sdk/anthropic'))
  // The environment's key goes where the environment says, never to a server that only the config names.
  const own = (key: string): string | undefined => (settings.baseURL === undefined ? variable(env, key) : undefined)
  const apiKey = keyOf(settings, name, env) ?? own('ANTHROPIC_API_KEY')
  const secret = apiKey ?? own('ANTHROPIC_AUTH_TOKEN')
  if (secret === undefined) throw unset(name, 'ANTHROPIC_API_KEY')
  const baseURL = settings.baseURL ?? variable(env, 'ANTHROPIC_BASE_URL')
  const provider = createAnthropic({
    ...(apiKey === undefined ? { authToken: secret } : { apiKey: secret }),
    ...(baseURL !== undefined && { baseURL }),
    ...(settings.headers !== undefined && { headers: { ...settings.headers } }),
  })
  return { model: (model) => provider.languageModel(model), logProbabilityOptions: () => undefined, secrets: secretsOf(secret, settings) }
}

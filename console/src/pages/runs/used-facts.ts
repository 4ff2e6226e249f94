/**
 * What a run or a step used up, as facts with their names; nothing of what it did not use.
 */
import type { Usage } from '../../api/documents.ts'
import { humanDuration, tokens, usd } from '../../parts/figures.tsx'

export function usedFacts(usage: Usage): [string, string][] {
  const facts: [string, string][] = []
  if (usage.inputTokens + usage.outputTokens > 0) facts.push(['Tokens', tokens(usage)], ['Cost', usd(usage.microUsd)])
  if (usage.attentionMs > 0) facts.push(['People’s time', humanDuration(usage.attentionMs)])
  return facts
}

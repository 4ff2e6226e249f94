/**
 * From what a model said to the reply its caller gets.
 *
 * Owns: the reading of an answer's content and of the log-probabilities wherever a provider puts them. Never: judges the answer.
 */
import type { LanguageModelV4Content, LanguageModelV4Message, SharedV4ProviderMetadata, SharedV4Warning } from '@ai-sdk/provider'
import { z } from 'zod'
import type { Gathered } from './gather.ts'
import type { ModelCall, ModelReply } from './model-call.ts'

type Said = Omit<ModelReply, 'model' | 'usage' | 'priced' | 'ms' | 'failedAttempts'>

export function said(gathered: Gathered, call: ModelCall): Said {
  const { content, finish, metadata } = gathered
  const whole = content.map((part) => (part.type === 'text' ? part.text : '')).join('')
  const reasoning = content.map((part) => (part.type === 'reasoning' ? part.text : '')).join('')
  const logProbabilities = call.logProbabilities === true ? logProbabilitiesIn(metadata) : undefined
  return {
    text: call.json === undefined ? whole : (gathered.structuredText ?? whole),
    ...(reasoning !== '' && { reasoning }),
    toolRequests: content.flatMap((part) =>
      part.type === 'tool-call' && part.providerExecuted !== true ? [{ id: part.toolCallId, tool: part.toolName, input: part.input }] : [],
    ),
    message: messageOf(content),
    finish: finish.unified === 'error' || finish.unified === 'interrupted' ? 'other' : finish.unified,
    ...(gathered.answeredBy !== undefined && { answeredBy: gathered.answeredBy }),
    ...(logProbabilities !== undefined && { logProbabilities }),
    warnings: gathered.warnings.map(warningText),
  }
}

type AssistantPart = Extract<LanguageModelV4Message, { role: 'assistant' }>['content'][number]

function messageOf(content: readonly LanguageModelV4Content[]): LanguageModelV4Message {
  return { role: 'assistant', content: content.flatMap(partOf) }
}

function partOf(part: LanguageModelV4Content): AssistantPart[] {
  const back = 'providerMetadata' in part && part.providerMetadata !== undefined ? { providerOptions: part.providerMetadata } : {}
  switch (part.type) {
    case 'text':
      return part.text === '' ? [] : [{ type: 'text', text: part.text, ...back }]
    case 'reasoning':
      return [{ type: 'reasoning', text: part.text, ...back }]
    case 'tool-call':
      if (part.providerExecuted === true) return []
      return [{ type: 'tool-call', toolCallId: part.toolCallId, toolName: part.toolName, input: parsed(part.input), ...back }]
    default:
      return []
  }
}

/** Arguments a model wrote need not be JSON; the text goes back as it came then. */
function parsed(input: string): unknown {
  try {
    return JSON.parse(input)
  } catch {
    return input
  }
}

/** OpenAI's chat form, bare or one list for each block of text. */
const LogProbability = z.object({ token: z.string(), logprob: z.number() })
const Listed = z.looseObject({ logprobs: z.union([z.array(LogProbability), z.array(z.array(LogProbability))]) })

function logProbabilitiesIn(metadata: SharedV4ProviderMetadata | undefined): ModelReply['logProbabilities'] {
  for (const entry of Object.values(metadata ?? {})) {
    const found = Listed.safeParse(entry)
    if (found.success) return found.data.logprobs.flat().map(({ token, logprob }) => ({ token, logProbability: logprob }))
  }
  return undefined
}

function warningText(warning: SharedV4Warning): string {
  switch (warning.type) {
    case 'unsupported':
      return `${warning.feature} is not supported${warning.details === undefined ? '' : `: ${warning.details}`}`
    case 'compatibility':
      return `${warning.feature} works in a compatibility mode${warning.details === undefined ? '' : `: ${warning.details}`}`
    case 'deprecated':
      return `${warning.setting} is deprecated: ${warning.message}`
    case 'other':
      return warning.message
  }
}

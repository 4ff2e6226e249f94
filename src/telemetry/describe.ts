/**
 * What a span says of a step: its name and its attributes, by the GenAI semantic conventions where they have a word for it.
 *
 * Conventions: https://github.com/open-telemetry/semantic-conventions-genai, v0.1.0: `invoke_workflow` for runs, `invoke_agent` for
 * prompts that use tools, `execute_tool`, `chat`. What they have no word for stands under `rondo.`.
 * Invariant D1: what a message, an answer or a result holds is in an attribute only where `content` says so.
 */
import { z } from 'zod'
import type { NewEntry, RunRecord } from '../journal/records.ts'
import { decode } from '../json.ts'
import type { ModelReply } from '../model/model-call.ts'
import type { Usage } from '../money.ts'
import type { Attributes } from './span.ts'

export interface Described {
  readonly name: string
  readonly attributes: Attributes
}

/** Of a prompt's record, what its calls are described with; absent where the step around them was no prompt's. */
const askRecord = z.looseObject({
  prompt: z.string(),
  version: z.string(),
  model: z.string(),
  settings: z.looseObject({
    maxOutputTokens: z.number().optional(),
    temperature: z.number().optional(),
    topP: z.number().optional(),
    topK: z.number().optional(),
    presencePenalty: z.number().optional(),
    frequencyPenalty: z.number().optional(),
    stopSequences: z.array(z.string()).optional(),
    seed: z.number().optional(),
  }),
  messages: z.unknown(),
  schema: z.unknown().optional(),
  rounds: z.number().optional(),
})
export type AskedRecord = z.output<typeof askRecord>

const decided = z.looseObject({
  decision: z.string(),
  by: z.string(),
  policy: z.string(),
  segment: z.string().optional(),
  prediction: z.looseObject({ confidence: z.number(), source: z.string(), version: z.string() }).optional(),
})

const WORDS: Partial<Record<NewEntry['kind'], string>> = { code: 'step', all: 'branch' }

export function describeRun({ id, flow, status, release, key, usage }: RunRecord): Described {
  return {
    name: `invoke_workflow ${flow}`,
    attributes: {
      'gen_ai.operation.name': 'invoke_workflow',
      'gen_ai.agent.name': flow,
      'rondo.run.id': id,
      'rondo.run.status': status,
      ...(release !== undefined && { 'rondo.release': release }),
      ...(key !== undefined && { 'rondo.run.key': key }),
      ...spent(usage),
    },
  }
}

/** A step that is over. `tool`: the tool it served a model with, where it did. */
export function describeStep(entry: NewEntry, path: string, tool: string | undefined, content: boolean): Described {
  const record = entry.record === undefined ? undefined : decode(entry.record)
  const attributes: Attributes = {
    'rondo.step.path': path,
    'rondo.step.kind': entry.kind,
    ...(entry.attempt !== undefined && entry.kind === 'code' && { 'rondo.step.attempt': entry.attempt }),
    ...(entry.version !== undefined && { 'rondo.step.version': entry.version }),
    ...(entry.usage !== undefined && spent(entry.usage)),
  }
  if (tool !== undefined) return describeTool(entry, tool, attributes, content)
  const asked = readAsked(record)
  if (entry.kind === 'ask' && asked !== undefined) return describeAsk(asked, path, attributes)
  return { name: `${wordFor(entry)} ${pattern(path)}`, attributes: { ...attributes, ...told(entry, record) } }
}

/** One call of a model. `asked`: what the prompt around it keeps of it. */
export function describeCall(entry: NewEntry, asked: AskedRecord | undefined, last: boolean, content: boolean): Described {
  const reply = replyOf(entry)
  const model = reply?.model ?? asked?.model ?? modelOf(entry)
  const cut = model?.indexOf('/') ?? -1
  const requested = model?.slice(cut + 1)
  const usage = entry.usage
  return {
    name: requested === undefined ? 'chat' : `chat ${requested}`,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': model === undefined || cut < 0 ? 'unknown' : model.slice(0, cut),
      ...(requested !== undefined && { 'gen_ai.request.model': requested }),
      ...(asked !== undefined && requestOf(asked)),
      ...(reply?.answeredBy !== undefined && { 'gen_ai.response.model': reply.answeredBy }),
      ...(reply !== undefined && { 'gen_ai.response.finish_reasons': [reply.finish] }),
      ...(usage !== undefined && { 'gen_ai.usage.input_tokens': usage.inputTokens, 'gen_ai.usage.output_tokens': usage.outputTokens }),
      ...(usage !== undefined && { 'rondo.usage.micro_usd': usage.microUsd }),
      ...(reply !== undefined && reply.failedAttempts.length > 0 && { 'rondo.chat.failed_attempts': reply.failedAttempts.length }),
      ...(content && last && asked !== undefined && { 'gen_ai.input.messages': JSON.stringify(messagesOf(asked.messages)) }),
      ...(content && reply !== undefined && { 'gen_ai.output.messages': JSON.stringify(said(reply)) }),
    },
  }
}

export function readAsked(record: unknown): AskedRecord | undefined {
  const parsed = askRecord.safeParse(record)
  return parsed.success ? parsed.data : undefined
}

function describeAsk(asked: AskedRecord, path: string, attributes: Attributes): Described {
  const named = { ...attributes, 'gen_ai.prompt.name': asked.prompt, 'gen_ai.prompt.version': asked.version }
  if (asked.rounds === undefined) return { name: `ask ${pattern(path)}`, attributes: named }
  const agent = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': asked.prompt, 'rondo.agent.rounds': asked.rounds }
  return { name: `invoke_agent ${asked.prompt}`, attributes: { ...named, ...agent } }
}

function describeTool(entry: NewEntry, tool: string, attributes: Attributes, content: boolean): Described {
  return {
    name: `execute_tool ${tool}`,
    attributes: {
      ...attributes,
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': tool,
      'gen_ai.tool.type': 'function',
      ...(content && entry.value !== undefined && { 'gen_ai.tool.call.result': entry.value }),
    },
  }
}

/** What else there is to say of some kinds of step, none of it content. */
function told(entry: NewEntry, record: unknown): Attributes {
  if (entry.kind === 'sleep') return { 'rondo.wait.for': 'time' }
  if (entry.kind === 'signal') return { 'rondo.wait.for': 'signal' }
  if (entry.kind === 'measure') return entry.value === undefined ? {} : { 'rondo.measure.value': Number(decode(entry.value)) }
  if (entry.kind === 'call') {
    const child = record !== null && typeof record === 'object' && 'child' in record ? String(record.child) : undefined
    return { 'rondo.wait.for': 'child', ...(child !== undefined && { 'rondo.child.run.id': child }) }
  }
  const parsed = entry.kind === 'decide' ? decided.safeParse(record) : undefined
  if (parsed?.success !== true) return {}
  const { decision, by, policy, segment, prediction } = parsed.data
  return {
    'rondo.decision.name': decision,
    'rondo.decision.by': by,
    'rondo.decision.policy': policy,
    ...(segment !== undefined && { 'rondo.decision.segment': segment }),
    ...(prediction !== undefined && {
      'rondo.decision.confidence': prediction.confidence,
      'rondo.decision.source': prediction.source,
      'rondo.decision.predictor': prediction.version,
    }),
  }
}

function wordFor({ kind, name }: NewEntry): string {
  if (name.startsWith('[') && (kind === 'loop' || kind === 'map')) return kind === 'loop' ? 'turn' : 'item'
  return WORDS[kind] ?? kind
}

/** A path without the keys of its turns and items: spans of one step have one name. */
function pattern(path: string): string {
  return path.replace(/\[[^\]]*\]/g, '[]')
}

function requestOf({ prompt, version, settings, schema }: AskedRecord): Attributes {
  const { maxOutputTokens, temperature, topP, topK, presencePenalty, frequencyPenalty, stopSequences, seed } = settings
  return {
    'gen_ai.prompt.name': prompt,
    'gen_ai.prompt.version': version,
    'gen_ai.output.type': schema === undefined ? 'text' : 'json',
    ...(maxOutputTokens !== undefined && { 'gen_ai.request.max_tokens': maxOutputTokens }),
    ...(temperature !== undefined && { 'gen_ai.request.temperature': temperature }),
    ...(topP !== undefined && { 'gen_ai.request.top_p': topP }),
    ...(topK !== undefined && { 'gen_ai.request.top_k': topK }),
    ...(presencePenalty !== undefined && { 'gen_ai.request.presence_penalty': presencePenalty }),
    ...(frequencyPenalty !== undefined && { 'gen_ai.request.frequency_penalty': frequencyPenalty }),
    ...(stopSequences !== undefined && { 'gen_ai.request.stop_sequences': stopSequences }),
    ...(seed !== undefined && { 'gen_ai.request.seed': seed }),
  }
}

/** The reply of a call that is over; of one whose reply was no use, what its record keeps. */
function replyOf({ value, record }: NewEntry): ModelReply | undefined {
  if (value !== undefined) return decode(value) as ModelReply
  const kept = record === undefined ? undefined : decode(record)
  return kept !== null && typeof kept === 'object' && 'reply' in kept ? (kept.reply as ModelReply) : undefined
}

/** The model that a call failed on. */
function modelOf({ error }: NewEntry): string | undefined {
  const model = error?.details?.['model']
  return typeof model === 'string' ? model : undefined
}

function spent({ inputTokens, outputTokens, microUsd, attentionMs }: Usage): Attributes {
  return {
    ...(inputTokens + outputTokens > 0 && { 'rondo.usage.input_tokens': inputTokens, 'rondo.usage.output_tokens': outputTokens }),
    ...(microUsd > 0 && { 'rondo.usage.micro_usd': microUsd }),
    ...(attentionMs > 0 && { 'rondo.usage.attention_ms': attentionMs }),
  }
}

const message = z.looseObject({ role: z.string(), content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]) })

/** Messages as the conventions have them: roles with parts. */
function messagesOf(messages: unknown): unknown {
  const parsed = z.array(message).safeParse(messages)
  if (!parsed.success) return []
  return parsed.data.map(({ role, content }) => ({
    role,
    parts: typeof content === 'string' ? [{ type: 'text', content }] : content.map(partOf),
  }))
}

function partOf(part: { readonly type: string; readonly [name: string]: unknown }): unknown {
  if (part.type === 'text' || part.type === 'reasoning') return { type: part.type, content: part['text'] }
  if (part.type === 'tool-call') return { type: 'tool_call', id: part['toolCallId'], name: part['toolName'], arguments: part['input'] }
  if (part.type === 'tool-result') return { type: 'tool_call_response', id: part['toolCallId'], response: part['output'] }
  return { type: part.type }
}

function said({ text, toolRequests, finish }: ModelReply): unknown {
  const parts = [
    ...(text === '' ? [] : [{ type: 'text', content: text }]),
    ...toolRequests.map(({ id, tool, input }) => ({ type: 'tool_call', id, name: tool, arguments: input })),
  ]
  return [{ role: 'assistant', parts, finish_reason: finish }]
}

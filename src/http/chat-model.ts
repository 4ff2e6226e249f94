/**
 * A flow as a language model: for clients that speak the OpenAI API and nothing else.
 *
 * Owns: which flows can be called so, what a conversation becomes as their input, and what their output is as text.
 * A flow takes a conversation when its input has `messages`, or a text when it is one text or has one field that must be given and is text.
 */
import { z } from 'zod'
import type { AnyFlow } from '../index.ts'
import { encode } from '../json.ts'

export const chatMessage = z.looseObject({ role: z.string(), content: z.unknown().optional() })
export type ChatMessage = z.output<typeof chatMessage>

export interface ChatModel {
  /** `rondo/FLOW` */
  readonly name: string
  readonly flow: AnyFlow
  inputOf(messages: readonly ChatMessage[]): unknown
}

const PREFIX = 'rondo/'
/** Fields of an output that are its text, where it has several. */
const TEXT_FIELDS = ['text', 'content', 'answer', 'reply', 'message']

type Taking = { readonly kind: 'messages' } | { readonly kind: 'text' } | { readonly kind: 'field'; readonly field: string }

const models = new WeakMap<AnyFlow, ChatModel | 'none'>()

/** The flow as a model; `undefined` when its input is no conversation and no text. */
export function modelOf(flow: AnyFlow): ChatModel | undefined {
  const known = models.get(flow) ?? madeModel(flow)
  models.set(flow, known)
  return known === 'none' ? undefined : known
}

/** The flow a model's name means. */
export function flowNameOf(model: string): string {
  return model.startsWith(PREFIX) ? model.slice(PREFIX.length) : model
}

function madeModel(flow: AnyFlow): ChatModel | 'none' {
  const taking = takingOf(z.toJSONSchema(flow.input, { io: 'input', unrepresentable: 'any' }))
  if (taking === undefined) return 'none'
  return {
    name: `${PREFIX}${flow.name}`,
    flow,
    inputOf(messages) {
      if (taking.kind === 'messages')
        return { messages: messages.map((message) => ({ ...message, content: plainContent(message.content) })) }
      const text = textOf(messages.findLast(({ role }) => role === 'user')?.content)
      return taking.kind === 'text' ? text : { [taking.field]: text }
    },
  }
}

function takingOf(schema: z.core.JSONSchema.BaseSchema): Taking | undefined {
  if (schema.type === 'string') return { kind: 'text' }
  const properties = Object.entries(schema.properties ?? {})
  if (properties.some(([name]) => name === 'messages')) return { kind: 'messages' }
  const needed = schema.required ?? []
  const candidates = properties.filter(([name]) =>
    needed.length === 0 ? properties.length === 1 : needed.length === 1 && needed[0] === name,
  )
  const [only] = candidates
  return only !== undefined && typeof only[1] === 'object' && only[1].type === 'string' ? { kind: 'field', field: only[0] } : undefined
}

/** Content made of parts is text where all of them are. */
function plainContent(content: unknown): unknown {
  if (!Array.isArray(content)) return content
  return content.every((part: unknown) => isPart(part) && typeof part.text === 'string') ? textOf(content) : content
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: unknown) => (isPart(part) && typeof part.text === 'string' ? part.text : '')).join('')
}

function isPart(part: unknown): part is { text?: unknown } {
  return part !== null && typeof part === 'object'
}

/** A flow's output as the text of an answer: itself, its one text, or its JSON. */
export function outputText(output: unknown): string {
  if (typeof output === 'string') return output
  if (output !== null && typeof output === 'object' && !Array.isArray(output)) {
    const fields = Object.entries(output)
    const named = TEXT_FIELDS.map((name) => fields.find(([field, value]) => field === name && typeof value === 'string')).find(Boolean)
    const [only] = fields.length === 1 ? fields : named === undefined ? [] : [named]
    if (only !== undefined && typeof only[1] === 'string') return only[1]
  }
  return output === undefined ? '' : encode(output)
}

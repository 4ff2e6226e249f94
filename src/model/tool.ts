/**
 * A tool: something a model may ask for while it works on an answer.
 *
 * Owns: what a tool is, and what a model is told of one request's end. Never: runs by itself (see agent.ts), so that each call is
 * a step of the run, journaled with the tool's effect.
 */
import type { JSONValue, LanguageModelV4FunctionTool, LanguageModelV4ToolResultPart } from '@ai-sdk/provider'
import type { z } from 'zod'
import type { Duration } from '../duration.ts'
import { RondoError } from '../errors.ts'
import type { Effect, Retry, StepCall } from '../flow/run.ts'
import { jsonSchemaOf } from './json-schema.ts'
import type { ToolRequest } from './model-call.ts'

export interface Tool {
  readonly name: string
  readonly description: string
  readonly input: z.ZodType
  readonly effect: Effect
  readonly retry: Retry | undefined
  readonly timeout: Duration | undefined
  run(input: unknown, call: StepCall): unknown
}

/**
 * Defines a tool. `effect` says what it does to the world, as for `run.step`: a `write`, the default, is never repeated unasked.
 *
 *     const lookup = tool({ name: 'lookup', description: 'Finds a customer by mail address.', input: z.object({ mail: z.string() }),
 *       effect: 'read', run: ({ mail }) => customers.find(mail) })
 */
export function tool<InputSchema extends z.ZodType>(definition: {
  name: string
  /** What it does and when to use it, for the model. */
  description: string
  input: InputSchema
  effect?: Effect
  retry?: Retry
  timeout?: Duration
  /** What it returns goes to the model: text as it is, anything else as JSON. What it throws goes to the model too, unless it is terminal. */
  run: (input: z.output<InputSchema>, call: StepCall) => unknown
}): Tool {
  const { name, description, input, effect = 'write', retry, timeout, run } = definition
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name))
    throw new RondoError(
      'invalid_definition',
      `A tool is called "${name}": providers take letters, digits, "_" and "-", at most 64 of them.`,
    )
  return { name, description, input, effect, retry, timeout, run: run as Tool['run'] }
}

/** What a model is told of a tool. */
export function toolDefinition({ name, description, input }: Tool): LanguageModelV4FunctionTool {
  return { type: 'function', name, description, inputSchema: { type: 'object', ...jsonSchemaOf(input, 'input') } }
}

export type Arguments = { readonly kind: 'arguments'; readonly value: unknown } | { readonly kind: 'problem'; readonly problem: string }

/** The arguments of a request, checked; or what is wrong with them, for the model. */
export async function argumentsOf(wanted: Tool, request: ToolRequest): Promise<Arguments> {
  const json = parsed(request.input)
  if (json === undefined) return { kind: 'problem', problem: `The arguments are not JSON: ${request.input}` }
  const checked = await wanted.input.safeParseAsync(json.value)
  if (checked.success) return { kind: 'arguments', value: checked.data }
  const issues = checked.error.issues.map(({ path, message }) => `${path.map(String).join('.') || '(the arguments)'}: ${message}`)
  return { kind: 'problem', problem: `The arguments do not fit: ${issues.join('; ')}` }
}

function parsed(text: string): { value: unknown } | undefined {
  if (text.trim() === '') return { value: {} }
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** How a request ended, as the model is told. */
export function resultPart(
  request: ToolRequest,
  ended: { readonly value: unknown } | { readonly problem: string },
): LanguageModelV4ToolResultPart {
  const output: LanguageModelV4ToolResultPart['output'] =
    'problem' in ended
      ? { type: 'error-text', value: ended.problem }
      : typeof ended.value === 'string'
        ? { type: 'text', value: ended.value }
        : ended.value === undefined
          ? { type: 'text', value: 'Done.' }
          : { type: 'json', value: jsonValue(ended.value) }
  return { type: 'tool-result', toolCallId: request.id, toolName: request.tool, output }
}

function jsonValue(value: unknown): JSONValue {
  const text: string | undefined = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint' ? item.toString() : item instanceof Map ? Object.fromEntries(item) : item instanceof Set ? [...item] : item,
  )
  return text === undefined ? null : JSON.parse(text)
}

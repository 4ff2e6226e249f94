/**
 * What is asked of a model, as plain data: rendered once, and from then on the same, out of the journal too.
 *
 * Owns: the way from a prompt's input to that. Never: calls.
 */
import { RondoError } from '../errors.ts'
import { type Built, isBuilt } from './built.ts'
import type { ModelSettings } from './model-call.ts'
import type { Prepared } from './prepared.ts'
import type { Prompt } from './prompt.ts'
import { type Message, render } from './render.ts'

export interface Inquiry {
  readonly version: string
  readonly file: string
  readonly model: string
  readonly fallbacks: readonly string[]
  readonly settings: ModelSettings
  readonly messages: readonly Message[]
  readonly stream: boolean
  readonly timeoutMs: number | undefined
  readonly rounds: number
  readonly tools: readonly string[]
  readonly warnings: readonly string[]
}

/** The input as the prompt's schema gives it. Throws `invalid_input`. */
export async function checkedInput<Input, Output>(prompt: Prompt<Input, Output>, input: Input): Promise<unknown> {
  const checked = await prompt.input.safeParseAsync(input)
  if (checked.success) return checked.data
  const issues = checked.error.issues.map(({ path, message }) => `${path.map(String).join('.') || '(the input)'}: ${message}`)
  throw new RondoError('invalid_input', `Prompt "${prompt.name}" does not take this input: ${issues.join('; ')}.`, {
    details: { prompt: prompt.name },
    terminal: true,
  })
}

/** Renders. `settings` may be others than the prompt's. */
export function inquiryOf<Output>(
  prepared: Prepared<Output>,
  input: unknown,
  vary: (own: ModelSettings) => ModelSettings = (own) => own,
): Inquiry {
  const { file, partials, version, model, fallbacks, settings, stream, rounds, tools, warnings } = prepared
  return {
    version,
    file: file.file,
    model,
    fallbacks,
    settings: vary(settings),
    messages: render(file.template, partials, withDefaults(input, file.defaults)),
    stream,
    timeoutMs: file.timeoutMs,
    rounds,
    tools: tools.map(({ name }) => name),
    warnings,
  }
}

function withDefaults(input: unknown, defaults: Readonly<Record<string, unknown>>): unknown {
  if (Object.keys(defaults).length === 0 || input === null || typeof input !== 'object') return input
  return { ...defaults, ...Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) }
}

/** The contexts among the input: where each came from, beside the answer. */
export function contextsOf(input: unknown): unknown[] {
  if (input === null || typeof input !== 'object') return []
  return Object.entries(input).flatMap(([name, value]) => (isBuilt(value) ? [contextRecord(name, value)] : []))
}

function contextRecord(input: string, { name, tokens, budget, pieces }: Built): unknown {
  return { input, name, tokens, budget, pieces: pieces.map(({ text: _, ...piece }) => piece) }
}

/**
 * A prompt: a typed contract in code, and text that can change without it.
 *
 * Owns: what a prompt is, and looking at one without asking it. Never: the text (see prompt-file.ts), the asking (see asking.ts).
 */
import type { z } from 'zod'
import { RondoError } from '../errors.ts'
import type { Definition } from '../flow/definition.ts'
import { checkName } from '../flow/path.ts'
import { ask, versionNow } from './asking.ts'
import type { Models } from './model-call.ts'
import { prepare, shortVersion, versionName } from './prepared.ts'
import type { Prompts } from './prompt-folder.ts'
import type { Tool } from './tool.ts'

/** What `run.ask` asks. Made by `prompt()`. */
export interface Prompt<Input, Output> extends Definition<'ask', Input, Output> {
  readonly input: z.ZodType
  readonly output: z.ZodType<Output>
  readonly tools: readonly Tool[]
  readonly rounds: number | undefined
  readonly stream: boolean | undefined
  readonly text: string | undefined
}

/**
 * Defines a prompt. Its text is `prompts/NAME.prompt`; `input` says what the text may name, `output` what the answer must be:
 * `z.string()` is plain text, anything else is asked for as JSON, validated, and mended once if it does not fit.
 *
 *     const Reply = prompt('reply', { input: z.object({ mail: z.string() }), output: z.object({ text: z.string() }) })
 *     const { text } = await run.ask(Reply, { mail })
 *
 * Fails with `answer_invalid` when there is no valid answer after that, and with `model_failed` when there is none at all.
 */
export function prompt<InputSchema extends z.ZodType, OutputSchema extends z.ZodType>(
  name: string,
  definition: {
    input: InputSchema
    output: OutputSchema
    /** What the model may ask for while it works on the answer. */
    tools?: readonly Tool[]
    /** With tools, how often the model may be asked before it has to answer. Default 8; the file's `rounds` comes first. */
    rounds?: number
    /** Tells live listeners the answer as it comes. The file's `stream` comes first. */
    stream?: boolean
    /** The text itself, front matter and all, instead of a file: for tests and small flows. */
    text?: string
  },
): Prompt<z.input<InputSchema>, z.output<OutputSchema>> {
  checkName(name, 'A prompt')
  const { input, output, tools = [], rounds, stream, text } = definition
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0))
    throw new RondoError('invalid_definition', `Prompt "${name}" has ${rounds} rounds: write a whole number above zero.`)
  const made: Prompt<z.input<InputSchema>, z.output<OutputSchema>> = {
    kind: 'ask',
    name,
    input,
    output: output as z.ZodType<z.output<OutputSchema>>,
    tools,
    rounds,
    stream,
    text,
    take: async (given, scope) => {
      const { value, record, version } = await ask(made, given, scope)
      return { value, record, version: versionName(name, version) }
    },
    version: (scope) => versionNow(made, scope),
  }
  return made
}

/** What there is to know of a prompt as it stands now, without asking it. */
export interface PromptState {
  readonly name: string
  /** Where its text is. */
  readonly file: string
  /** sha256 of everything that can change an answer. */
  readonly version: string
  readonly shortVersion: string
  readonly model: string
  readonly fallbacks: readonly string[]
  readonly tools: readonly string[]
  readonly warnings: readonly string[]
}

/** Reads and checks a prompt. Throws what asking it would throw before the first call: `prompt_unknown`, `prompt_invalid`, `model_unknown`. */
export async function checkPrompt<Input, Output>(
  prompt: Prompt<Input, Output>,
  system: { readonly prompts: Prompts; readonly models: Models },
): Promise<PromptState> {
  const { file, version, model, fallbacks, tools, warnings } = await prepare(prompt, () => system.prompts, system.models)
  return {
    name: prompt.name,
    file: file.file,
    version,
    shortVersion: shortVersion(version),
    model,
    fallbacks,
    tools: tools.map((one) => one.name),
    warnings,
  }
}

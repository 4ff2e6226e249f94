/**
 * A prompt made ready: its file read, checked against the contract in code, and given its version.
 *
 * Owns: those checks and the version, the sha256 of everything that can change an answer. Never: renders or calls.
 */
import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { picoschema } from 'dotprompt'
import { RondoError } from '../errors.ts'
import { fingerprint } from '../json.ts'
import { DEFAULT_ROUNDS } from './agent.ts'
import { type AnswerForm, answerForm } from './answer.ts'
import { jsonSchemaOf, type SchemaObject } from './json-schema.ts'
import type { AskedVersion } from './kept-texts.ts'
import type { ModelSettings, Models } from './model-call.ts'
import type { Prompt } from './prompt.ts'
import { type PromptFile, parsePromptFile } from './prompt-file.ts'
import type { Prompts } from './prompt-folder.ts'
import { RENDERING } from './render.ts'
import { invalidPrompt, type Template } from './template.ts'
import { type Tool, toolDefinition } from './tool.ts'
import { checkVariables, namesMissingFrom } from './variables.ts'

export interface Prepared<Output> {
  readonly file: PromptFile
  readonly partials: ReadonlyMap<string, Template>
  /** `provider/model`, the system's default filled in. */
  readonly model: string
  readonly fallbacks: readonly string[]
  readonly settings: ModelSettings
  readonly form: AnswerForm<Output>
  /** Those the file offers. */
  readonly tools: readonly Tool[]
  readonly definitions: readonly LanguageModelV4FunctionTool[]
  readonly rounds: number
  readonly stream: boolean
  /** sha256, hex. */
  readonly version: string
  /** What is doubtful. */
  readonly warnings: readonly string[]
}

/** A version as people read it: the first eight digits. */
export function shortVersion(version: string): string {
  return version.slice(0, 8)
}

/** A version as steps carry it: it names the prompt. */
export function versionName(prompt: string, version: string): string {
  return `${prompt}@${version}`
}

/** Makes a prompt ready as its text stands now. Throws `prompt_unknown`, `prompt_invalid`, `model_unknown`. */
export async function prepare<Input, Output>(
  prompt: Prompt<Input, Output>,
  folder: () => Prompts,
  models: Pick<Models, 'nameOf'>,
): Promise<Prepared<Output>> {
  const own = prompt.text === undefined ? await folder().load(prompt.name) : inlineFile(prompt, prompt.name, prompt.text)
  const file = folder().vary?.(prompt.name, own) ?? own
  const partials = await loadPartials(file.template, folder)
  const input = jsonSchemaOf(prompt.input, 'output')
  const form = answerForm(prompt.output)
  const unused = checkVariables(file.template, partials, input)
  await checkSchemas(prompt, file, input)
  if (file.format !== undefined && (file.format === 'text') !== (form.schema === undefined))
    throw invalidPrompt(
      file.file,
      undefined,
      `"output.format" is ${file.format}, but the output in code is ${form.schema === undefined ? 'text' : 'a value that is asked for as JSON'}.`,
    )
  const tools = offeredTools(prompt.tools, file)
  const definitions = tools.map(toolDefinition)
  const rounds = file.rounds ?? prompt.rounds ?? DEFAULT_ROUNDS
  const model = models.nameOf(file.model)
  const { settings, fallbacks } = file
  const text = [file.template.source, ...[...partials].map(([name, { source }]) => [name, source])]
  const asked = {
    input,
    output: form.schema ?? jsonSchemaOf(prompt.output, 'input'),
    tools: definitions,
    rounds: tools.length === 0 ? 1 : rounds,
  }
  return {
    file,
    partials,
    model,
    fallbacks,
    settings,
    form,
    tools,
    definitions,
    rounds,
    stream: file.stream ?? prompt.stream ?? false,
    version: fingerprint({ rendering: RENDERING, text, model, fallbacks, settings, defaults: file.defaults, ...asked }),
    warnings: unused.map((name) => `${file.file}: the input "${name}" of prompt "${prompt.name}" is never used in its text.`),
  }
}

/** What is kept of a version, so that it can be read when the file is another. */
export function askedVersion<Output>({ version, file, model, partials }: Prepared<Output>): AskedVersion {
  return { version, text: file.text, model, partials: Object.fromEntries([...partials].map(([name, { source }]) => [name, source])) }
}

const inlineFiles = new WeakMap<object, PromptFile>()

/** A prompt whose text stands in code. Errors call it by its name. */
function inlineFile(prompt: object, name: string, text: string): PromptFile {
  const file = inlineFiles.get(prompt) ?? parsePromptFile(text, `the text of prompt "${name}"`, name)
  inlineFiles.set(prompt, file)
  return file
}

async function loadPartials(template: Template, folder: () => Prompts): Promise<Map<string, Template>> {
  const partials = new Map<string, Template>()
  const wanted = [...template.partials]
  for (let name = wanted.shift(); name !== undefined; name = wanted.shift()) {
    if (partials.has(name)) continue
    const partial = await folder().partial(name)
    partials.set(name, partial)
    wanted.push(...partial.partials)
  }
  return partials
}

/** What the file says of input and output must have its place in what the code says. */
async function checkSchemas<Input, Output>(prompt: Prompt<Input, Output>, file: PromptFile, input: SchemaObject): Promise<void> {
  const output = jsonSchemaOf(prompt.output, 'input')
  for (const [what, written, own] of [
    ['input', file.inputSchema, input],
    ['output', file.outputSchema, output],
  ] as const) {
    if (written === undefined) continue
    const missing = namesMissingFrom(await fromPicoschema(written, what, file), own, own)
    if (missing.length > 0)
      throw invalidPrompt(
        file.file,
        undefined,
        `"${what}.schema" names ${missing.map((name) => `"${name}"`).join(', ')}, which the ${what} of prompt "${prompt.name}" in code does not have. The code's schema is the contract: change it, or take the name out here.`,
      )
  }
}

async function fromPicoschema(written: unknown, what: string, file: PromptFile): Promise<SchemaObject> {
  try {
    return (await picoschema(written)) as SchemaObject
  } catch (error) {
    throw invalidPrompt(file.file, undefined, `"${what}.schema": ${error instanceof Error ? error.message : String(error)}`, error)
  }
}

function offeredTools(tools: readonly Tool[], file: PromptFile): readonly Tool[] {
  const twice = tools.find((one, at) => tools.findIndex(({ name }) => name === one.name) !== at)
  if (twice !== undefined)
    throw new RondoError('invalid_definition', `Two tools of one prompt are called "${twice.name}".`, { terminal: true })
  if (file.tools === undefined) return tools
  return file.tools.map((name) => {
    const found = tools.find((one) => one.name === name)
    if (found === undefined)
      throw invalidPrompt(
        file.file,
        undefined,
        `"tools" names "${name}", which is not among the prompt's tools in code (${tools.map((one) => one.name).join(', ') || 'there are none'}).`,
      )
    return found
  })
}

/**
 * A `.prompt` file: YAML front matter and a Handlebars body, in Dotprompt's format.
 *
 * Owns: reading one, and the errors that name file and line. Never: reads the disk, renders, or fills in what is not written.
 * Dotprompt's own parser is not used: it takes broken front matter for text, and drops keys it does not know.
 */
import { isMap, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { milliseconds } from '../duration.ts'
import type { ModelSettings } from './model-call.ts'
import { invalidPrompt, type Template } from './template.ts'
import { parseTemplate } from './template-parser.ts'

export interface PromptFile {
  /** Where it was read, as people know it: `prompts/reply.prompt`. */
  readonly file: string
  /** All of it, front matter included. */
  readonly text: string
  readonly template: Template
  readonly description: string | undefined
  readonly model: string | undefined
  readonly fallbacks: readonly string[]
  readonly settings: ModelSettings
  /** Whether the answer is streamed to those who listen. */
  readonly stream: boolean | undefined
  readonly timeoutMs: number | undefined
  /** Which of the prompt's tools it offers; all of them when `undefined`. */
  readonly tools: readonly string[] | undefined
  readonly rounds: number | undefined
  /** Values for inputs that are not given. */
  readonly defaults: Readonly<Record<string, unknown>>
  /** Picoschema or JSON schema, as written. */
  readonly inputSchema: unknown
  readonly outputSchema: unknown
  readonly format: 'json' | 'text' | undefined
}

const Config = z.strictObject({
  maxOutputTokens: z.int().positive().optional(),
  temperature: z.number().min(0).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.int().positive().optional(),
  presencePenalty: z.number().optional(),
  frequencyPenalty: z.number().optional(),
  stopSequences: z.array(z.string()).optional(),
  seed: z.int().optional(),
  reasoning: z.enum(['provider-default', 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).optional(),
  providerOptions: z.record(z.string(), z.record(z.string(), z.json())).optional(),
})

const FrontMatter = z.strictObject({
  name: z.string().optional(),
  description: z.string().optional(),
  model: z.string().min(1).optional(),
  fallbacks: z.array(z.string().min(1)).optional(),
  config: Config.optional(),
  input: z.strictObject({ schema: z.unknown().optional(), default: z.record(z.string(), z.unknown()).optional() }).optional(),
  output: z.strictObject({ schema: z.unknown().optional(), format: z.enum(['json', 'text']).optional() }).optional(),
  tools: z.array(z.string()).optional(),
  rounds: z.int().positive().optional(),
  stream: z.boolean().optional(),
  timeout: z.union([z.string(), z.number()]).optional(),
})

const HINTS: Readonly<Record<string, string>> = {
  version: 'A version is not written down: it is the hash of everything that can change an answer.',
  variant: 'Keep variants as files of their own.',
  toolDefs: 'Tools are defined in code, with tool(); the front matter may name those it offers in "tools".',
}

/** Reads the text of a prompt file. `file` is what errors call it. Throws `prompt_invalid`. */
export function parsePromptFile(source: string, file: string, name?: string): PromptFile {
  const { matter, body, bodyLine } = split(source, file)
  const front = matter === undefined ? {} : parseFrontMatter(matter, file)
  if (front.name !== undefined && name !== undefined && front.name !== name)
    throw invalidPrompt(
      file,
      1,
      `The front matter calls it "${front.name}", the file calls it "${name}". Take "name" out, or rename the file.`,
    )
  const { model, fallbacks, config, input, output, tools, rounds, stream, timeout, description } = front
  return {
    file,
    text: source,
    template: parseTemplate(body, file, bodyLine),
    description,
    model,
    fallbacks: fallbacks ?? [],
    settings: settingsOf(config ?? {}),
    stream,
    timeoutMs: timeout === undefined ? undefined : milliseconds(timeout),
    tools,
    rounds,
    defaults: input?.default ?? {},
    inputSchema: input?.schema,
    outputSchema: output?.schema,
    format: output?.format,
  }
}

/** The settings that are given, and no others: an `undefined` one would make another version. */
function settingsOf(config: z.output<typeof Config>): ModelSettings {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))
}

function split(source: string, file: string): { matter: string | undefined; body: string; bodyLine: number } {
  const lines = source.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)
  if (lines[0]?.trimEnd() !== '---') return { matter: undefined, body: lines.join('\n'), bodyLine: 1 }
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---')
  if (end < 0) throw invalidPrompt(file, 1, 'The front matter begins with "---" and does not end: put a line "---" after it.')
  return { matter: lines.slice(1, end).join('\n'), body: lines.slice(end + 1).join('\n'), bodyLine: end + 2 }
}

function parseFrontMatter(matter: string, file: string): z.output<typeof FrontMatter> {
  const counter = new LineCounter()
  const document = parseDocument(matter, { lineCounter: counter, prettyErrors: false })
  const line = (offset: number | undefined): number => (offset === undefined ? 2 : counter.linePos(offset).line + 1)
  const [wrong] = document.errors
  if (wrong !== undefined) throw invalidPrompt(file, line(wrong.pos[0]), `The front matter is no YAML: ${wrong.message}`, wrong)
  const value: unknown = document.toJS() ?? {}
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw invalidPrompt(file, 2, 'The front matter must be a list of "key: value" lines.')
  // Keys with a dot are Dotprompt's extension fields: notes for other tools, which say nothing here.
  const own = Object.fromEntries(Object.entries(value).filter(([key]) => !key.includes('.')))
  const parsed = FrontMatter.safeParse(own)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = issue?.path.map(String) ?? []
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys : []
  throw invalidPrompt(file, line(placeOf(document, [...path, ...keys.slice(0, 1)])), complaint(path, keys, issue?.message ?? ''))
}

function complaint(path: readonly string[], keys: readonly string[], message: string): string {
  if (keys.length === 0) return `"${path.join('.')}": ${message}.`
  const named = keys.map((key) => `"${[...path, key].join('.')}"`).join(', ')
  const known = path.length === 0 ? FrontMatter.shape : path[0] === 'config' && path.length === 1 ? Config.shape : undefined
  const hint = keys.map((key) => HINTS[key]).find((found) => found !== undefined)
  const there = known === undefined ? '' : ` There are ${Object.keys(known).join(', ')}.`
  const options = path[0] === 'config' ? ' What only one provider knows goes under config.providerOptions.PROVIDER.' : ''
  return `${named} is not known here. ${hint ?? `${there}${options}`.trim()}`
}

/** Where a key of the front matter stands. */
function placeOf(document: ReturnType<typeof parseDocument>, path: readonly string[]): number | undefined {
  const holder: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  if (!isMap(holder)) return undefined
  const pair = holder.items.find(({ key }) => String(key) === path.at(-1))
  const key: unknown = pair?.key
  return key !== null && typeof key === 'object' && 'range' in key && Array.isArray(key.range) ? Number(key.range[0]) : undefined
}

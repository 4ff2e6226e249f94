/**
 * The texts of prompts as people edit them: read, written and looked at with an input, without a deploy.
 *
 * Owns: writing a `.prompt` file, whole or not at all, and only over the revision the writer saw. What was written before stays in `kept`.
 * Never: the contract in code, which a text is held against when it is asked for (prepared.ts); or partials, which are edited as files.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { RondoError } from '../errors.ts'
import { type KeptTexts, type PromptLabel, revisionOf } from './kept-texts.ts'
import type { ModelSettings } from './model-call.ts'
import { type PromptFile, parsePromptFile } from './prompt-file.ts'
import type { Prompts } from './prompt-folder.ts'
import { type Message, render } from './render.ts'
import type { Template } from './template.ts'

export interface PromptText {
  readonly name: string
  readonly file: string
  readonly text: string
  /** sha256 of the text: what tells one state of the file from another. */
  readonly revision: string
  /** As the front matter names it. */
  readonly model?: string
  readonly description?: string
  readonly defaults: Readonly<Record<string, unknown>>
  /** What is wrong with it, where it cannot be read as it stands. */
  readonly problem?: string
}

export interface PromptPreview {
  readonly messages: readonly Message[]
  readonly model?: string
  readonly settings: ModelSettings
}

export class PromptTexts {
  /** The texts of versions that have been, and labels. */
  readonly kept: KeptTexts
  readonly #folder: string
  readonly #prompts: Prompts
  /** One write at a time, so that of two writers over one revision the second is refused. */
  #writing: Promise<unknown> = Promise.resolve()

  constructor(prompts: Prompts, kept: KeptTexts, folder = 'prompts') {
    this.#prompts = prompts
    this.kept = kept
    this.#folder = resolve(folder)
  }

  names(): Promise<string[]> {
    return this.#prompts.names()
  }

  /** Throws `prompt_unknown`. A text that cannot be read comes with its `problem`. */
  async read(name: string): Promise<PromptText> {
    const text = await this.#text(name)
    if (text === undefined) {
      // Says what there is.
      await this.#prompts.load(name)
      throw new RondoError('prompt_unknown', `There is no prompt "${name}".`, { details: { prompt: name } })
    }
    return described(name, this.#file(name), text)
  }

  /**
   * Writes a text over the revision that was seen (`undefined`: there was none) and gives the new one. Throws `prompt_conflict` when it
   * is another by now, and `prompt_invalid`, naming the line, for a text that could not be asked; nothing is written then. Both texts are
   * kept, the one before and the new one.
   */
  write(name: string, text: string, seen: string | undefined, by?: string): Promise<PromptText> {
    const writing = this.#writing.then(() => this.#write(name, text, seen, by))
    this.#writing = writing.catch(() => undefined)
    return writing
  }

  /** The messages that a text makes of an input: the file's, or a draft of it. Throws `prompt_unknown`, `prompt_invalid`. */
  async preview(name: string, input: unknown, draft?: string): Promise<PromptPreview> {
    const file = draft === undefined ? await this.#prompts.load(name) : parsePromptFile(draft, `${name} (draft)`, name)
    const given = input !== null && typeof input === 'object' && !Array.isArray(input) ? { ...file.defaults, ...input } : input
    const messages = render(file.template, await this.#partialsOf(file.template), given)
    return { messages, settings: file.settings, ...(file.model !== undefined && { model: file.model }) }
  }

  /**
   * Gives a label to a text that need not be the file's, and keeps it. Runs go on asking the file. Throws `prompt_unknown`, `prompt_invalid`
   * for a text that could not be asked, `invalid_input` for a name that is no label.
   */
  async label(name: string, label: string, text: string, by?: string): Promise<PromptLabel | undefined> {
    await this.read(name)
    parsePromptFile(text, `${name}@${label}`, name)
    return this.kept.label(name, label, await this.kept.written(name, text, by), by)
  }

  async #write(name: string, text: string, seen: string | undefined, by: string | undefined): Promise<PromptText> {
    if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,99}$/u.test(name) || name.includes('..'))
      throw new RondoError(
        'invalid_input',
        `"${name}" cannot be the name of a prompt: letters, digits, spaces, ".", "_" and "-" can stand in one.`,
      )
    const before = await this.#text(name)
    const revision = before === undefined ? undefined : revisionOf(before)
    if (revision !== seen) throw conflict(name, revision)
    const parsed = parsePromptFile(text, this.#file(name), name)
    await this.#partialsOf(parsed.template)
    if (before !== undefined) await this.kept.written(name, before)
    await this.kept.written(name, text, by)
    await replaceFile(this.#file(name), text)
    return described(name, this.#file(name), text)
  }

  async #partialsOf(template: Template): Promise<Map<string, Template>> {
    const partials = new Map<string, Template>()
    const wanted = [...template.partials]
    for (let name = wanted.shift(); name !== undefined; name = wanted.shift()) {
      if (partials.has(name)) continue
      const partial = await this.#prompts.partial(name)
      partials.set(name, partial)
      wanted.push(...partial.partials)
    }
    return partials
  }

  #file(name: string): string {
    return join(this.#folder, `${name}.prompt`)
  }

  /** Only what the folder itself lists is read: no name leads out of it. */
  async #text(name: string): Promise<string | undefined> {
    if (!(await this.names()).includes(name)) return undefined
    return readFile(this.#file(name), 'utf8').catch(() => undefined)
  }
}

function described(name: string, file: string, text: string): PromptText {
  const about = { name, file, text, revision: revisionOf(text) }
  let parsed: PromptFile
  try {
    parsed = parsePromptFile(text, file, name)
  } catch (error) {
    return { ...about, defaults: {}, problem: error instanceof Error ? error.message : String(error) }
  }
  const { model, description, defaults } = parsed
  return { ...about, defaults, ...(model !== undefined && { model }), ...(description !== undefined && { description }) }
}

/** On disk whole before it takes the place of what was there. */
async function replaceFile(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const fresh = join(dirname(file), `.${randomUUID()}.tmp`)
  try {
    const handle = await open(fresh, 'wx')
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(fresh, file)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}

function conflict(name: string, revision: string | undefined): RondoError {
  const stands = revision === undefined ? 'is not there' : `is at revision ${revision.slice(0, 8)}`
  return new RondoError(
    'prompt_conflict',
    `Prompt "${name}" ${stands}: somebody changed it since you read it. Read it again, then write.`,
    {
      details: { prompt: name, ...(revision !== undefined && { revision }) },
    },
  )
}

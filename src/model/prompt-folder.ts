/**
 * The prompts of a system: a folder of `.prompt` files, read when they are asked for and again when they have changed.
 *
 * Owns: finding files, noticing edits, saying what is missing. Never: writes. Partials are `_NAME.prompt` in the same folder.
 */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { RondoError } from '../errors.ts'
import { serviceKey } from '../flow/service.ts'
import type { AskedVersion } from './kept-texts.ts'
import { type PromptFile, parsePromptFile } from './prompt-file.ts'
import type { Template } from './template.ts'
import { parseTemplate } from './template-parser.ts'

export interface Prompts {
  /** The prompt as it is on disk now; the same object while the file is unchanged. Throws `prompt_unknown`, `prompt_invalid`. */
  load(name: string): Promise<PromptFile>
  partial(name: string): Promise<Template>
  /** What is asked in place of a prompt's own file or text, where something is. */
  vary?(name: string, own: PromptFile): PromptFile
  /** Told of a version that is about to be asked, of a prompt whose text is a file. */
  asked?(name: string, asked: AskedVersion): void
  /** Names of all prompts in the folder, sorted. */
  names(): Promise<string[]>
  /** Told what is doubtful about a prompt, once for each of its versions. */
  warn(message: string): void
}

export const prompts = serviceKey<Prompts>('prompts')

export interface PromptsOptions {
  /** Where the `.prompt` files are. Default: `prompts` in the working directory. */
  readonly folder?: string
  /** Told what is doubtful: an input that a text never uses. The console unless told otherwise. */
  readonly warn?: (message: string) => void
  /** Told of each version that is about to be asked. */
  readonly asked?: (name: string, asked: AskedVersion) => void
}

/** The `prompts` service over a folder. */
export function createPrompts(options: PromptsOptions = {}): Prompts {
  return new PromptFolder(resolve(options.folder ?? 'prompts'), options.warn ?? console.warn, options.asked)
}

const EXTENSION = '.prompt'

interface Read {
  readonly stamp: string
  readonly source: string
}

class PromptFolder implements Prompts {
  readonly #folder: string
  readonly #warn: (message: string) => void
  readonly #asked: PromptsOptions['asked']
  readonly #warned = new Set<string>()
  readonly #files = new Map<string, Read & { readonly parsed: PromptFile }>()
  readonly #partials = new Map<string, Read & { readonly parsed: Template }>()

  constructor(folder: string, warn: (message: string) => void, asked: PromptsOptions['asked']) {
    this.#folder = folder
    this.#warn = warn
    this.#asked = asked
  }

  load(name: string): Promise<PromptFile> {
    return this.#fresh(this.#files, name, `${name}${EXTENSION}`, (source, file) => parsePromptFile(source, file, name))
  }

  partial(name: string): Promise<Template> {
    return this.#fresh(this.#partials, name, `_${name}${EXTENSION}`, (source, file) => parseTemplate(source, file))
  }

  async names(): Promise<string[]> {
    const entries = await readdir(this.#folder).catch(() => [])
    return entries
      .filter((entry) => entry.endsWith(EXTENSION) && !entry.startsWith('_'))
      .map((entry) => entry.slice(0, -EXTENSION.length))
      .sort()
  }

  asked(name: string, asked: AskedVersion): void {
    this.#asked?.(name, asked)
  }

  warn(message: string): void {
    if (this.#warned.has(message)) return
    this.#warned.add(message)
    this.#warn(message)
  }

  async #fresh<Parsed>(
    cache: Map<string, Read & { readonly parsed: Parsed }>,
    name: string,
    entry: string,
    parse: (source: string, file: string) => Parsed,
  ): Promise<Parsed> {
    const path = join(this.#folder, entry)
    if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u.test(name)) throw await this.#unknown(name, path)
    const stats = await stat(path, { bigint: true }).catch(() => undefined)
    if (stats === undefined || !stats.isFile()) throw await this.#unknown(name, path)
    const stamp = `${stats.ino}:${stats.size}:${stats.mtimeNs}`
    const known = cache.get(name)
    if (known?.stamp === stamp) return known.parsed
    const source = await readFile(path, 'utf8')
    const parsed = known?.source === source ? known.parsed : parse(source, this.#shown(path))
    cache.set(name, { stamp, source, parsed })
    return parsed
  }

  async #unknown(name: string, path: string): Promise<RondoError> {
    const names = await this.names()
    const there = names.length === 0 ? 'There are no prompts there.' : `There are: ${names.join(', ')}.`
    return new RondoError('prompt_unknown', `There is no prompt file ${this.#shown(path)} for "${name}". ${there}`, {
      details: { prompt: name, path },
      terminal: true,
    })
  }

  #shown(path: string): string {
    const near = relative(process.cwd(), path)
    return near.startsWith('..') ? path : near
  }
}

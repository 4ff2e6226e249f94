/**
 * The texts of prompts that have been: what each version said, and the labels people gave to texts.
 *
 * Owns: keeping them in the store's memos (encrypted where the store is), and finding them again. Never: writes a file, or says which
 * text is asked: that is always the file's. Texts of prompts that stand in code are not kept: they are in the code's own history.
 * Invariants:
 *   T1. A text is kept under its revision, once, and never changed.
 *   T2. What an ask costs is one look into a set: the store is asked once for each version in the life of a process.
 *   T3. One change of a prompt's index at a time. Of two processes that keep another text in the same moment one may be missing from the
 *       list; it is found under its revision all the same.
 */
import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { RondoError } from '../errors.ts'
import type { MemoStore } from '../journal/store.ts'

/** A text that is, or was, a prompt's. */
export interface KeptText {
  readonly name: string
  /** sha256 of the text. */
  readonly revision: string
  readonly text: string
  /** When it was first seen here. */
  readonly at: number
  /** Who wrote it here; absent of one that was found in the file. */
  readonly by?: string
  /** Of a version that was asked: what else it was made of. */
  readonly version?: string
  readonly model?: string
  readonly partials?: Readonly<Record<string, string>>
}

export interface PromptLabel {
  readonly label: string
  readonly revision: string
  readonly at: number
  readonly by?: string
}

/** What is kept of one prompt, oldest first. */
export interface KeptIndex {
  readonly texts: readonly Pick<KeptText, 'revision' | 'at' | 'by'>[]
  readonly versions: readonly { readonly version: string; readonly revision: string; readonly at: number; readonly model: string }[]
  readonly labels: readonly PromptLabel[]
}

/** A version that is asked, as the asker knows it. */
export interface AskedVersion {
  readonly version: string
  readonly text: string
  readonly model: string
  readonly partials: Readonly<Record<string, string>>
}

const SPACE = 'prompt texts'
const MOST_LISTED = 500
const SHORTEST_PREFIX = 6
const EMPTY: KeptIndex = { texts: [], versions: [], labels: [] }

export class KeptTexts {
  readonly #memos: MemoStore
  readonly #clock: Clock
  readonly #seen = new Set<string>()
  #changing: Promise<unknown> = Promise.resolve()

  constructor(memos: MemoStore, clock: Clock) {
    this.#memos = memos
    this.#clock = clock
  }

  /** Keeps a version that is about to be asked. Nobody waits for it; what could not be kept is tried again with the next ask. */
  asked(name: string, asked: AskedVersion): void {
    const key = versionKey(name, asked.version)
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    this.#inTurn(() => this.#keepVersion(name, asked)).catch(() => this.#seen.delete(key))
  }

  /** Keeps a text that is written, durable when it resolves. */
  written(name: string, text: string, by?: string): Promise<string> {
    return this.#inTurn(() => this.#keepText(name, text, by))
  }

  /** What is kept of a prompt, with all that was asked or written before. */
  async index(name: string): Promise<KeptIndex> {
    await this.#changing
    return this.#index(name)
  }

  /** The text of a version, a revision (the first six digits are enough where they are one's own) or a label. */
  async find(name: string, what: string): Promise<KeptText | undefined> {
    const { texts, versions, labels } = await this.index(name)
    const begins = (whole: string): boolean => whole === what || (what.length >= SHORTEST_PREFIX && whole.startsWith(what))
    const label = labels.find((one) => one.label === what)
    if (label !== undefined) return this.#text(name, label.revision)
    const version = versions.findLast((one) => begins(one.version))?.version ?? what
    const asked = await this.#get<Omit<AskedVersion, 'text'> & { revision: string }>(versionKey(name, version))
    if (asked !== undefined) {
      const { revision, model, partials } = asked
      const text = await this.#text(name, revision)
      return text === undefined ? undefined : { ...text, version, model, partials }
    }
    return this.#text(name, texts.findLast(({ revision }) => begins(revision))?.revision ?? what)
  }

  /** Gives a label to a kept text, or, with `undefined`, takes it away. Throws `prompt_unknown` for a text that is not kept. */
  label(name: string, label: string, revision: string | undefined, by?: string): Promise<PromptLabel | undefined> {
    checkLabel(label)
    return this.#inTurn(async () => {
      if (revision !== undefined && (await this.#text(name, revision)) === undefined)
        throw new RondoError('prompt_unknown', `No text of prompt "${name}" is kept under the revision ${revision}.`, {
          details: { prompt: name, revision },
        })
      const index = await this.#index(name)
      const made = revision === undefined ? undefined : { label, revision, at: this.#clock.now(), ...(by !== undefined && { by }) }
      const others = index.labels.filter((one) => one.label !== label)
      await this.#put(indexKey(name), { ...index, labels: made === undefined ? others : [...others, made] })
      return made
    })
  }

  async #keepVersion(name: string, { version, text, model, partials }: AskedVersion): Promise<void> {
    if ((await this.#get(versionKey(name, version))) !== undefined) return
    const revision = await this.#keepText(name, text)
    await this.#put(versionKey(name, version), { version, revision, model, partials })
    const index = await this.#index(name)
    const versions = [...index.versions, { version, revision, at: this.#clock.now(), model }]
    await this.#put(indexKey(name), { ...index, versions: versions.slice(-MOST_LISTED) })
  }

  async #keepText(name: string, text: string, by?: string): Promise<string> {
    const revision = revisionOf(text)
    if ((await this.#text(name, revision)) !== undefined) return revision
    const kept = { revision, at: this.#clock.now(), ...(by !== undefined && { by }) }
    await this.#put(textKey(name, revision), { ...kept, name, text })
    const index = await this.#index(name)
    await this.#put(indexKey(name), { ...index, texts: [...index.texts, kept].slice(-MOST_LISTED) })
    return revision
  }

  async #index(name: string): Promise<KeptIndex> {
    return (await this.#get<KeptIndex>(indexKey(name))) ?? EMPTY
  }

  #text(name: string, revision: string): Promise<KeptText | undefined> {
    return this.#get<KeptText>(textKey(name, revision))
  }

  #inTurn<Output>(change: () => Promise<Output>): Promise<Output> {
    const changing = this.#changing.then(change)
    this.#changing = changing.catch(() => undefined)
    return changing
  }

  async #get<Document>(key: string): Promise<Document | undefined> {
    const bytes = await this.#memos.get(SPACE, key)
    // Written below, by nobody else.
    return bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as Document)
  }

  #put(key: string, document: unknown): Promise<void> {
    return this.#memos.put(SPACE, key, new TextEncoder().encode(JSON.stringify(document)))
  }
}

/** What tells one text from another: its sha256. */
export function revisionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function checkLabel(label: string): void {
  if (/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,39}$/u.test(label) && !/^[0-9a-f]{6,}$/.test(label)) return
  throw new RondoError(
    'invalid_input',
    `"${label}" cannot be a label: letters, digits, ".", "_" and "-" can stand in one, 40 at most, and it must not read like a version.`,
  )
}

function indexKey(name: string): string {
  return JSON.stringify(['index', name])
}

function textKey(name: string, revision: string): string {
  return JSON.stringify(['text', name, revision])
}

function versionKey(name: string, version: string): string {
  return JSON.stringify(['version', name, version])
}

/**
 * The desk's mailbox on disk: mail comes in from the corpus, is filed into folders, and replies go out into `sent`.
 *
 * Filing and sending are idempotent: the same mail filed twice is one file.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CorpusMail } from './corpus.ts'

export class Mailbox {
  readonly #folder: string
  readonly #mails: ReadonlyMap<string, CorpusMail>

  constructor(folder: string, mails: readonly CorpusMail[]) {
    this.#folder = folder
    this.#mails = new Map(mails.map((mail) => [mail.id, mail]))
    for (const name of ['spam', 'list', 'personal', 'sent']) mkdirSync(join(folder, name), { recursive: true })
  }

  read(id: string): string {
    return this.#mail(id).raw
  }

  /** What the corpus's people said of it. */
  label(id: string): 'spam' | 'wanted' {
    return this.#mail(id).spam ? 'spam' : 'wanted'
  }

  file(id: string, folder: 'spam' | 'list' | 'personal'): void {
    this.#put(folder, `${id.replaceAll('/', '-')}.eml`, this.#mail(id).raw)
  }

  send(id: string, text: string): void {
    this.#put('sent', `${id.replaceAll('/', '-')}.txt`, text)
  }

  /** Whole or not at all: a killed process leaves no half-written mail. */
  #put(folder: string, name: string, text: string): void {
    const path = join(this.#folder, folder, name)
    writeFileSync(`${path}.part`, text)
    renameSync(`${path}.part`, path)
  }

  #mail(id: string): CorpusMail {
    const mail = this.#mails.get(id)
    if (mail === undefined) throw new Error(`There is no mail "${id}" in this corpus.`)
    return mail
  }
}

/**
 * What of a run has begun: which step is of what kind, since when, and since when people are asked.
 *
 * Owns: knowing that from what was told, or else from the journal, which is read once for each scope. Never: sends anything.
 */
import { type Entry, type NewEntry, pathOf, splitPath } from '../journal/records.ts'
import type { Store } from '../journal/store.ts'

export interface Opening {
  readonly kind: NewEntry['kind']
  readonly startedAt: number
  /** Since when people are asked. */
  askedAt: number | undefined
  over: boolean
}

const PAGE = 1000

export class Openings {
  /** Whether all of the run was told, from its beginning. */
  readonly whole: boolean
  readonly #run: string
  readonly #journal: Store['journal']
  readonly #known = new Map<string, Opening>()
  readonly #loaded = new Set<string>()

  constructor(run: string, journal: Store['journal'], whole: boolean) {
    this.#run = run
    this.#journal = journal
    this.whole = whole
  }

  opened(path: string, { kind, startedAt, attempt }: NewEntry): void {
    const known = this.#known.get(path)
    const opening = known === undefined || known.over ? { kind, startedAt, askedAt: undefined, over: false } : known
    // Entries that count stages of escalation are questions to people.
    if (attempt !== undefined) opening.askedAt ??= startedAt
    this.#known.set(path, opening)
  }

  closed(path: string): void {
    this.#known.delete(path)
  }

  /** How a step began, when an entry of its own says so. */
  async of({ scope, name, kind }: NewEntry): Promise<Opening | undefined> {
    const path = pathOf(scope, name)
    // Turns and items begin without one. A spent budget's question has a name like theirs.
    if (!this.#known.has(path) && (!name.startsWith('[') || kind === 'review')) await this.#load(scope)
    return this.#known.get(path)
  }

  async kindOf(path: string): Promise<NewEntry['kind'] | undefined> {
    if (!this.#known.has(path)) await this.#load(splitPath(path).scope)
    return this.#known.get(path)?.kind
  }

  /** The run's entries in the journal, of one scope or of all of them. */
  async *entries(scope: string | undefined, values: boolean): AsyncGenerator<Entry> {
    for (let after = 0, full = true; full; ) {
      const reading = { after, limit: PAGE, values, records: values, ...(scope !== undefined && { scope }) }
      const entries = await this.#journal.entries(this.#run, reading)
      yield* entries
      after = entries.at(-1)?.seq ?? after
      full = entries.length === PAGE
    }
  }

  async #load(scope: string): Promise<void> {
    if (this.whole || this.#loaded.has(scope)) return
    this.#loaded.add(scope)
    for await (const entry of this.entries(scope, false)) {
      const path = pathOf(entry.scope, entry.name)
      const known = this.#known.get(path)
      if (entry.state === 'opened') this.opened(path, entry)
      else if (known !== undefined && entry.state !== 'attempted' && entry.state !== 'retrying') known.over = true
    }
  }
}

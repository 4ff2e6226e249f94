/**
 * Answers on their way: each waits a few seconds, in which it can be taken back, and is then sent once.
 *
 * Owns: the waiting, the sending, trying again, and what is said when it went wrong. Lives as long as the page, whichever part of it is shown.
 * Invariants:
 *   O1. An answer is sent at most once at a time, and given up only when the server refused it or the person took it back.
 *   O2. What was answered is away from the queue from that moment on, until the server says so too or it comes back.
 *   O3. Leaving the page sends everything that waits at once.
 */
import { ApiError, piece, post } from '../../api/client.ts'
import type { Item } from '../../api/documents.ts'
import { queries } from '../../api/queries.ts'
import { toast } from '../../shell/toasts.tsx'

/** What a person does with a question that can be taken back for a while. */
export interface Act {
  readonly what: 'accept' | 'answer' | 'reject' | 'reassign'
  readonly body: Readonly<Record<string, unknown>>
  /** What was done, in words: "accepted", "answered ‘billing’". */
  readonly says: string
}

export interface Pending {
  readonly item: Item
  readonly act: Act
  readonly sendAt: number
  readonly state: 'waiting' | 'sending' | 'trying again'
}

export const UNDO_MS = 6000
const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 20_000

export class Outbox {
  #pending: readonly Pending[] = []
  readonly #away = new Set<string>()
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()
  readonly #watchers = new Set<() => void>()
  #version = 0

  constructor() {
    window.addEventListener('pagehide', () => this.flush(true))
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Changes with every change. */
  readonly version = (): number => this.#version

  /** What is on its way, oldest first. */
  get pending(): readonly Pending[] {
    return this.#pending
  }

  /** Whether a question need not be shown any more, as far as is known here. */
  isAway(item: Item): boolean {
    return this.#away.has(nameOf(item))
  }

  put(item: Item, act: Act): void {
    const name = nameOf(item)
    if (this.#away.has(name)) return
    this.#away.add(name)
    this.#pending = [...this.#pending, { item, act, sendAt: Date.now() + UNDO_MS, state: 'waiting' }]
    this.#later(name, UNDO_MS, 0)
    this.#changed()
  }

  /** Takes back what was done last, if it has not been sent. Gives the question. */
  undo(): Item | undefined {
    const last = this.#pending.findLast(({ state }) => state === 'waiting')
    if (last === undefined) return undefined
    this.#drop(last.item)
    this.#away.delete(nameOf(last.item))
    this.#changed()
    return last.item
  }

  /** Somebody else has it: it is not shown here. */
  leave(item: Item): void {
    this.#away.add(nameOf(item))
    this.#changed()
  }

  /** Sends all that waits, now. `leaving`: the page goes away. */
  flush(leaving = false): void {
    for (const { item, state } of this.#pending) if (state !== 'sending') void this.#send(nameOf(item), 0, leaving)
  }

  #later(name: string, ms: number, tries: number): void {
    this.#timers.set(
      name,
      setTimeout(() => void this.#send(name, tries, false), ms),
    )
  }

  async #send(name: string, tries: number, leaving: boolean): Promise<void> {
    const found = this.#pending.find(({ item }) => nameOf(item) === name)
    if (found === undefined) return
    const { item, act } = found
    clearTimeout(this.#timers.get(name))
    this.#become(name, 'sending')
    try {
      await post<Item>(`/api/inbox/${piece(item.id)}/${act.what}`, { ...act.body, openedAt: item.openedAt }, { keepalive: leaving })
      this.#drop(item)
    } catch (error) {
      if (error instanceof ApiError && error.passing) {
        this.#become(name, 'trying again')
        this.#later(name, Math.min(FIRST_RETRY_MS * 2 ** tries, LONGEST_RETRY_MS), tries + 1)
      } else {
        this.#refused(item, act, error)
      }
    }
    this.#changed()
  }

  #refused(item: Item, act: Act, error: unknown): void {
    this.#drop(item)
    const late = error instanceof ApiError && ['review_taken', 'review_closed'].includes(error.code)
    // What nobody needs any more stays away; what was not taken as it was comes back to be answered again.
    if (!late) this.#away.delete(nameOf(item))
    const why = error instanceof Error ? error.message : String(error)
    toast({ tone: late ? 'plain' : 'bad', text: `“${item.title}”, ${act.says}: ${why}` })
    void queries.invalidateQueries({ queryKey: ['inbox'] })
    void queries.invalidateQueries({ queryKey: ['question', item.id] })
  }

  #drop(item: Item): void {
    const name = nameOf(item)
    clearTimeout(this.#timers.get(name))
    this.#timers.delete(name)
    this.#pending = this.#pending.filter((one) => nameOf(one.item) !== name)
  }

  #become(name: string, state: Pending['state']): void {
    this.#pending = this.#pending.map((one) => (nameOf(one.item) === name ? { ...one, state } : one))
    this.#changed()
  }

  #changed(): void {
    this.#version += 1
    for (const watcher of this.#watchers) watcher()
  }
}

/** A question that is asked anew is another one. */
function nameOf({ id, openedAt }: Item): string {
  return `${id} ${openedAt}`
}

export const outbox = new Outbox()

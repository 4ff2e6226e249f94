/**
 * The inbox: what people are asked, and the one way in which they answer.
 *
 * Owns: who may do what with a question, and checking an answer before it is taken. Never: says what an answer means for the run, or
 * who a caller is. Works beside the process that drives the runs as well as in it.
 * Invariants:
 *   I1. Only a person with the question's role does anything with it.
 *   I2. An answer is taken once. A second, late or stale one is refused with an error that names what was first.
 *   I3. A claim keeps others out while it lasts, and never longer.
 *   I4. What an answer must look like is checked here, before anything is kept, and once more by the run.
 *   I5. An answer to what is not asked yet is kept, and held against the question when that comes.
 */
import type { Clock } from '../clock.ts'
import { type Duration, milliseconds } from '../duration.ts'
import type { Answer, ReviewChange, ReviewKind, ReviewRecord, ReviewState } from '../journal/records.ts'
import { isSettled } from '../journal/reviews.ts'
import type { Store } from '../journal/store.ts'
import { encode } from '../json.ts'
import { earlyAnswer, outcomeOf, standing } from './answering.ts'
import { correct } from './correction.ts'
import { heldByAnother, type InboxItem, itemOf } from './inbox-item.ts'
import { hasRole, needRole, type Person } from './person.ts'
import { answeredTwiceError, askedAnewError, claimedError, closedError, refused, takenError, unknownError } from './refusals.ts'
import { runOf, whyOver } from './run-of-question.ts'
import { shownToModel } from './shown-to-model.ts'

export interface InboxOptions {
  readonly store: Pick<Store, 'reviews' | 'runs' | 'journal' | 'cases'>
  readonly clock: Clock
  /** Told of a run whose question is answered. */
  readonly wake: (run: string) => void
}

export interface InboxFilter {
  /** Only what this person may answer now: theirs by role, not answered by them, not claimed by another. */
  readonly person?: Person
  readonly role?: string
  readonly run?: string
  readonly flow?: string
  readonly kind?: ReviewKind
  /** Default `open`. */
  readonly state?: ReviewState
  /** Default 100. */
  readonly limit?: number
  /** The id of the last one seen. */
  readonly after?: string
}

export interface AnswerOptions {
  readonly note?: string
  /** Milliseconds the person looked at it, as the door measured them. Counts against budgets of people's attention. */
  readonly attentionMs?: number
  /** The item's `openedAt` as the person saw it: an answer to a question that has been asked anew since is refused. */
  readonly openedAt?: number
}

const DEFAULT_CLAIM = '15m'
const LARGEST_PAGE = 500

export class Inbox {
  readonly #options: InboxOptions

  constructor(options: InboxOptions) {
    this.#options = options
  }

  /** Most urgent first: what is due soonest, then what has waited longest. */
  async list(filter: InboxFilter = {}): Promise<InboxItem[]> {
    const { limit = 100 } = filter
    if (!(limit >= 1)) return []
    const found: InboxItem[] = []
    for await (const item of this.#matching(filter, limit)) if (found.push(item) >= limit) break
    return found
  }

  async count(filter: Omit<InboxFilter, 'limit' | 'after'> = {}): Promise<number> {
    const { person, run, flow, kind, role, state = 'open' } = filter
    if (person === undefined && run === undefined && flow === undefined && kind === undefined)
      return this.#options.store.reviews.count({ state, ...(role !== undefined && { role }) })
    let count = 0
    for await (const _ of this.#matching(filter, LARGEST_PAGE)) count += 1
    return count
  }

  /** One question, with what the model was shown where one proposed. */
  async get(id: string): Promise<InboxItem | undefined> {
    const { reviews, journal } = this.#options.store
    const review = await reviews.get(id)
    if (review === undefined) return undefined
    const item = this.#item(review)
    const context = review.kind === 'decide' ? await shownToModel(journal, review.run, review.path) : undefined
    return context === undefined ? item : { ...item, content: { ...item.content, context } }
  }

  /** Keeps others out for a while (15 minutes unless told otherwise), so that two people do not do the same work. Renewed by claiming again. */
  claim(id: string, person: Person, options: { readonly for?: Duration } = {}): Promise<InboxItem> {
    const lasts = milliseconds(options.for ?? DEFAULT_CLAIM)
    return this.#onOpen(id, person, { claim: { by: person.name, until: this.#options.clock.now() + lasts } })
  }

  /** Lets others at it again. */
  release(id: string, person: Person): Promise<InboxItem> {
    return this.#onOpen(id, person, { claim: null })
  }

  /** The subject, or the proposal, stands as it is. */
  accept(id: string, person: Person, options: AnswerOptions = {}): Promise<InboxItem> {
    return this.#answer(id, person, options, (review) => {
      if (review === undefined) return { outcome: 'accepted' }
      const value = standing(review)
      if (value === undefined && review.kind !== 'review')
        throw refused(id, `There is nothing to accept in "${review.title}": nothing was proposed. Give an answer.`)
      return { outcome: 'accepted', value: encode(value) }
    })
  }

  /** Gives the value. One that equals the subject or the proposal accepts it. */
  async answer(id: string, person: Person, value: unknown, options: AnswerOptions = {}): Promise<InboxItem> {
    return this.#answer(id, person, options, (review) => ({ outcome: outcomeOf(id, review, value), value: encode(value) }))
  }

  /** `answer`, as it reads for a subject that is changed. */
  edit(id: string, person: Person, value: unknown, options: AnswerOptions = {}): Promise<InboxItem> {
    return this.answer(id, person, value, options)
  }

  /** The subject does not stand; the note says what should be different. */
  async reject(id: string, person: Person, note: string, options: Omit<AnswerOptions, 'note'> = {}): Promise<InboxItem> {
    if (typeof note !== 'string' || note.trim() === '')
      throw refused(id, 'A rejection needs a note that says what should be different. Give it one.')
    return this.#answer(id, person, { ...options, note }, (review) => {
      if (review !== undefined && review.kind !== 'review')
        throw refused(id, `"${review.title}" needs an answer and cannot be rejected. Give the right one.`)
      return { outcome: 'rejected' }
    })
  }

  /** Hands the question to the people of another role. A claim on it ends. */
  async reassign(id: string, person: Person, role: string, options: { readonly note?: string } = {}): Promise<InboxItem> {
    if (role === '') throw refused(id, 'It can only be reassigned to a role. Name one.')
    const text = `reassigned to "${role}"${options.note === undefined ? '' : `: ${options.note}`}`
    return this.#onOpen(id, person, { role, claim: null, comment: { by: person.name, at: this.#options.clock.now(), text } })
  }

  /** Says something beside the question. Possible after it was answered, too. */
  comment(id: string, person: Person, text: string): Promise<InboxItem> {
    return this.#change(id, (review) => {
      if (review === undefined) throw unknownError(id)
      needRole(person, review.role, `"${review.title}"`)
      return { comment: { by: person.name, at: this.#options.clock.now(), text } }
    })
  }

  /**
   * Mends a decision that stood without a person: its right answer becomes a case, under the probability with which people were to
   * be asked. The run is not changed. `id` is `run:path`. Mended twice, the later case counts.
   */
  async correct(id: string, person: Person, value: unknown): Promise<void> {
    await correct(this.#options.store, await runOf(this.#options.store, id), id, person, value)
  }

  async #answer(
    id: string,
    person: Person,
    options: AnswerOptions,
    give: (review: ReviewRecord | undefined) => Pick<Answer, 'outcome' | 'value'>,
  ): Promise<InboxItem> {
    const { note, attentionMs, openedAt } = options
    if (attentionMs !== undefined && !(attentionMs >= 0))
      throw refused(id, `attentionMs takes milliseconds, 0 or more, not ${attentionMs}.`)
    const answer = (review: ReviewRecord | undefined): Answer => ({
      by: person.name,
      at: this.#options.clock.now(),
      ...give(review),
      ...(note !== undefined && { note }),
      ...(attentionMs !== undefined && { attentionMs: Math.round(attentionMs) }),
    })
    return this.#change(id, (review, over) => {
      if (review === undefined || review.state === 'early') return earlyAnswer(id, review, person, answer(undefined), over)
      this.#refuse(review, person, over)
      const before = review.answers.find(({ by }) => by === person.name)
      if (before !== undefined) throw answeredTwiceError(review, before)
      if (openedAt !== undefined && openedAt !== review.openedAt) throw askedAnewError(review)
      const given = answer(review)
      const settled = isSettled({ ...review, answers: [...review.answers, given] })
      return { answer: given, claim: null, ...(settled && { state: 'settled' }) }
    })
  }

  /** A change by somebody who may answer it, to a question that stands open. */
  #onOpen(id: string, person: Person, change: ReviewChange): Promise<InboxItem> {
    return this.#change(id, (review, over) => {
      if (review === undefined || review.state === 'early') throw unknownError(id, 'Nobody has asked this question yet.')
      this.#refuse(review, person, over)
      return change
    })
  }

  /** Refuses whoever has not the role, comes too late, or is kept out by a claim. */
  #refuse(review: ReviewRecord, person: Person, over: string | undefined): void {
    needRole(person, review.role, `"${review.title}"`)
    if (review.state === 'settled' || review.state === 'taken') throw takenError(review)
    if (review.state === 'closed') throw closedError(review, over ?? 'it was closed a moment ago')
    if (heldByAnother(review, person.name, this.#options.clock.now())) throw claimedError(review)
  }

  /** Reads and changes a question in one transaction. `over` says why its run asks it no more, where that is so. */
  async #change(id: string, decide: (review: ReviewRecord | undefined, over: string | undefined) => ReviewChange): Promise<InboxItem> {
    const over = await whyOver(this.#options.store, id, this.#options.clock.now())
    const review = await this.#options.store.reviews.change(id, (current) => decide(current, over))
    if (review.state === 'settled') this.#options.wake(review.run)
    return this.#item(review)
  }

  /** What the filter lets through, a page at a time. */
  async *#matching(filter: InboxFilter, first: number): AsyncGenerator<InboxItem> {
    const { person, role, run, flow, kind, state = 'open' } = filter
    const only = role ?? (person?.roles.length === 1 && person.roles[0] !== '*' ? person.roles[0] : undefined)
    const wanted = {
      state,
      ...(only !== undefined && { role: only }),
      ...(run !== undefined && { run }),
      ...(flow !== undefined && { flow }),
      ...(kind !== undefined && { kind }),
    }
    for (let { after } = filter, page = first; ; page = Math.min(page * 4, LARGEST_PAGE)) {
      const reviews = await this.#options.store.reviews.list({ ...wanted, limit: page, ...(after !== undefined && { after }) })
      for (const review of reviews) if (person === undefined || this.#isFor(person, review)) yield this.#item(review)
      after = reviews.at(-1)?.id
      if (reviews.length < page) return
    }
  }

  #isFor(person: Person, review: ReviewRecord): boolean {
    if (!hasRole(person, review.role) || heldByAnother(review, person.name, this.#options.clock.now())) return false
    return review.state !== 'open' || review.answers.every(({ by }) => by !== person.name)
  }

  #item(review: ReviewRecord): InboxItem {
    return itemOf(review, this.#options.clock.now())
  }
}

/**
 * What the learner knows of one decision in one store: its cases so far, and what the last training made of them.
 *
 * Owns: following the store's cases, and training anew when the schedule says so. Never: decides, or changes a case.
 * Invariants:
 *   K1. What is known is a function of the cases with a `seq` up to a moment and of the learner's options; not of when it was asked,
 *       or of how often the process was restarted.
 *   K2. A training uses only cases from before the question it is used for.
 */

import { everyCase } from '../../journal/every-case.ts'
import { type CaseRecord, reviewId } from '../../journal/records.ts'
import type { CaseStore, MemoStore } from '../../journal/store.ts'
import { ceiling, probabilities, unseenShare } from './calibration.ts'
import { DIMENSIONS, type Examples, score } from './classifier.ts'
import type { Embedder } from './embedder.ts'
import { bucketsOf } from './features.ts'
import { trainedAt } from './schedule.ts'
import type { Thread } from './thread.ts'
import type { Trained } from './training.ts'

/** A text as the learner sees it. */
interface Seen {
  readonly vector: Float32Array
  readonly buckets: Uint16Array
}

interface Known {
  /** Where in which run it was decided: of several cases of one place the latest counts. */
  readonly place: string | undefined
  readonly text: string
  /** Encoded. */
  readonly answer: string
  seen?: Seen
}

/** The answers (encoded) that a training found possible, the likeliest first. */
export interface Ranked {
  readonly answers: readonly { readonly answer: string; readonly confidence: number }[]
  /** How many cases were learned from. */
  readonly cases: number
}

export interface KnowledgeParts {
  readonly decision: string
  readonly cases: CaseStore
  readonly memos: MemoStore
  readonly embedder: Embedder
  readonly trainer: Thread<Examples, Trained>
  /** The text of a case's question, as it is read; `undefined` when none can be made of it. */
  readonly textOf: (question: string) => string | undefined
  /** The answers (encoded) a case may have; all when `undefined`. */
  readonly choices: ReadonlySet<string> | undefined
  /** How many cases are learned from, the newest. */
  readonly newest: number
}

/** One training's outcome. `trained` is absent while all answers were the same one. */
interface Training {
  readonly cases: number
  readonly answers: readonly string[]
  /** The share left to answers never given. */
  readonly unseen: number
  readonly trained: Trained | undefined
}

/** As sure as one may be who was never shown what another answer looks like. */
const ONE_SIDED = 0.5

export class Knowledge {
  readonly #parts: KnowledgeParts
  /** Usable cases, without those too old to be learned from again. */
  #known: Known[] = []
  /** How many usable cases came before the first of `#known`. */
  #forgotten = 0
  #after = 0
  #reading: Promise<void> = Promise.resolve()
  #last: { readonly at: number; readonly training: Promise<Training> } | undefined

  constructor(parts: KnowledgeParts) {
    this.#parts = parts
  }

  /** What it makes of a text, from the cases up to now; no answers before the first training. */
  async rank(text: string): Promise<Ranked> {
    const [seen, training] = await Promise.all([this.#see(text), this.#training()])
    if (training === undefined) return { answers: [], cases: 0 }
    const { answers, cases, trained, unseen } = training
    if (trained === undefined) {
      return { answers: answers.map((answer) => ({ answer, confidence: ONE_SIDED })), cases }
    }
    const ranked = probabilities(score(trained.weights, seen.vector, seen.buckets), trained.temperature)
    return {
      answers: ranked.map(({ index, probability }) => ({
        answer: answers[index] ?? '',
        confidence: Math.min(ceiling(cases), probability * (1 - unseen)),
      })),
      cases,
    }
  }

  async #training(): Promise<Training | undefined> {
    const reading = this.#reading.then(() => this.#read())
    this.#reading = reading.catch(() => undefined)
    await reading
    const at = trainedAt(this.#forgotten + this.#known.length)
    if (at === 0) return undefined
    if (this.#last?.at === at) return this.#last.training
    const training = this.#learn(at)
    this.#last = { at, training }
    // One that failed is tried again by the next question.
    training.catch(() => {
      if (this.#last?.training === training) this.#last = undefined
    })
    return training
  }

  async #read(): Promise<void> {
    const { cases, decision } = this.#parts
    for await (const record of everyCase(cases, { decision, after: this.#after })) {
      this.#after = record.seq
      const known = this.#usable(record)
      if (known !== undefined) this.#known.push(known)
    }
  }

  #usable(record: CaseRecord): Known | undefined {
    const { choices, textOf } = this.#parts
    if (choices !== undefined && !choices.has(record.answer)) return undefined
    const text = textOf(record.question)
    if (text === undefined) return undefined
    const place = record.run === undefined || record.path === undefined ? undefined : reviewId(record.run, record.path)
    return { place, text, answer: record.answer }
  }

  /** Learns from the newest of the first `at` cases. */
  async #learn(at: number): Promise<Training> {
    const first = Math.max(0, at - this.#parts.newest)
    const learned = latestOf(this.#known.slice(Math.max(0, first - this.#forgotten), at - this.#forgotten))
    // Counts only rise, so nothing older is needed again.
    if (first > this.#forgotten) {
      this.#known = this.#known.slice(first - this.#forgotten)
      this.#forgotten = first
    }
    const answers = [...new Set(learned.map(({ answer }) => answer))]
    const labels = Int32Array.from(learned, ({ answer }) => answers.indexOf(answer))
    const { choices } = this.#parts
    const unseen = choices !== undefined && answers.length >= choices.size ? 0 : unseenShare(labels, answers.length)
    const training = { cases: learned.length, answers, unseen }
    if (answers.length < 2) return { ...training, trained: undefined }
    const examples = await this.#examples(learned, labels, answers.length)
    return { ...training, trained: await this.#parts.trainer.call(examples, [examples.vectors.buffer, examples.buckets.buffer]) }
  }

  async #examples(learned: readonly Known[], labels: Int32Array, classes: number) {
    const seen = await Promise.all(learned.map(async (known) => (known.seen ??= await this.#see(known.text))))
    const starts = new Int32Array(seen.length + 1)
    for (const [at, { buckets }] of seen.entries()) starts[at + 1] = (starts[at] ?? 0) + buckets.length
    const vectors = new Float32Array(seen.length * DIMENSIONS)
    const buckets = new Uint16Array(starts[seen.length] ?? 0)
    for (const [at, one] of seen.entries()) {
      vectors.set(one.vector, at * DIMENSIONS)
      buckets.set(one.buckets, starts[at] ?? 0)
    }
    return { count: seen.length, vectors, starts, buckets, labels, classes } satisfies Examples
  }

  async #see(text: string): Promise<Seen> {
    const [vector = new Float32Array(DIMENSIONS)] = await this.#parts.embedder.embed([text], this.#parts.memos)
    return { vector, buckets: bucketsOf(text) }
  }
}

/** Without what was mended later. */
function latestOf(known: readonly Known[]): Known[] {
  return [...new Map(known.map((one, at) => [one.place ?? at, one])).values()]
}

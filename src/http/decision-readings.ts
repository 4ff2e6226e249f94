/**
 * Every decision's cases, read into what is shown of them.
 *
 * Owns: keeping up. A request reads the cases that came since the last one, and none twice. Never: writes.
 */
import { type AutonomyReport, DecisionReading, type Rondo } from '../index.ts'
import { Confusion } from './confusion.ts'
import type { DecisionDetailDocument } from './decision-documents.ts'

const PAGE = 1000

export interface ReadDecision {
  readonly report: AutonomyReport
  readonly confusion: DecisionDetailDocument['confusion']
}

export class DecisionReadings {
  readonly #rondo: Rondo
  readonly #kept = new Map<string, Keeping>()

  constructor(rondo: Rondo) {
    this.#rondo = rondo
  }

  /** As all cases have it that were committed when this was called. */
  of(name: string): Promise<ReadDecision> {
    const kept = this.#kept.get(name) ?? new Keeping(this.#rondo, name)
    // Only what has cases is kept: anybody can ask for any name.
    return kept.upToDate().then((read) => {
      if (read.report.cases.total > 0) this.#kept.set(name, kept)
      return read
    })
  }
}

class Keeping {
  readonly #cases: Rondo['store']['cases']
  readonly #name: string
  readonly #reading: DecisionReading
  readonly #confusion = new Confusion()
  #after = 0
  #shown: ReadDecision | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor({ store, decisions }: Rondo, name: string) {
    this.#cases = store.cases
    this.#name = name
    this.#reading = new DecisionReading(name, decisions.get(name)?.autonomy)
  }

  /** One read at a time: a case is added once, in its place. */
  upToDate(): Promise<ReadDecision> {
    const read = (): Promise<ReadDecision> => this.#read()
    const reading = this.#last.then(read, read)
    this.#last = reading
    return reading
  }

  async #read(): Promise<ReadDecision> {
    for (;;) {
      const page = await this.#cases.list({ decision: this.#name, after: this.#after, limit: PAGE })
      for (const one of page) {
        this.#reading.add(one)
        this.#confusion.add(one)
        this.#after = one.seq
      }
      if (page.length > 0) this.#shown = undefined
      if (page.length < PAGE) break
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.#shown ??= { report: this.#reading.report(), confusion: this.#confusion.document() }
    return this.#shown
  }
}

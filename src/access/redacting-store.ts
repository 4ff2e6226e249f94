/**
 * A store in front of a store, that redacts everything on its way in.
 *
 * Owns: which fields hold what was said. Never: changes what is read. Names, ids, paths, roles and keys are not looked into: they are
 * what things are found by.
 */
import type { Answer, CaseAnswer, Comment, NewCase, NewReview, NewRun, ReviewChange } from '../journal/records.ts'
import type { RunRequest, Settle, Store, Write } from '../journal/store.ts'
import { decode, fingerprint } from '../json.ts'
import type { Redactor } from './redaction.ts'

export function redactingStore(store: Store, redactor: Redactor): Store {
  const into = new Into(redactor)
  const { runs, journal, reviews, cases, measures } = store
  return over(store, {
    runs: over(runs, {
      start: (run) => runs.start(into.run(run)),
      request: (id, request) => runs.request(id, into.request(request)),
      signal: (signal) => runs.signal({ ...signal, value: redactor.text(signal.value) }),
    }),
    journal: over(journal, { commit: (write) => journal.commit(into.write(write)) }),
    reviews: over(reviews, { change: (id, decide) => reviews.change(id, (review) => into.change(decide(review))) }),
    cases: over(cases, { add: (some) => cases.add(some.map((one) => into.case(one))) }),
    measures: over(measures, { add: (measure) => measures.add({ ...measure, ...into.why(measure.why) }) }),
  })
}

/** The same part, some of whose methods are others. */
function over<Part extends object>(part: Part, others: Partial<Part>): Part {
  return new Proxy(part, {
    get(target, key) {
      if (Object.hasOwn(others, key)) return Reflect.get(others, key)
      const member: unknown = Reflect.get(target, key, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

/** What goes into the store. */
class Into {
  readonly #redactor: Redactor

  constructor(redactor: Redactor) {
    this.#redactor = redactor
  }

  run(run: NewRun): NewRun {
    const input = this.#redactor.text(run.input)
    return input === run.input ? run : { ...run, input, inputPrint: fingerprint(decode(input)) }
  }

  request(request: RunRequest): RunRequest {
    if (!('reason' in request) || request.reason === undefined) return request
    return { ...request, reason: this.#redactor.words(request.reason) }
  }

  write(write: Write): Write {
    const { entries, openReview, startChild, newCase, newMeasures, settle } = write
    return {
      ...write,
      entries: entries.map((entry) => this.#redactor.entry(entry)),
      ...(openReview !== undefined && { openReview: this.#review(openReview) }),
      ...(startChild !== undefined && { startChild: this.run(startChild) }),
      ...(newCase !== undefined && { newCase: this.case(newCase) }),
      ...(newMeasures !== undefined && { newMeasures: newMeasures.map((one) => ({ ...one, ...this.why(one.why) })) }),
      ...(settle !== undefined && { settle: this.#settle(settle) }),
    }
  }

  change(change: ReviewChange): ReviewChange {
    const { answer, comment } = change
    return {
      ...change,
      ...(answer !== undefined && { answer: this.#answer(answer) }),
      ...(comment !== undefined && { comment: this.#comment(comment) }),
    }
  }

  case(one: NewCase): NewCase {
    const text = (encoded: string): string => this.#redactor.text(encoded)
    return {
      ...one,
      question: text(one.question),
      answer: text(one.answer),
      ...(one.predicted !== undefined && { predicted: text(one.predicted) }),
      ...(one.answers !== undefined && { answers: one.answers.map((given) => this.#caseAnswer(given)) }),
    }
  }

  why(why: string | undefined): { readonly why?: string } {
    return why === undefined ? {} : { why: this.#redactor.words(why) }
  }

  #review(review: NewReview): NewReview {
    return { ...review, title: this.#redactor.words(review.title), question: this.#redactor.text(review.question) }
  }

  #answer(answer: Answer): Answer {
    const { value, note } = answer
    return {
      ...answer,
      ...(value !== undefined && { value: this.#redactor.text(value) }),
      ...(note !== undefined && { note: this.#redactor.words(note) }),
    }
  }

  #comment(comment: Comment): Comment {
    return { ...comment, text: this.#redactor.words(comment.text) }
  }

  #caseAnswer(given: CaseAnswer): CaseAnswer {
    return given.answer === undefined ? given : { ...given, answer: this.#redactor.text(given.answer) }
  }

  #settle(settle: Settle): Settle {
    switch (settle.status) {
      case 'completed':
        return { ...settle, output: this.#redactor.text(settle.output) }
      case 'failed':
      case 'stopped':
        return { ...settle, error: this.#redactor.error(settle.error) }
      case 'cancelled':
        return settle.reason === undefined ? settle : { ...settle, reason: this.#redactor.words(settle.reason) }
      default:
        return settle
    }
  }
}

/**
 * `run.review`: people are shown a subject, and accept, edit or reject it.
 *
 * Owns: what a review asks, what its answers come to, and what is recorded of them. Never: who may answer (inbox.ts), or how long a
 * question waits (flow/question.ts).
 * Invariants:
 *   R1. An accepted subject goes on as the flow gave it; an edited one fits the review's schema.
 *   R2. Of several people the majority counts, and a tie is a rejection. Of different edits the most frequent counts, then the latest.
 *   R3. Every review that people answered makes one case under the review's name, committed with it.
 */
import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import { RondoError } from '../errors.ts'
import type { Definition, StepScope, Taken } from '../flow/definition.ts'
import { FailedTake } from '../flow/failed-take.ts'
import type { QuestionContent } from '../flow/question-content.ts'
import type { Reviewing } from '../flow/reviewing.ts'
import type { ReviewRequest, ReviewResult } from '../flow/run.ts'
import type { Answer, NewCase } from '../journal/records.ts'
import { decode, encode, fingerprint } from '../json.ts'
import { answerSchema, issuesOf, misfit, shapeOf } from './answer-schema.ts'
import { answersForRecord, attentionOf, caseAnswer, notesOf, stagesOf } from './asking.ts'

const DEFAULT_ROLE = 'reviewer'

/** What the journal keeps beside a review's result. */
export interface ReviewRecordNote {
  readonly title: string
  readonly role: string
  /** The fingerprint of the subject: whether another review asked the same. */
  readonly subject: string
  readonly answers: readonly Omit<Answer, 'roles'>[]
}

/** The service behind `run.review`. */
export function createReviewing(): Reviewing {
  return {
    define<Subject>(name: string): Definition<'review', ReviewRequest<Subject>, ReviewResult<Subject>> {
      return {
        kind: 'review',
        name,
        asks: ({ subject, title }) => ({ subject, title }),
        take: (request, scope) => review(name, request, scope),
      }
    },
  }
}

async function review<Subject>(name: string, request: ReviewRequest<Subject>, scope: StepScope): Promise<Taken<ReviewResult<Subject>>> {
  const { subject, title = name, role = DEFAULT_ROLE, otherwise = 'wait', quorum = 1 } = request
  const schema = request.schema === undefined ? shapeOf(subject) : answerSchema(request.schema)
  const content: QuestionContent = { subject, schema }
  const outcome = await scope.question({
    kind: 'review',
    title,
    content,
    quorum,
    stages: stagesOf({ ...request, role }, otherwise === 'wait', `Review "${scope.path}"`),
    check: (answers) => firstComplaint(answers, (value) => complaintAbout(value, request.schema, schema)),
  })
  const record = (answers: readonly Answer[]): ReviewRecordNote => ({
    title,
    role,
    subject: fingerprint(subject),
    answers: answersForRecord(answers),
  })
  if (outcome.kind === 'expired') {
    if (otherwise === 'fail') throw new FailedTake(expired(scope.path, role), { record: record([]) })
    return { value: { outcome: 'expired', by: [] }, record: record([]) }
  }
  const { answers } = outcome.review
  const usage = attentionOf(answers)
  const value = resultOf(request, answers)
  return { value, record: record(answers), newCase: caseOf(name, request, value, answers), ...(usage !== undefined && { usage }) }
}

/** What a review came to, as its case says it: `{ outcome }`, with the value that was edited or the note of a rejection. */
function caseOf<Subject>(
  name: string,
  request: ReviewRequest<Subject>,
  result: ReviewResult<Subject>,
  answers: readonly Answer[],
): NewCase {
  const answer = encode(verdictOf(result))
  return {
    decision: name,
    question: encode(request.subject),
    answer,
    probability: 1,
    origin: 'escalation',
    policy: 'review',
    by: result.by.join(', '),
    answers: answers.map((given) => caseAnswer(given, answer, encode(verdictOf(resultOf(request, [given]))))),
  }
}

function verdictOf<Subject>(result: ReviewResult<Subject>): unknown {
  if (result.outcome === 'rejected') return { outcome: result.outcome, note: result.note }
  return { outcome: result.outcome, ...(result.outcome === 'edited' && { value: result.value }) }
}

function resultOf<Subject>(request: ReviewRequest<Subject>, answers: readonly Answer[]): ReviewResult<Subject> {
  const by = answers.map((answer) => answer.by)
  const note = notesOf(answers)
  const approving = answers.filter(({ outcome }) => outcome !== 'rejected')
  if (approving.length * 2 <= answers.length) return { outcome: 'rejected', note: note ?? '', by }
  const value = mostFrequent(approving.map((answer) => standsFor(request, answer)))
  const outcome = isDeepStrictEqual(value, request.subject) ? 'accepted' : 'edited'
  return { outcome, value, by, ...(note !== undefined && { note }) }
}

/** The value an approving answer stands for. */
function standsFor<Subject>(request: ReviewRequest<Subject>, answer: Answer): Subject {
  if (answer.outcome === 'accepted' || answer.value === undefined) return request.subject
  const given = decode(answer.value)
  // Without a schema, `shapeOf` has held the value against the subject's own shape: that is what Subject means here.
  return request.schema === undefined ? (given as Subject) : request.schema.parse(given)
}

/** The value given most often; of several, the latest. */
function mostFrequent<Value>(values: readonly Value[]): Value {
  const count = (value: Value): number => values.filter((other) => isDeepStrictEqual(other, value)).length
  return values.reduce((best, value) => (count(value) >= count(best) ? value : best))
}

function complaintAbout(value: unknown, type: z.ZodType | undefined, schema: unknown): string | undefined {
  const parsed = type?.safeParse(value)
  if (parsed === undefined) return misfit(schema, value)
  return parsed.success ? undefined : issuesOf(parsed.error)
}

/** What is wrong with the first answer that cannot be taken. */
function firstComplaint(answers: readonly Answer[], about: (value: unknown) => string | undefined): string | undefined {
  for (const { by, outcome, value, note } of answers) {
    if (outcome === 'rejected' && (note === undefined || note.trim() === ''))
      return `${by} rejected without a note: say what should be different.`
    const wrong = outcome === 'edited' ? about(value === undefined ? undefined : decode(value)) : undefined
    if (wrong !== undefined) return `The answer of ${by} was refused: ${wrong}.`
  }
  return undefined
}

function expired(path: string, role: string): RondoError {
  return new RondoError(
    'review_expired',
    `Nobody answered the review "${path}" (role "${role}") in time. Give people longer with { within }, or go on without them: { otherwise: "expire" } or "wait".`,
    { details: { path, role }, terminal: true },
  )
}

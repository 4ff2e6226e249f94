/**
 * What an answer comes to at the door: the pure rules the inbox applies to one question inside its transaction.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Answer, ReviewChange, ReviewRecord } from '../journal/records.ts'
import { misfit } from './answer-schema.ts'
import { contentOf } from './inbox-item.ts'
import type { Person } from './person.ts'
import { answeredTwiceError, refused, unknownError } from './refusals.ts'

/** Kept with the person's roles, for the question's own is not known yet. */
export function earlyAnswer(
  id: string,
  review: ReviewRecord | undefined,
  person: Person,
  answer: Answer,
  over: string | undefined,
): ReviewChange {
  if (over !== undefined) throw unknownError(id, `This was never asked, and will not be: ${over}.`)
  const before = review?.answers.find(({ by }) => by === person.name)
  if (review !== undefined && before !== undefined) throw answeredTwiceError(review, before)
  return { answer: { ...answer, roles: person.roles } }
}

/** What an answer with this value comes to. Throws `answer_refused` when the question does not take it. */
export function outcomeOf(id: string, review: ReviewRecord | undefined, value: unknown): Answer['outcome'] {
  if (value === undefined) throw refused(id, 'An answer needs a value. Give one, or accept what stands.')
  if (review === undefined) return 'edited'
  if (isDeepStrictEqual(value, standing(review))) return 'accepted'
  const wrong = misfit(contentOf(review).schema, value)
  if (wrong !== undefined) throw refused(id, `"${review.title}" does not take this answer: ${wrong}.`)
  return 'edited'
}

/** What stands if nobody changes it; `undefined` when nothing does. */
export function standing(review: ReviewRecord): unknown {
  const { subject, proposal } = contentOf(review)
  if (review.kind === 'review') return subject
  return review.kind === 'decide' ? proposal?.value : undefined
}

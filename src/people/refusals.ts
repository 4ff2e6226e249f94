/**
 * The ways in which the inbox says no: what was first, who is at it, why it is over, what does not fit.
 */
import { RondoError } from '../errors.ts'
import type { Answer, ReviewRecord } from '../journal/records.ts'

export function claimedError(review: ReviewRecord): RondoError {
  const until = new Date(review.claimedUntil ?? 0).toISOString()
  return new RondoError(
    'review_claimed',
    `${review.claimedBy} is at work on "${review.title}" until ${until}. Take another, or wait until then.`,
    {
      details: { review: review.id, by: review.claimedBy, until },
    },
  )
}

export function takenError(review: ReviewRecord): RondoError {
  const first = review.answers[0]
  const said = review.answers.map(({ by, outcome, at }) => `${by} ${outcome} it at ${new Date(at).toISOString()}`).join(', ')
  return new RondoError(
    'review_taken',
    `"${review.title}" has been answered already: ${said || 'by nobody on the record'}. An answer is taken once.`,
    {
      details: {
        review: review.id,
        ...(first !== undefined && { by: first.by, at: new Date(first.at).toISOString(), outcome: first.outcome }),
      },
    },
  )
}

export function answeredTwiceError(review: ReviewRecord, answer: Answer): RondoError {
  const missing = review.quorum - review.answers.length
  const waits =
    review.state === 'early' ? 'It waits for its question' : `It waits for ${missing > 1 ? `${missing} other people` : 'another person'}`
  return new RondoError(
    'review_taken',
    `${answer.by} has answered "${review.title || review.path}" already: ${answer.outcome} at ${new Date(answer.at).toISOString()}. ${waits}.`,
    { details: { review: review.id, by: answer.by, at: new Date(answer.at).toISOString(), outcome: answer.outcome } },
  )
}

export function closedError(review: ReviewRecord, why: string): RondoError {
  return new RondoError('review_closed', `"${review.title}" needs no answer any more: ${why}.`, { details: { review: review.id, why } })
}

export function askedAnewError(review: ReviewRecord): RondoError {
  const at = new Date(review.openedAt).toISOString()
  return new RondoError(
    'review_closed',
    `"${review.title}" has been asked anew since you saw it, at ${at}. Look at it again, then answer.`,
    {
      details: { review: review.id, openedAt: at },
    },
  )
}

export function refused(id: string, why: string): RondoError {
  return new RondoError('answer_refused', why, { details: { review: id } })
}

export function unknownError(id: string, why = 'There is no such question.'): RondoError {
  return new RondoError('review_unknown', `${why} ("${id}") See "rondo inbox" for those there are.`, { details: { review: id } })
}

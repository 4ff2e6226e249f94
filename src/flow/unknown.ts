/**
 * What becomes of a `write` whose outcome nobody knows: a person says whether it happened.
 *
 * Owns: that question and the entry its answer makes. Never: repeats the write.
 */
import type { Entry } from '../journal/records.ts'
import { encode } from '../json.ts'
import { type Outcome, valueOutcome } from './outcome.ts'
import { answerValue, askPeople, attentionOf } from './question.ts'
import { type QuestionContent, unknownAnswer, unknownAnswerSchema } from './question-content.ts'
import type { Work } from './step.ts'

export type Happened = { readonly kind: 'happened'; readonly outcome: Outcome<unknown> } | { readonly kind: 'did not' }

/** Asks at the step's own path. A step that happened is completed with the result the person gave (or with none). */
export async function askWhetherItHappened(job: Work, recorded: readonly Entry[]): Promise<Happened> {
  const { scope, name, path } = job
  const since = recorded.slice(recorded.findLastIndex((entry) => entry.state === 'attempted') + 1)
  const content: QuestionContent = {
    asks: `Did "${path}" happen? The process died or ran out of time in it, and it may not be safe to repeat.`,
    subject: {
      flow: scope.drive.run.flow,
      step: path,
      attemptedAt: new Date(recorded.findLast((entry) => entry.state === 'attempted')?.at ?? scope.drive.now()),
    },
    schema: unknownAnswerSchema,
  }
  const outcome = await askPeople(
    { scope, name, kind: 'code', path },
    {
      kind: 'unknown',
      title: `Did "${path}" happen?`,
      content,
      stages: [{ role: 'operator' }],
      check: (answers) =>
        unknownAnswer.safeParse(answerValue(answers.at(-1))).success
          ? undefined
          : 'Say whether it happened: { "happened": true, "result": … } or { "happened": false }.',
    },
    since,
  )
  if (outcome.kind === 'expired') throw new Error(`The question whether "${path}" happened has no deadline, and yet it expired.`)
  const given = outcome.review.answers.at(-1)
  const answer = unknownAnswer.parse(answerValue(given))
  const common = {
    scope: scope.path,
    name,
    kind: 'code' as const,
    startedAt: scope.drive.now(),
    record: encode({ decidedBy: given?.by, note: given?.note }),
    usage: attentionOf(outcome.review),
  }
  const along = { endReviews: [{ path, state: 'taken' as const }] }
  if (!answer.happened) {
    await scope.commit({ ...common, state: 'retracted' }, along)
    return { kind: 'did not' }
  }
  const committed = await scope.commit({ ...common, state: 'completed', value: encode(answer.result) }, along)
  return { kind: 'happened', outcome: valueOutcome(committed, answer.result) }
}

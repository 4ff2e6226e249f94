/**
 * A decision taken once more, under another version of its predictor and with the same question: what a backtest does.
 *
 * Owns: what of the first time stands. Never: asks the policy, or people who have answered.
 * Invariants:
 *   A1. Who decided, stands: a policy would rule on the new proposal by what it learned since, which is not what is compared.
 *   A2. What people answered is what the flow goes on with. The new proposal stands in the record, to be held against it.
 *   A3. Where the proposal had stood alone the new one does; where there is none, people would be asked.
 */
import { isDeepStrictEqual } from 'node:util'
import type { StepScope, Taken, Was } from '../flow/definition.ts'
import type { Ruling } from './autonomy.ts'
import { foreseen, questionOf, recordOf, turnToPeople, underOf } from './deciding.ts'
import type { Decided, Decision } from './decision.ts'
import { type DecisionRecord, decisionRecord } from './decision-record.ts'
import { propose } from './proposing.ts'

export async function decideAgain<Question, Answer>(
  decision: Decision<Question, Answer>,
  given: Question,
  scope: StepScope,
  was: Was<Decided<Answer>>,
): Promise<Taken<Decided<Answer>>> {
  const question = questionOf(decision, given, scope.path)
  const segment = decision.segment?.(question)
  const before = decisionRecord.parse(was.record)
  const proposed = await propose(decision, question, segment, scope, rulingOf(before))
  const asked = { decision, question, segment, proposed }
  const { prediction, trouble } = proposed
  const { prediction: _, trouble: __, ...stands } = before
  const record = { ...stands, ...(prediction !== undefined && { prediction }), ...(trouble !== undefined && { trouble }) }
  const answer = prediction?.answer
  if (was.value.by !== 'predictor') return { value: was.value, record, ...underOf(proposed) }
  if (answer === undefined) return turnToPeople(asked, scope)
  if (isDeepStrictEqual(answer, was.value.value)) return { value: was.value, record, ...underOf(proposed) }
  return { value: { value: answer, by: 'predictor', ...foreseen(proposed) }, record: recordOf(asked, 'predictor'), ...underOf(proposed) }
}

/** The ruling as it was made, as far as the record of a decision keeps it. */
function rulingOf({ by, probability, origin, policy, epoch, detail }: DecisionRecord): Ruling {
  return {
    review: by !== 'predictor',
    probability,
    origin,
    policy,
    ...(epoch !== undefined && { epoch }),
    ...(detail !== undefined && { detail }),
  }
}

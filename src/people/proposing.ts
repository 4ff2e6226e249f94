/**
 * The step `propose` inside a decision: the predictor is asked, and the policy rules on what it says.
 *
 * Owns: that step, so that proposal and ruling are in the journal before anybody is asked, and never made a second time.
 * Never: throws because a predictor or policy failed while there are people to ask; the failure stands in the journal.
 */
import { RondoError } from '../errors.ts'
import type { Definition, StepScope } from '../flow/definition.ts'
import type { Prediction } from '../model/predictor.ts'
import { issuesOf } from './answer-schema.ts'
import type { Ruling } from './autonomy.ts'
import type { Decision } from './decision.ts'

/** What predictor and policy came to. */
export interface Proposed<Answer> {
  readonly prediction?: Prediction<Answer>
  /** Absent when there was nothing to rule on. */
  readonly ruling?: Ruling
  /** Why there is no proposal, when the predictor or the policy failed. */
  readonly trouble?: string
}

/** `held`: a ruling that stands whatever is proposed, for a decision that is taken again (deciding-again.ts). */
export async function propose<Question, Answer>(
  decision: Decision<Question, Answer>,
  question: Question,
  segment: string | undefined,
  scope: StepScope,
  held?: Ruling,
): Promise<Proposed<Answer>> {
  const { predictor, autonomy, people, name, answer, choices } = decision
  if (predictor === undefined) return {}
  const step: Definition<'ask', Question, Proposed<Answer>> = {
    kind: 'ask',
    name: 'propose',
    async take(asked, inner) {
      const prediction = checked(decision, await predictor.predict(asked, { decision: name, answer, choices }, inner))
      const { version } = prediction
      if (prediction.answer === undefined) return { value: { prediction }, version }
      if (held !== undefined) return { value: { prediction, ruling: held }, version }
      const seed = `${name}:${scope.runId}:${scope.path}`
      return { value: { prediction, ruling: await autonomy.rule({ decision: name, prediction, seed, segment, scope: inner }) }, version }
    },
    ...(predictor.version !== undefined && { version: (inner) => predictor.version?.(inner) }),
  }
  try {
    return await scope.run.ask<Question, Proposed<Answer>>(step, question)
  } catch (error) {
    if (people === undefined) throw error
    return { trouble: error instanceof Error ? error.message : String(error) }
  }
}

/** The prediction, if it is one: an answer the decision knows, with a confidence that is a share. */
function checked<Question, Answer>(decision: Decision<Question, Answer>, prediction: Prediction<Answer>): Prediction<Answer> {
  const who = `Predictor "${decision.predictor?.name}" of decision "${decision.name}"`
  if (!(prediction.confidence >= 0 && prediction.confidence <= 1))
    throw new RondoError('answer_invalid', `${who} gave a confidence of ${prediction.confidence}: it is a number from 0 to 1.`)
  if (prediction.answer === undefined) return { ...prediction, confidence: 0 }
  const parsed = decision.answer.safeParse(prediction.answer)
  if (parsed.success) return prediction
  throw new RondoError('answer_invalid', `${who} proposed what the decision's answer schema refuses. ${issuesOf(parsed.error)}.`)
}

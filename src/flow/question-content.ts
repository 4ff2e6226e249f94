/**
 * What a question shows to people, whichever step asks it: the one shape that inboxes, terminals and forms read.
 *
 * Owns: that shape, and the answers to the two questions the language itself asks. Never: who may answer.
 */
import { z } from 'zod'

export interface QuestionContent {
  /** The decision that asks, when one does. */
  readonly decision?: string
  /** The question in a sentence, when the title does not say it all. */
  readonly asks?: string
  /** What people look at. */
  readonly subject: unknown
  /** What a predictor proposed, when one did. */
  readonly proposal?: { readonly value: unknown; readonly confidence: number; readonly source: string }
  /** JSON schema of the value an answer carries. */
  readonly schema: unknown
  /** The possible values, when there are few. */
  readonly choices?: readonly unknown[]
  /** What the model was shown, when a model proposed. */
  readonly context?: unknown
  /** Why people are asked, in a sentence, when there is more to say than that they always are. */
  readonly why?: string
  /** Whoever answers sees no proposal, and not what others answer. */
  readonly blind?: true
}

/** The answer to "did this write happen?". */
export const unknownAnswer = z.discriminatedUnion('happened', [
  z.object({ happened: z.literal(true), result: z.unknown().optional() }),
  z.object({ happened: z.literal(false) }),
])
export const unknownAnswerSchema = z.toJSONSchema(unknownAnswer)

const extension = z.object({
  rounds: z.number().int().positive().optional(),
  tokens: z.number().int().positive().optional(),
  usd: z.number().positive().optional(),
  time: z.union([z.string(), z.number()]).optional(),
  attention: z.union([z.string(), z.number()]).optional(),
})
export type BudgetExtension = z.output<typeof extension>

/** The answer to "this budget is spent: extend it, or end the run?". */
export const budgetAnswer = z.union([z.object({ extend: extension }), z.object({ end: z.literal(true) })])
export const budgetAnswerSchema = z.toJSONSchema(budgetAnswer)

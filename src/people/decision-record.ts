/**
 * What the journal keeps beside a decision's result: on what evidence it was taken, under which policy, and who answered.
 *
 * Owns: that shape. Reports, the map, policies and corrections read it; nothing needs it for replay.
 */
import { z } from 'zod'

const given = z.object({
  by: z.string(),
  at: z.number(),
  outcome: z.enum(['accepted', 'edited', 'rejected']),
  /** Encoded; of those who gave a value of their own. */
  value: z.string().optional(),
  note: z.string().optional(),
  attentionMs: z.number().optional(),
})

export const decisionRecord = z.object({
  decision: z.string(),
  question: z.unknown(),
  /** JSON schema of the answer. */
  schema: z.unknown(),
  by: z.enum(['predictor', 'people', 'default']),
  segment: z.string().optional(),
  /** What the predictor proposed; without an `answer` when it had none. */
  prediction: z
    .object({
      answer: z.unknown().optional(),
      confidence: z.number(),
      source: z.string(),
      version: z.string(),
      detail: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
  /** Why there is no proposal, when the predictor or the policy failed. */
  trouble: z.string().optional(),
  /** The policy in words, its epoch, and what it went by. */
  policy: z.string(),
  epoch: z.number().optional(),
  detail: z.record(z.string(), z.unknown()).optional(),
  /** The probability with which people were to be asked, and why they would be. */
  probability: z.number(),
  origin: z.enum(['audit', 'escalation']),
  /** Who is asked, where people are. */
  role: z.string().optional(),
  answers: z.array(given).optional(),
  /** They answered without seeing the proposal, or each other's answers. */
  blind: z.literal(true).optional(),
})

export type DecisionRecord = z.output<typeof decisionRecord>

/**
 * What a context builder made: text within a budget of tokens, and where every piece of it came from.
 *
 * Owns: its shape, and how it is known again when it is handed to a prompt. Never: builds one (see context.ts).
 */
import { z } from 'zod'

export interface Built {
  readonly kind: 'context'
  /** The builder's name. */
  readonly name: string
  /** What goes into the prompt. A prompt that prints the context prints this. */
  readonly text: string
  /** Of the text, by the builder's counter. */
  readonly tokens: number
  readonly budget: number
  /** What entered, in the order of the text. What was cut is in the step's record. */
  readonly pieces: readonly KeptPiece[]
}

export interface KeptPiece {
  readonly source: string
  readonly title?: string
  readonly score?: number
  readonly text: string
  readonly tokens: number
  /** Why it is in: `fits`, or `truncated from 900 to 240 tokens`. */
  readonly why: string
}

const Piece = z.object({
  source: z.string(),
  title: z.string().exactOptional(),
  score: z.number().exactOptional(),
  text: z.string(),
  tokens: z.number(),
  why: z.string(),
})

/** The schema of a built context: use it in a prompt's input. */
export const built: z.ZodType<Built, Built> = z.object({
  kind: z.literal('context'),
  name: z.string(),
  text: z.string(),
  tokens: z.number(),
  budget: z.number(),
  pieces: z.array(Piece),
})

/** Is it a built context? By its shape, for it may come out of a journal. */
export function isBuilt(value: unknown): value is Built {
  return value !== null && typeof value === 'object' && 'kind' in value && value.kind === 'context' && built.safeParse(value).success
}

/**
 * Context builders: what goes into a model call, within a budget of tokens, with a reason for every piece that is in or out.
 *
 * Owns: the definition that `run.context` takes, its record, and the text form. Never: finds pieces; that is the builder's function,
 * whose own steps are journaled below the context's path. Choosing is in `choose.ts`.
 */
import type { z } from 'zod'
import { RondoError } from '../errors.ts'
import type { Definition, StepScope } from '../flow/definition.ts'
import { checkName } from '../flow/path.ts'
import type { Built, KeptPiece } from './built.ts'
import { type Choice, choose, type Weighed } from './choose.ts'
import { estimateTokens, type TokenCounter } from './tokens.ts'

/** Something that may go into a context. */
export interface Piece {
  /** Where it comes from: an address, a file, a record's id. */
  readonly source: string
  readonly text: string
  readonly title?: string
  /** How well it fits, the higher the better; pieces without one come after those with one, in their order. */
  readonly score?: number
}

export interface ContextOptions<InputSchema extends z.ZodType> {
  readonly name: string
  /** Most tokens of the text, the marks around the pieces included. */
  readonly budget: number
  readonly input: InputSchema
  /** Finds the pieces. What is expensive or changes goes through `scope.run.step`, so that it is journaled and not done twice. */
  readonly pieces: (input: z.output<InputSchema>, scope: StepScope) => readonly Piece[] | Promise<readonly Piece[]>
  /** Pieces with a lower score are cut. */
  readonly minScore?: number
  /** Most pieces. */
  readonly limit?: number
  /** Whether a piece that does not fit is shortened to what is left. Default `true`. */
  readonly truncate?: boolean
  /** The order in the text: best first, or as the pieces were given. Default `score`. */
  readonly order?: 'score' | 'given'
  readonly tokens?: TokenCounter
}

/** What stands in the journal beside a built context: every piece there was, the cut ones included. */
export interface ContextRecord {
  readonly budget: number
  readonly tokens: number
  readonly kept: number
  readonly cut: number
  readonly pieces: readonly {
    readonly source: string
    readonly title?: string
    readonly score?: number
    readonly tokens: number
    readonly kept: boolean
    readonly why: string
    readonly text?: string
  }[]
}

/**
 * Defines a context builder for `run.context`. The same pieces make the same text, in the same order.
 *
 *     const Facts = context({ name: 'facts', budget: 2000, input: z.object({ mail: z.string() }), minScore: 0.3,
 *       pieces: async ({ mail }, scope) => scope.run.step('search', () => search(mail), { effect: 'read' }) })
 *     const facts = await run.context(Facts, { mail })
 *     await run.ask(Reply, { mail, facts })     // {{facts}} prints the text; the record shows the pieces beside the answer
 */
export function context<InputSchema extends z.ZodType>(
  options: ContextOptions<InputSchema>,
): Definition<'context', z.input<InputSchema>, Built> {
  const { name, budget, input } = options
  checkName(name, 'A context')
  if (!(Number.isInteger(budget) && budget > 0))
    throw new RondoError('invalid_definition', `Context "${name}" has a budget of ${budget} tokens: write a whole number above zero.`)
  return {
    kind: 'context',
    name,
    take: async (given, scope) => {
      const checked = await input.safeParseAsync(given)
      if (!checked.success) {
        const issues = checked.error.issues.map(({ path, message }) => `${path.map(String).join('.') || '(the input)'}: ${message}`)
        throw new RondoError('invalid_input', `Context "${name}" does not take this input: ${issues.join('; ')}.`, { terminal: true })
      }
      const pieces = await options.pieces(checked.data, scope)
      const choice = choose(pieces, {
        budget,
        tokens: options.tokens ?? estimateTokens,
        framed,
        ...(options.minScore !== undefined && { minScore: options.minScore }),
        ...(options.limit !== undefined && { limit: options.limit }),
        truncate: options.truncate ?? true,
        order: options.order ?? 'score',
      })
      return { value: builtOf(name, budget, choice), record: recordOf(budget, choice) }
    },
  }
}

/**
 * One piece in the text: between marks that no piece holds, with its source and title written so that they cannot end a mark.
 * `mark` is made of the pieces themselves (see `choose.ts`): whatever a piece says, it cannot close itself or open another.
 */
function framed(mark: string, number: number, { source, title }: Piece, text: string): string {
  const named = title === undefined ? '' : ` title=${JSON.stringify(title)}`
  return `<piece-${mark} number="${number}" source=${JSON.stringify(source)}${named}>\n${text}\n</piece-${mark}>`
}

function builtOf(name: string, budget: number, { text, tokens, kept }: Choice): Built {
  return { kind: 'context', name, text, tokens, budget, pieces: kept.map(keptPiece) }
}

function keptPiece({ piece, text, tokens, why }: Weighed): KeptPiece {
  const { source, title, score } = piece
  return { source, ...(title !== undefined && { title }), ...(score !== undefined && { score }), text, tokens, why }
}

function recordOf(budget: number, { tokens, kept, cut }: Choice): ContextRecord {
  const all = [...kept.map((one) => ({ ...one, kept: true })), ...cut.map((one) => ({ ...one, kept: false }))]
  return {
    budget,
    tokens,
    kept: kept.length,
    cut: cut.length,
    pieces: all.map((one) => {
      const { text, ...piece } = keptPiece(one)
      // What was kept stands in the value already.
      return { ...piece, kept: one.kept, ...(!one.kept && { text }) }
    }),
  }
}

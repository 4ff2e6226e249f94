/**
 * How sure an answer is: the mathematics of METHODS's last section, without a model in it.
 *
 * Owns: the three numbers. Never: asks.
 */
import { fingerprint } from '../json.ts'
import type { AnswerForm } from './answer.ts'
import type { ModelReply } from './model-call.ts'

/**
 * The probability the model gave to its answer: the product over the tokens that the answer's value is written with. Tokens of the
 * JSON around it (the braces and the key) say nothing about the answer and are left out. `undefined` when there are none.
 */
export function tokenProbability(reply: ModelReply, form: Pick<AnswerForm<unknown>, 'key'>): number | undefined {
  const tokens = reply.logProbabilities
  if (tokens === undefined || tokens.length === 0) return undefined
  const text = tokens.map(({ token }) => token).join('')
  const [from, to] = span(text, form.key)
  let at = 0
  let sum = 0
  let counted = 0
  for (const { token, logProbability } of tokens) {
    const end = at + token.length
    if (end > from && at < to) {
      sum += logProbability
      counted += 1
    }
    at = end
  }
  return counted === 0 || Number.isNaN(sum) ? undefined : Math.min(1, Math.exp(sum))
}

/** Where the answer's value stands in what was written. */
function span(text: string, key: string | undefined): [number, number] {
  const start = key === undefined ? null : new RegExp(`"${key}"\\s*:\\s*`).exec(text)
  if (start !== null) {
    const end = text.lastIndexOf('}')
    const from = start.index + start[0].length
    return [from, end <= from ? text.length : from + text.slice(from, end).trimEnd().length]
  }
  const from = text.length - text.trimStart().length
  return [from, text.trimEnd().length]
}

export interface Agreement<Answer> {
  readonly answer: Answer
  /** The share of the samples that gave this answer. */
  readonly confidence: number
  /** How often each answer was given, the most frequent first, as JSON text. */
  readonly votes: readonly { readonly answer: Answer; readonly count: number }[]
}

/** The answer most samples gave; of as many the one that came first. */
export function agreement<Answer>(samples: readonly Answer[]): Agreement<Answer> | undefined {
  const groups = Map.groupBy(samples, (sample) => fingerprint(sample))
  const votes = [...groups.values()]
    .flatMap((same) => (same[0] === undefined ? [] : [{ answer: same[0], count: same.length }]))
    .sort((one, other) => other.count - one.count)
  const [first] = votes
  return first === undefined ? undefined : { answer: first.answer, confidence: first.count / samples.length, votes }
}

/**
 * What is wrong with a text, as the server says it: the line apart from the words.
 */
import { ApiError } from '../../api/client.ts'

export interface Problem {
  readonly line?: number
  readonly message: string
}

const CODES = ['prompt_invalid', 'prompt_unknown', 'invalid_input']

/** `undefined`: the error is not about the text. */
export function problemOf(error: unknown): Problem | undefined {
  if (!(error instanceof ApiError) || !CODES.includes(error.code)) return undefined
  const [, place, words = error.message] = /^[^\n]*?:(\d+): (.*)$/s.exec(error.message) ?? []
  const line = typeof error.details['line'] === 'number' ? error.details['line'] : place === undefined ? undefined : Number(place)
  return { message: words, ...(line !== undefined && { line }) }
}

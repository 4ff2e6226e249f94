/**
 * What the journal keeps of a result: its text, or the error that says why it cannot be kept.
 */
import { isTerminal, RondoError } from '../errors.ts'
import { encode } from '../json.ts'

const LARGEST_RESULT = 16 * 1024 * 1024

/** The text of a step's result, or the terminal error its step fails with. */
export function resultText(path: string, value: unknown, maxBytes = LARGEST_RESULT): string | RondoError {
  try {
    const text = encode(value)
    const bytes = text.length > maxBytes / 3 ? Buffer.byteLength(text) : text.length
    if (bytes <= maxBytes) return text
    return new RondoError(
      'result_too_large',
      `"${path}" returned ${bytes} bytes; at most ${maxBytes} are kept. Put the content where it belongs (a file, a bucket) and return a reference to it, or raise { maxBytes }.`,
      { details: { path, bytes, maxBytes }, terminal: true },
    )
  } catch (error) {
    if (!(error instanceof RondoError && isTerminal(error))) throw error
    return new RondoError(error.code, `"${path}": ${error.message}`, { details: { ...error.details, path }, terminal: true, cause: error })
  }
}

/** The text of what a turn or branch hands on. What cannot be kept stops the run: no catch in the flow could mend it. */
export function kept(path: string, value: unknown): string {
  const text = resultText(path, value)
  if (typeof text === 'string') return text
  throw text
}

/**
 * What the journal keeps of a result: its text, or the error that says why it cannot be kept.
 */
import { RondoError, toErrorRecord } from '../errors.ts'
import { encode } from '../json.ts'
import type { Drive } from './drive.ts'
import { suspended } from './suspended.ts'

const LARGEST_RESULT = 16 * 1024 * 1024

/** The text of a step's result, or the terminal error its step fails with. */
export function resultText(path: string, value: unknown, maxBytes = LARGEST_RESULT): string | RondoError {
  let text: string
  try {
    text = encode(value)
  } catch (error) {
    const { message } = toErrorRecord(error)
    return new RondoError('not_serialisable', `"${path}": ${message}`, {
      details: { ...(error instanceof RondoError && error.details), path },
      terminal: true,
    })
  }
  const bytes = text.length > maxBytes / 3 ? Buffer.byteLength(text) : text.length
  if (bytes <= maxBytes) return text
  return new RondoError(
    'result_too_large',
    `"${path}" returned ${bytes} bytes; at most ${maxBytes} are kept. Put the content where it belongs (a file, a bucket) and return a reference to it, or, for run.step, raise { maxBytes }.`,
    { details: { path, bytes, maxBytes }, terminal: true },
  )
}

/** The text of what a turn or branch hands on. What cannot be kept stops the run: no catch in the flow could mend it. */
export async function kept(drive: Drive, path: string, value: unknown): Promise<string> {
  const text = resultText(path, value)
  if (typeof text === 'string') return text
  drive.stop(text)
  return suspended()
}

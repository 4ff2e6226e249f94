/**
 * What the journal keeps of a result: its text, or the error that says why it cannot be kept.
 */
import { RondoError, toErrorRecord } from '../errors.ts'
import { decode, encode } from '../json.ts'
import type { Drive } from './drive.ts'
import { suspended } from './suspended.ts'

const LARGEST_RESULT = 16 * 1024 * 1024

/** The text of a step's result, or the terminal error its step fails with. */
function resultText(path: string, value: unknown, maxBytes = LARGEST_RESULT): string | RondoError {
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

/** A result as the journal keeps it, and as the flow sees it from here on: without what is redacted. Or why it cannot be kept. */
export function result<Output>(drive: Drive, path: string, value: Output, maxBytes?: number): Kept<Output> | RondoError {
  const text = resultText(path, value, maxBytes)
  if (typeof text !== 'string' || drive.redaction === undefined) return typeof text === 'string' ? { text, value } : text
  const redacted = drive.redaction.text(text)
  return redacted === text ? { text, value } : { text: redacted, value: decode(redacted) as Output }
}

export interface Kept<Output> {
  readonly text: string
  readonly value: Output
}

/** What a turn or branch hands on. What cannot be kept stops the run: no catch in the flow could mend it. */
export async function kept<Output>(drive: Drive, path: string, value: Output): Promise<Kept<Output>> {
  const over = result(drive, path, value)
  if (!(over instanceof RondoError)) return over
  drive.stop(over)
  return suspended()
}

/**
 * A span as it is sent: all of it known when the step it stands for is over, its ids worked out from where that step stands.
 *
 * Invariant N1: the same run and path give the same ids in every process, so that what is sent before a wait and after it is one trace.
 */
import { createHash } from 'node:crypto'

export type AttributeValue = string | number | boolean | string[]
export type Attributes = Record<string, AttributeValue>

export interface FinishedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string | undefined
  readonly name: string
  /** A call of something outside. */
  readonly client?: true
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly endedAt: number
  readonly attributes: Attributes
  /** What kind of error it ended in. */
  readonly error?: string
}

/** The trace of a run that was started in none. */
export function traceIdOf(run: string): string {
  return digest(`trace:${run}`, 32)
}

/** The span of a step, or of the run itself for `''`; `part` tells apart several of one step. */
export function spanIdOf(run: string, path: string, part = ''): string {
  return digest(`span:${run}:${path}:${part}`, 16)
}

function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}

/** What a `traceparent` says; the journal keeps only those that say something. */
export function readTraceparent(traceparent: string): { traceId: string; spanId: string; sampled: boolean } {
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-')
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

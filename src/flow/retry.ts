/**
 * When a failed attempt is tried again, and how long after: a pure policy.
 */
import { createHash } from 'node:crypto'
import { milliseconds } from '../duration.ts'
import { isTerminal } from '../errors.ts'
import type { Effect, Retry } from './run.ts'

const DEFAULT_ATTEMPTS = 3

/** Milliseconds to wait before attempt `attempt + 1`, or `undefined` when there is to be none. `seed` fixes the jitter. */
export function retryDelay(retry: Retry | undefined, effect: Effect, attempt: number, error: unknown, seed: string): number | undefined {
  const attempts = retry?.attempts ?? (retry === undefined && effect === 'write' ? 1 : DEFAULT_ATTEMPTS)
  if (attempt >= attempts || isTerminal(error) || retry?.on?.(error) === false) return undefined
  const first = milliseconds(retry?.first ?? '1s')
  const full = Math.min(first * (retry?.factor ?? 2) ** (attempt - 1), milliseconds(retry?.longest ?? '5m'))
  return Math.round(full * (1 - (retry?.jitter ?? 0.3) * chance(`${seed}:${attempt}`)))
}

/** A number in [0,1) that depends on nothing but the seed. */
export function chance(seed: string): number {
  return createHash('sha256').update(seed).digest().readUIntBE(0, 6) / 2 ** 48
}

/** A uuid (version 8) that depends on nothing but the seed. */
export function seededUuid(seed: string): string {
  const bytes = createHash('sha256').update(seed).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/**
 * How often somebody may try to sign in: pure rules over what is kept of failed attempts.
 *
 * An attempt counts as failed before it is looked at, so that many at once are as many; a right one takes that back. Past its limit a
 * key is barred, each time for twice as long. A quiet window makes it good.
 */
import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { AttemptRecord } from '../journal/access-records.ts'
import type { AccessView } from '../journal/store.ts'

export interface AttemptLimit {
  /** Failures before it is barred. */
  readonly failures: number
  readonly windowMs: number
  readonly barMs: number
  readonly longestBarMs: number
}

const MINUTE = 60_000
const OF_ACCOUNT: AttemptLimit = { failures: 5, windowMs: 15 * MINUTE, barMs: MINUTE, longestBarMs: 15 * MINUTE }
/** Many people may share an address. */
const OF_ADDRESS: AttemptLimit = { failures: 30, windowMs: 15 * MINUTE, barMs: MINUTE, longestBarMs: 60 * MINUTE }

/** What an attempt counts for. */
export interface Keys {
  readonly account: string
  readonly address: string
}

/** What was typed as a name is not kept: it may have been a password. */
export function keysOf(name: string, from: string | undefined): Keys {
  const account = createHash('sha256').update(name).digest('base64url').slice(0, 22)
  return { account: `account:${account}`, address: `address:${networkOf(from ?? 'unknown')}` }
}

/** Until when nothing may be tried; `undefined`: now. */
export function barredUntil(view: AccessView, keys: Keys, now: number): number | undefined {
  const until = Math.max(view.attempts(keys.account)?.until ?? 0, view.attempts(keys.address)?.until ?? 0)
  return until > now ? until : undefined
}

/** Both counted up by one. */
export function counted(view: AccessView, keys: Keys, now: number): AttemptRecord[] {
  return [
    more(keys.account, view.attempts(keys.account), OF_ACCOUNT, now),
    more(keys.address, view.attempts(keys.address), OF_ADDRESS, now),
  ]
}

/** After a right one: the account is cleared, the address has one failure less. */
export function cleared(view: AccessView, keys: Keys, now: number): AttemptRecord[] {
  const address = view.attempts(keys.address)
  const one: AttemptRecord = { key: keys.account, failed: 0, at: now, until: 0 }
  if (address === undefined) return [one]
  const failed = Math.max(0, address.failed - 1)
  return [one, { ...address, failed, until: failed < OF_ADDRESS.failures ? 0 : address.until }]
}

function more(key: string, before: AttemptRecord | undefined, limit: AttemptLimit, now: number): AttemptRecord {
  const isOld = before === undefined || now - Math.max(before.at, before.until) > limit.windowMs
  const failed = (isOld ? 0 : before.failed) + 1
  const over = failed - limit.failures
  const until = over < 0 ? 0 : now + Math.min(limit.barMs * 2 ** over, limit.longestBarMs)
  return { key, failed, at: now, until }
}

/** Whoever has an IPv6 address has 2^64 of them. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.toLowerCase().split('%', 1)[0]?.split('::') ?? []
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length)
  return [...first, ...Array.from({ length: zeros }, () => '0'), ...last].slice(0, 4).join(':')
}

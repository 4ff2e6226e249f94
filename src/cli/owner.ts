/**
 * Who drives a database right now.
 */
import { RondoError } from '../errors.ts'
import type { Rondo } from '../index.ts'

export interface DatabaseOwner {
  readonly pid: number
  readonly host: string
  readonly since: number
}

/**
 * The owner, or `undefined` where there is none. Found out by asking to own it, which is the one way that cannot be wrong; what
 * is gained by it is let go when `rondo` is closed, so ask last, and of a `rondo` that may write.
 */
export async function ownerOf(rondo: Rondo): Promise<DatabaseOwner | undefined> {
  try {
    await rondo.store.own()
    return undefined
  } catch (error) {
    if (!(error instanceof RondoError && error.code === 'database_owned')) throw error
    const { pid, host, since } = error.details
    return { pid: Number(pid ?? 0), host: String(host ?? 'this machine'), since: Number(since ?? 0) }
  }
}

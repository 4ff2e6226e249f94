/**
 * Who does something, as the audit log has it; and who somebody turned out to be.
 */
import type { NewAct, UserRecord } from '../journal/access-records.ts'
import { reviewRoles, type Scope } from './scopes.ts'

/** Who acts, by what, and from where. */
export type Actor = Pick<NewAct, 'by' | 'credential' | 'from' | 'request'>

/** A user who proved who they are, and what this credential of theirs may be used for. */
export interface KnownUser {
  readonly name: string
  /** Whose questions they may answer. */
  readonly roles: readonly string[]
  readonly scopes: readonly Scope[]
  /** `session 1f2e…`, `token 9a8b…`: for the audit log. */
  readonly credential: string
}

export function knownUser(user: UserRecord, scopes: readonly Scope[], credential: string): KnownUser {
  return { name: user.name, roles: reviewRoles(user), scopes, credential }
}

/** A line of the audit log about what is kept in the same transaction. */
export function doneBy(actor: Actor, what: string, on: string, detail?: string): NewAct {
  return { ...actor, what, on, outcome: 'done', ...(detail !== undefined && { detail }) }
}

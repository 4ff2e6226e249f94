/**
 * What may be done, and who may do it: the one table.
 *
 * Every endpoint names one scope; a caller has it by their role, and by the credential they send, or is refused. Whose questions somebody
 * may answer is told by their `reviews`, and is the inbox's to check.
 */
import type { UserRecord, UserRole } from '../journal/access-records.ts'

/**
 * - `read`: see everything but secrets
 * - `run`: start runs, send signals
 * - `operate`: cancel, pause, resume, retry, measure
 * - `answer`: the inbox, as far as the person's roles go
 * - `edit`: prompts, cases, backtests
 * - `account`: one's own password, sessions and tokens
 * - `admin`: users, everybody's tokens, the audit log
 */
export type Scope = 'read' | 'run' | 'operate' | 'answer' | 'edit' | 'account' | 'admin'

export const SCOPES: readonly Scope[] = ['read', 'run', 'operate', 'answer', 'edit', 'account', 'admin']

export const USER_ROLES: readonly UserRole[] = ['viewer', 'reviewer', 'operator', 'admin']

const GRANTS: Readonly<Record<UserRole, readonly Scope[]>> = {
  viewer: ['read', 'account'],
  reviewer: ['read', 'answer', 'account'],
  operator: ['read', 'run', 'operate', 'answer', 'edit', 'account'],
  admin: SCOPES,
}

/** What a role may do. */
export function scopesOf(role: UserRole): readonly Scope[] {
  return GRANTS[role]
}

/** What a credential may be used for: what it was made for, as far as its owner may do it today. */
export function scopesWithin(role: UserRole, asked: readonly string[]): readonly Scope[] {
  return GRANTS[role].filter((scope) => asked.includes(scope) || asked.includes('*'))
}

/** Whose questions a user may answer. Unknown writes and spent budgets ask the `operator`. */
export function reviewRoles({ role, reviews }: Pick<UserRecord, 'role' | 'reviews'>): readonly string[] {
  if (role === 'viewer') return []
  return role === 'operator' && !reviews.includes('operator') ? [...reviews, 'operator'] : reviews
}

export function isUserRole(text: unknown): text is UserRole {
  return USER_ROLES.some((role) => role === text)
}

/**
 * Who answers: a person with roles. Whoever calls says who it is; who a caller is, is a door's to establish.
 */
import { RondoError } from '../errors.ts'

export interface Person {
  readonly name: string
  /** What the person may answer; `'*'` is every role. Unknown writes and spent budgets ask the `operator`. */
  readonly roles: readonly string[]
}

export function hasRole(person: Person, role: string): boolean {
  return person.roles.includes(role) || person.roles.includes('*')
}

/** Throws `role_missing`, saying which role is needed, unless the person has it. */
export function needRole(person: Person, role: string, what: string): void {
  if (hasRole(person, role)) return
  throw new RondoError(
    'role_missing',
    `${what} is for the role "${role}", which ${person.name} does not have (${person.roles.length === 0 ? 'no roles' : `roles: ${person.roles.join(', ')}`}). Ask somebody who has it, or have it reassigned.`,
    { details: { role, person: person.name } },
  )
}

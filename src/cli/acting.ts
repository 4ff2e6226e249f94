/**
 * What a person does at the command line, in the audit log before it is done.
 *
 * Owns: who that is, and which calls are acts. A person at a terminal is who they say they are: whoever can open the file can do anything.
 */
import { userInfo } from 'node:os'
import { RondoError } from '../errors.ts'
import type { Actor, NewAct, Rondo } from '../index.ts'

const CREDENTIAL = 'command line'

/** The calls that are acts, and what the log calls them. */
const OF_INBOX = ['claim', 'release', 'accept', 'answer', 'edit', 'reject', 'reassign', 'comment', 'correct']
const OF_RUNS = ['cancel', 'pause', 'resume', 'retry', 'signal']

/** Who acts. */
export function actorHere(): Actor {
  return { by: process.env['RONDO_AS'] ?? loginName(), credential: CREDENTIAL }
}

/** The same system, in which each act has its line in the log first. */
export function acting(rondo: Rondo): Rondo {
  return { ...rondo, inbox: noting(rondo, rondo.inbox, 'inbox', OF_INBOX), runs: noting(rondo, rondo.runs, 'run', OF_RUNS) }
}

function noting<Part extends object>(rondo: Rondo, part: Part, name: string, acts: readonly string[]): Part {
  return new Proxy(part, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target)
      if (typeof member !== 'function') return member
      if (typeof key !== 'string' || !acts.includes(key)) return (...given: unknown[]): unknown => Reflect.apply(member, target, given)
      return (...given: unknown[]): Promise<unknown> =>
        noted(rondo, { what: `${name}.${key}`, given }, () => Reflect.apply(member, target, given))
    },
  })
}

async function noted(rondo: Rondo, act: { what: string; given: readonly unknown[] }, does: () => unknown): Promise<unknown> {
  const [on, person] = act.given
  const by = person !== null && typeof person === 'object' && 'name' in person ? { by: String(person.name) } : {}
  return withLines(rondo, { ...actorHere(), ...by, what: act.what, on: String(on) }, async () => does())
}

/** Does what is no call of the inbox or of runs, with its lines in the log. `on`: what it is done to. */
export function actingOn<Output>(rondo: Rondo, what: string, on: string | undefined, does: () => Promise<Output>): Promise<Output> {
  return withLines(rondo, { ...actorHere(), what, ...(on !== undefined && { on }) }, does)
}

async function withLines<Output>(rondo: Rondo, line: Omit<NewAct, 'outcome'>, does: () => Promise<Output>): Promise<Output> {
  await rondo.access.audit.append({ ...line, outcome: 'asked' })
  try {
    return await does()
  } catch (error) {
    const detail = error instanceof RondoError ? error.code : 'failed'
    await rondo.access.audit.append({ ...line, outcome: 'refused', detail })
    throw error
  }
}

function loginName(): string {
  try {
    return userInfo().username
  } catch {
    return 'somebody'
  }
}

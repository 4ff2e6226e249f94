/**
 * Acts: which endpoints do something in a person's name, and how the audit log calls it.
 *
 * Owns: that table, and writing the lines. An endpoint that changes something and is not in the table does not start (see `actOf`).
 * Invariants:
 *   A1. What is asked stands in the log, on disk, before it is done, or in the same transaction.
 *   A2. What was not done for want of a right, or because it was refused, stands there too.
 */
import type { Context } from 'hono'
import { RondoError } from '../errors.ts'
import type { NewAct } from '../index.ts'
import type { Endpoint, Env } from './endpoint.ts'

/**
 * - `before`: its line is on disk before it begins
 * - `along`: its line goes into the same transaction as what it starts, or an earlier one
 * - `itself`: what it calls writes the line together with the change
 */
type When = 'before' | 'along' | 'itself'

export interface ActKind {
  readonly what: string
  readonly when: When
}

const before = (what: string): ActKind => ({ what, when: 'before' })
const along = (what: string): ActKind => ({ what, when: 'along' })
const itself = (what: string): ActKind => ({ what, when: 'itself' })

const ACTS: Readonly<Record<string, ActKind | 'looks only'>> = {
  'post /api/flows/:flow/runs': along('run.start'),
  'post /v1/chat/completions': along('run.start'),
  'post /api/runs/:id/cancel': before('run.cancel'),
  'post /api/runs/:id/pause': before('run.pause'),
  'post /api/runs/:id/resume': before('run.resume'),
  'post /api/runs/:id/retry': before('run.retry'),
  'post /api/runs/:id/signals/:topic': before('run.signal'),
  'post /api/runs/:id/measures': before('run.measure'),
  'post /api/inbox/:id/claim': before('inbox.claim'),
  'post /api/inbox/:id/release': before('inbox.release'),
  'post /api/inbox/:id/accept': before('inbox.accept'),
  'post /api/inbox/:id/answer': before('inbox.answer'),
  'post /api/inbox/:id/reject': before('inbox.reject'),
  'post /api/inbox/:id/reassign': before('inbox.reassign'),
  'post /api/inbox/:id/comment': before('inbox.comment'),
  'post /api/cases': before('cases.import'),
  'get /api/cases/export': before('cases.export'),
  'put /api/prompts/:name': before('prompt.edit'),
  'put /api/prompts/:name/labels/:label': before('prompt.label'),
  'post /api/prompts/:name/preview': 'looks only',
  'post /api/backtests': before('backtest.start'),
  'post /api/backtests/:id/stop': before('backtest.stop'),
  'post /api/users': itself('user.create'),
  'put /api/users/:name': itself('user.change'),
  'post /api/users/:name/password': itself('user.password'),
  'post /api/tokens': itself('token.create'),
  'post /api/tokens/:id/revoke': itself('token.revoke'),
  'post /api/me/password': itself('user.password'),
  'post /api/me/sessions/:id/end': itself('session.end'),
  'get /api/audit': before('audit.read'),
}

/** What an endpoint does in a person's name; `undefined`: it looks only. Throws for one that changes something and is not in the table. */
export function actOf({ method, path }: Pick<Endpoint, 'method' | 'path'>): ActKind | undefined {
  const known = ACTS[`${method} ${path}`]
  if (known === undefined && method !== 'get')
    throw new Error(`${method} ${path} changes something and has no name for the audit log: give it one in src/http/acts.ts.`)
  return known === 'looks only' ? undefined : known
}

/** Does it, with its lines in the audit log. */
export async function acting<Output>(context: Context<Env>, { what, when }: ActKind, work: () => Promise<Output>): Promise<Output> {
  const asked = lineOf(context, what)
  if (when === 'before') await context.get('audit').append({ ...asked, outcome: 'asked' })
  const noted = when === 'along' ? context.get('audit').append({ ...asked, outcome: 'asked' }) : undefined
  const [done] = await Promise.allSettled([work(), noted])
  if (done.status === 'rejected') {
    await refusing(context, what, done.reason)
    throw done.reason
  }
  await noted
  return done.value
}

/** Notes what was not done. */
export async function refusing(context: Context<Env>, what: string, error: unknown): Promise<void> {
  const detail = error instanceof RondoError ? error.code : 'failed'
  await context.get('audit').append({ ...lineOf(context, what), outcome: 'refused', detail })
}

function lineOf(context: Context<Env>, what: string): Omit<NewAct, 'outcome'> {
  const { name, credential } = context.get('principal')
  const [on] = Object.values(context.req.param())
  return { by: name, ...(credential !== undefined && { credential }), what, ...(on !== undefined && { on }), ...context.get('arrival') }
}

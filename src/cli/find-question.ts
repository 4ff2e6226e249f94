/**
 * Finds the question a person means: its id (`run:path`), a part of the run's id with the path, or the run alone where it asks
 * one thing only.
 */
import { RondoError } from '../errors.ts'
import type { InboxItem, Rondo } from '../index.ts'
import { findRun } from './find-run.ts'
import { oneLine } from './text.ts'

export async function findQuestion(rondo: Rondo, given: string): Promise<InboxItem> {
  const exact = await rondo.inbox.get(given)
  if (exact !== undefined) return exact
  const cut = given.indexOf(':')
  const run = await findRun(rondo, cut < 0 ? given : given.slice(0, cut))
  if (cut >= 0) {
    const found = await rondo.inbox.get(`${run.id}:${given.slice(cut + 1)}`)
    if (found !== undefined) return found
  }
  const open = await rondo.inbox.list({ run: run.id })
  const [only] = open
  if (cut < 0 && only !== undefined && open.length === 1) return only
  const ids = open.slice(0, 5).map((item) => `"${oneLine(item.id)}"`)
  const hint = ids.length === 0 ? `Run ${run.id} is ${run.status} and asks nothing` : `Run ${run.id} asks ${ids.join(', ')}`
  throw new RondoError(cut < 0 && ids.length > 0 ? 'usage' : 'review_unknown', `There is no one question "${oneLine(given)}". ${hint}.`, {
    details: { review: given },
  })
}

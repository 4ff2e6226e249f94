/**
 * The run behind a question's id, and why it does not ask any more.
 */
import { ENDED, type RunRecord, splitPath } from '../journal/records.ts'
import type { Store } from '../journal/store.ts'

type Ground = Pick<Store, 'reviews' | 'runs' | 'journal'>

/** The run an id belongs to, when there is one: both run and path may hold a colon. */
export async function runOf({ runs }: Pick<Ground, 'runs'>, id: string): Promise<RunRecord | undefined> {
  for (const { index } of id.matchAll(/:/g)) {
    const run = await runs.get(id.slice(0, index))
    if (run !== undefined) return run
  }
  return undefined
}

/** Why nobody needs an answer to this question any more, or ever will; `undefined` while somebody does or may. */
export async function whyOver(store: Ground, id: string, now: number): Promise<string | undefined> {
  const review = await store.reviews.get(id)
  if (review !== undefined && review.state !== 'closed') return undefined
  const run = review === undefined ? await runOf(store, id) : await store.runs.get(review.run)
  if (run !== undefined && ENDED.includes(run.status)) {
    const when = run.endedAt === undefined ? '' : ` at ${new Date(run.endedAt).toISOString()}`
    return `its run ${run.status === 'failed' ? 'has failed' : `was ${run.status}`}${when}`
  }
  if (review === undefined) return run === undefined ? undefined : passed(store, run, id)
  const due = review.dueAt !== undefined && review.dueAt <= now ? `; an answer was due by ${new Date(review.dueAt).toISOString()}` : ''
  return `its run went on without it${due}`
}

/** Says so when the run has gone past the step without asking anybody. */
async function passed({ journal }: Ground, run: RunRecord, id: string): Promise<string | undefined> {
  const { scope, name } = splitPath(id.slice(run.id.length + 1))
  const last = (await journal.load(run.id, scope)).findLast((entry) => entry.name === name)
  return last?.state === 'completed' || last?.state === 'failed' ? 'its step is over, and nobody was asked' : undefined
}

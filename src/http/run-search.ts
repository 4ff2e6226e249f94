/**
 * Finding runs by text, newest first.
 *
 * Owns: looking through a bounded number of runs, and saying where to go on. Never: holds up others: it looks in pages and lets them in between.
 */
import type { Rondo, RunRecord } from '../index.ts'

const PAGE = 500
const MOST_LOOKED_AT = 20_000

type Filter = Parameters<Rondo['runs']['list']>[0]

/** Runs in which the text stands. `next`: there may be more, from there. */
export async function searchRuns(
  rondo: Rondo,
  filter: NonNullable<Filter>,
  text: string,
  limit: number,
): Promise<{ found: RunRecord[]; next?: string }> {
  const wanted = text.toLowerCase()
  const found: RunRecord[] = []
  let { before } = filter
  for (let looked = 0; looked < MOST_LOOKED_AT; looked += PAGE) {
    const page = await rondo.runs.list({ ...filter, limit: PAGE, ...(before !== undefined && { before }) })
    for (const run of page) {
      before = run.id
      if (!holds(run, wanted)) continue
      found.push(run)
      if (found.length === limit) return { found, next: run.id }
    }
    if (page.length < PAGE) return { found }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { found, ...(before !== undefined && { next: before }) }
}

function holds({ id, key, input, output, error, reason }: RunRecord, text: string): boolean {
  return [id, key, input, output, error?.message, reason].some((part) => part?.toLowerCase().includes(text) === true)
}

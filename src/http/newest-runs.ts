/**
 * The newest runs of every flow: what recent journals say of a thing that any of them may hold.
 *
 * Owns: that it is so many of each flow, not of all: a flow that runs ten thousand times a day hides no other. Never: reads a journal.
 */
import type { Rondo, RunRecord } from '../index.ts'

const PAGE = 500

/** Newest first. `each`: so many of a flow at most. */
export async function newestRuns(rondo: Rondo, each: number): Promise<RunRecord[]> {
  const flows = new Set((await rondo.store.runs.count()).map(({ flow }) => flow))
  const runs: RunRecord[] = []
  for (const flow of flows) runs.push(...(await newestOf(rondo, flow, each)))
  return runs.sort((one, other) => other.createdAt - one.createdAt)
}

async function newestOf(rondo: Rondo, flow: string, most: number): Promise<RunRecord[]> {
  const runs: RunRecord[] = []
  while (runs.length < most) {
    const before = runs.at(-1)?.id
    const limit = Math.min(PAGE, most - runs.length)
    const page = await rondo.runs.list({ flow, limit, ...(before !== undefined && { before }) })
    runs.push(...page)
    if (page.length < limit) break
  }
  return runs
}

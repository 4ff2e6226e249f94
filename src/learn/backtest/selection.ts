/**
 * Which recorded runs a change is tried on, and in which order.
 *
 * Owns: the choice. A random sample in seeded order certifies; must-pass cases, which somebody mended or the policy had doubts about, are
 * a hard and biased sample and certify nothing. Never: reads a journal.
 */

import { everyCase } from '../../journal/every-case.ts'
import { type CaseRecord, ENDED, type RunRecord, type RunStatus } from '../../journal/records.ts'
import type { CaseStore, RunStore, Store } from '../../journal/store.ts'
import { shuffled } from '../../statistics/chance.ts'
import type { Policies } from './verdict.ts'

export interface Selection {
  /** `sample` (default): at random. `must-pass`: all runs with a correction or an escalation. */
  readonly of?: 'sample' | 'must-pass'
  readonly flow?: string
  /** Started from this time on, and before that one. */
  readonly from?: number
  readonly until?: number
  readonly release?: string
  /** Only runs with a decision in this segment. */
  readonly segment?: string
  /** At most so many. Default: all there are. */
  readonly sample?: number
  /** What the order is drawn from. Default `1`. */
  readonly seed?: string
  /** These runs and no others. */
  readonly runs?: readonly string[]
}

/** Runs that came to an end by themselves: of others the rest is not known. */
const REPLAYABLE: readonly RunStatus[] = ENDED.filter((status) => status !== 'cancelled')
const UNFINISHED: readonly RunStatus[] = ['queued', 'running', 'waiting', 'paused', 'stopped']
const PAGE = 1000

/** Cases that a change must not break, by run. */
export type MustPass = ReadonlyMap<string, readonly CaseRecord[]>

/** Ids in the order in which they are drawn. */
export async function drawn(store: Pick<Store, 'runs'>, selection: Selection, mustPass: MustPass): Promise<string[]> {
  const { runs, of = 'sample', seed = '1' } = selection
  if (runs !== undefined) return [...runs]
  const ids: string[] = []
  for await (const run of recorded(store.runs, selection)) if (of === 'sample' || mustPass.has(run.id)) ids.push(run.id)
  return shuffled(ids, `backtest ${seed}`)
}

/** How many runs that were started in the window are not over: what they will come to is not known, and slow ones are among them. */
export async function unfinishedIn(store: Pick<Store, 'runs'>, selection: Selection): Promise<number> {
  let count = 0
  for await (const _ of startedIn(store.runs, selection, UNFINISHED)) count += 1
  return count
}

/** What the cases say: corrections by run (with `escalations`, those as well), and by which policies each decision was ruled on. */
export async function casesOf(cases: CaseStore, escalations: boolean): Promise<{ mustPass: MustPass; policies: Policies }> {
  const byRun = new Map<string, CaseRecord[]>()
  const policies = new Map<string, Set<string>>()
  for (const { decision } of await cases.count()) {
    const words = new Set<string>()
    policies.set(decision, words)
    for await (const one of everyCase(cases, { decision })) {
      if (one.policy !== undefined) words.add(one.policy)
      if (one.run === undefined || !(one.origin === 'correction' || (escalations && one.origin === 'escalation'))) continue
      byRun.set(one.run, [...(byRun.get(one.run) ?? []), one])
    }
  }
  return { mustPass: byRun, policies }
}

function recorded(runs: RunStore, selection: Selection): AsyncGenerator<RunRecord> {
  return startedIn(runs, selection, REPLAYABLE)
}

async function* startedIn(
  runs: RunStore,
  { flow, from, until, release }: Selection,
  status: readonly RunStatus[],
): AsyncGenerator<RunRecord> {
  for (let before: string | undefined, more = true; more; ) {
    const page = await runs.list({
      status,
      limit: PAGE,
      ...(flow !== undefined && { flow }),
      ...(before !== undefined && { before }),
    })
    for (const run of page) {
      if (from !== undefined && run.createdAt < from) return
      if ((until === undefined || run.createdAt < until) && (release === undefined || run.release === release)) yield run
    }
    before = page.at(-1)?.id
    more = page.length === PAGE
  }
}

/**
 * A flow's picture over HTTP: read from the journals of its newest runs in a window of time.
 */
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import { drawPicture, type Entry, type Picture, type PicturedRun, type Rondo, type RunRecord } from '../index.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint, limitOf } from './endpoint.ts'

const PAGE = 200
const ENTRIES = 1000
/** Of one run: a run with more steps is drawn by its first ones. */
const MOST_ENTRIES = 20_000
/** Runs that are passed over because they are newer than the window, or of another release. */
const MOST_PASSED = 50_000

const spread = z.object({ p50: z.number(), p95: z.number() })
const node = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  within: z.string().optional(),
  runs: z.number(),
  count: z.number(),
  open: z.number(),
  failed: z.number(),
  ms: spread.optional(),
  waitMs: spread.extend({ total: z.number() }).optional(),
  microUsd: z.number(),
  tokens: z.number(),
  rounds: spread.extend({ most: z.number(), counts: z.record(z.string(), z.number()) }).optional(),
})
const edge = z.object({ from: z.string(), to: z.string(), count: z.number(), ms: spread.optional(), back: z.boolean() })
const picture = z.object({
  flow: z.string(),
  /** Runs that were read, newest first. */
  runs: z.number(),
  /** Whether there were more in the window than were read. */
  more: z.boolean(),
  nodes: z.array(node),
  edges: z.array(edge),
})

export interface Window {
  readonly from: number
  readonly to: number
  readonly release: string | undefined
  readonly limit: number
}

export function pictureEndpoints({ rondo }: Door): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/api/flows/:flow/picture',
      group: 'Flows',
      summary: 'The flow as its runs went: which step followed which, how often, how long, at what cost; loops have back edges.',
      scope: 'read',
      query: z.object({
        from: z.coerce.date().optional(),
        to: z.coerce.date().optional(),
        release: z.string().optional(),
        limit: limitOf(500, 5000),
      }),
      replies: { 200: picture },
      handle: async ({ param, query: { from, to, release, limit } }) => {
        const flow = param('flow')
        if (!rondo.flows.has(flow)) throw new RondoError('flow_unknown', `There is no flow "${flow}" here.`, { details: { flow } })
        const window: Window = { from: from?.getTime() ?? 0, to: to?.getTime() ?? Number.POSITIVE_INFINITY, release, limit }
        const { runs, more } = await runsIn(rondo, flow, window)
        return { flow, more, ...(await drawn(rondo, runs)) }
      },
    }),
  ]
}

/** The newest runs of a flow that were started in a window. */
async function runsIn(rondo: Rondo, flow: string, { from, to, release, limit }: Window): Promise<{ runs: RunRecord[]; more: boolean }> {
  const runs: RunRecord[] = []
  let before: string | undefined
  for (let passed = 0; passed < MOST_PASSED; passed += PAGE) {
    const page = await rondo.runs.list({ flow, limit: PAGE, ...(before !== undefined && { before }) })
    for (const run of page) {
      if (run.createdAt < from) return { runs, more: false }
      if (run.createdAt >= to || (release !== undefined && run.release !== release)) continue
      if (runs.length === limit) return { runs, more: true }
      runs.push(run)
    }
    before = page.at(-1)?.id
    if (page.length < PAGE) return { runs, more: false }
  }
  return { runs, more: true }
}

/** Others get their turn between runs: a picture may read many journals. */
async function drawn(rondo: Rondo, runs: readonly RunRecord[]): Promise<Picture> {
  const read: PicturedRun[] = []
  for (const { id, status, createdAt, endedAt } of runs) {
    const entries = await journalOf(rondo, id)
    read.push({ id, status, createdAt, entries, ...(endedAt !== undefined && { endedAt }) })
    if (read.length % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return drawPicture(read)
}

/** A run's entries without what they carry: a picture needs where they stand. */
async function journalOf(rondo: Rondo, run: string): Promise<Entry[]> {
  const entries: Entry[] = []
  for (let after = 0; entries.length < MOST_ENTRIES; ) {
    const page = await rondo.store.journal.entries(run, { after, limit: ENTRIES, values: false, records: false })
    entries.push(...page)
    const last = page.at(-1)
    if (last === undefined || page.length < ENTRIES) break
    after = last.seq
  }
  return entries
}

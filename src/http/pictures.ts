/**
 * A flow's picture over HTTP: read from the journals of its newest runs in a window of time.
 */
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import { drawPicture, type Entry, type Picture, type PicturedRun, type Rondo, type RunRecord, visitsTo } from '../index.ts'
import { iso, listOf, runStatus } from './documents.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint, limitOf } from './endpoint.ts'

const PAGE = 200
const ENTRIES = 1000
/** Of one run: a run with more steps is drawn by its first ones. */
const MOST_ENTRIES = 20_000
/** Among so many runs the newest that came to a node are looked for. */
const MOST_LOOKED_AT = 1000
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
const visit = z.object({
  run: z.string(),
  runStatus,
  path: z.string(),
  state: z.enum(['open', 'completed', 'failed']),
  beganAt: z.iso.datetime(),
  /** From its beginning to its end; absent while it is open. */
  ms: z.number().optional(),
  microUsd: z.number(),
  tokens: z.number(),
  rounds: z.number().optional(),
})
const picture = z.object({
  flow: z.string(),
  /** Runs that were read, newest first. */
  runs: z.number(),
  /** Whether there were more in the window than were read. */
  more: z.boolean(),
  /** When the oldest and the newest of them were started. */
  oldest: z.iso.datetime().optional(),
  newest: z.iso.datetime().optional(),
  /** The releases of the runs that were looked at, those of other releases than the one asked for included; newest first. */
  releases: z.array(z.string()),
  nodes: z.array(node),
  edges: z.array(edge),
})

const windowQuery = z.object({
  from: z.coerce.date().optional(),
  to: z.coerce.date().optional(),
  release: z.string().optional(),
})

interface Window {
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
      query: windowQuery.extend({ limit: limitOf(500, 5000) }),
      replies: { 200: picture },
      handle: async ({ param, query }) => {
        const flow = known(rondo, param('flow'))
        const { runs, more, releases } = await runsIn(rondo, flow, windowOf(query))
        const [newest, oldest] = [runs[0], runs.at(-1)]
        return {
          flow,
          more,
          releases,
          ...(oldest !== undefined && { oldest: iso(oldest.createdAt) }),
          ...(newest !== undefined && { newest: iso(newest.createdAt) }),
          ...(await drawn(rondo, runs)),
        }
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/flows/:flow/steps',
      group: 'Flows',
      summary: 'The newest times that runs came to a node of the picture.',
      scope: 'read',
      query: windowQuery.extend({ node: z.string(), limit: limitOf(50, 500) }),
      replies: { 200: listOf(visit) },
      handle: async ({ param, query }) => {
        const flow = known(rondo, param('flow'))
        const { runs } = await runsIn(rondo, flow, windowOf({ ...query, limit: MOST_LOOKED_AT }))
        return { items: await visitsIn(rondo, runs, query.node, query.limit) }
      },
    }),
  ]
}

function known(rondo: Rondo, flow: string): string {
  if (rondo.flows.has(flow)) return flow
  throw new RondoError('flow_unknown', `There is no flow "${flow}" here.`, { details: { flow } })
}

function windowOf({ from, to, release, limit }: z.output<typeof windowQuery> & { readonly limit: number }): Window {
  return { from: from?.getTime() ?? 0, to: to?.getTime() ?? Number.POSITIVE_INFINITY, release, limit }
}

async function visitsIn(rondo: Rondo, runs: readonly RunRecord[], node: string, limit: number): Promise<z.output<typeof visit>[]> {
  const items: z.output<typeof visit>[] = []
  for (const run of runs) {
    const visits = visitsTo(node, await picturedOf(rondo, run)).toReversed()
    for (const { beganAt, endedAt, ...rest } of visits)
      items.push({
        run: run.id,
        runStatus: run.status,
        ...rest,
        beganAt: iso(beganAt),
        ...(endedAt !== undefined && { ms: Math.max(0, endedAt - beganAt) }),
      })
    if (items.length >= limit) break
  }
  return items.slice(0, limit)
}

/** The newest runs of a flow that were started in a window. */
async function runsIn(
  rondo: Rondo,
  flow: string,
  { from, to, release, limit }: Window,
): Promise<{ runs: RunRecord[]; more: boolean; releases: string[] }> {
  const runs: RunRecord[] = []
  const met = new Set<string>()
  const found = (more: boolean): { runs: RunRecord[]; more: boolean; releases: string[] } => ({ runs, more, releases: [...met] })
  let before: string | undefined
  for (let passed = 0; passed < MOST_PASSED; passed += PAGE) {
    const page = await rondo.runs.list({ flow, limit: PAGE, ...(before !== undefined && { before }) })
    for (const run of page) {
      if (run.createdAt < from) return found(false)
      if (run.release !== undefined) met.add(run.release)
      if (run.createdAt >= to || (release !== undefined && run.release !== release)) continue
      if (runs.length === limit) return found(true)
      runs.push(run)
    }
    before = page.at(-1)?.id
    if (page.length < PAGE) return found(false)
  }
  return found(true)
}

/** Others get their turn between runs: a picture may read many journals. */
async function drawn(rondo: Rondo, runs: readonly RunRecord[]): Promise<Picture> {
  const read: PicturedRun[] = []
  for (const run of runs) {
    read.push(await picturedOf(rondo, run))
    if (read.length % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return drawPicture(read)
}

async function picturedOf(rondo: Rondo, { id, status, createdAt, endedAt }: RunRecord): Promise<PicturedRun> {
  return { id, status, createdAt, entries: await journalOf(rondo, id), ...(endedAt !== undefined && { endedAt }) }
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

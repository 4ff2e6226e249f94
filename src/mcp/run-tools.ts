/**
 * The tools for runs that are there: pick one up, list them, look at one, cancel one.
 */
import { z } from 'zod'
import { type Duration, milliseconds } from '../duration.ts'
import { RondoError } from '../errors.ts'
import type { Entry, Rondo, RunRecord } from '../index.ts'
import type { Door } from './door.ts'
import { outputOf, STATUSES, standing, standingResult } from './standing.ts'
import { type McpTool, result, tool, wire } from './tool.ts'
import { pathOf } from './wait.ts'

const MOST_STEPS = 500

const run = z.string().describe('the id of a run')
const status = z.enum(STATUSES)
const runDocument = z.object({
  id: z.string(),
  flow: z.string(),
  status,
  createdAt: z.string(),
  endedAt: z.string().optional(),
  usd: z.number().describe('what its models cost'),
})
const stepDocument = z.object({
  path: z.string(),
  kind: z.string(),
  state: z.string(),
  at: z.string(),
  ms: z.number(),
  error: z.string().optional(),
})

export function runTools(door: Door): McpTool[] {
  return [runResult(door), runList(door), runShow(door), runCancel(door)]
}

function runResult(door: Door): McpTool {
  return tool({
    name: 'rondo_run_result',
    title: 'Pick up a run',
    description: 'Waits for a run that was started before, and gives its output once it is over. Safe to call as often as you like.',
    scope: 'read',
    input: z.object({ run, wait: z.string().optional().describe('how long to wait at most, as "30s" or "0s"') }),
    output: standing,
    annotations: { readOnlyHint: true },
    async call({ run: id, wait }, call) {
      const { rondo } = door
      const waitMs = wait === undefined ? undefined : durationOf(wait)
      return standingResult(rondo, await door.wait(rondo, id, call, { fresh: false, ...(waitMs !== undefined && { waitMs }) }))
    },
  })
}

function runList(door: Door): McpTool {
  return tool({
    name: 'rondo_runs',
    title: 'List runs',
    description: 'Lists runs, newest first.',
    scope: 'read',
    input: z.object({
      flow: z.string().optional(),
      status: z.array(status).optional(),
      limit: z.number().int().min(1).max(100).default(20),
      before: z.string().optional().describe('the "next" of the page before'),
    }),
    output: z.object({ runs: z.array(runDocument), next: z.string().optional() }),
    annotations: { readOnlyHint: true },
    async call({ flow, status: statuses, limit, before }) {
      const runs = await door.rondo.runs.list({
        limit,
        ...(flow !== undefined && { flow }),
        ...(statuses !== undefined && { status: statuses }),
        ...(before !== undefined && { before }),
      })
      const last = runs.at(-1)
      return result({ runs: runs.map(documentOf), ...(runs.length === limit && last !== undefined && { next: last.id }) })
    },
  })
}

function runShow(door: Door): McpTool {
  return tool({
    name: 'rondo_run',
    title: 'Look at a run',
    description: 'Shows a run with its input, its output if it has one, and the steps it took.',
    scope: 'read',
    input: z.object({ run }),
    output: z.object({
      run: runDocument,
      input: z.unknown(),
      output: z.unknown().optional(),
      error: z.string().optional(),
      steps: z.array(stepDocument),
      stepsLeftOut: z.number().optional(),
    }),
    annotations: { readOnlyHint: true },
    async call({ run: id }) {
      const record = await recordOf(door.rondo, id)
      const { steps, leftOut } = await stepsOf(door.rondo, id)
      return result({
        run: documentOf(record),
        input: wire(record.input),
        ...outputOf(record),
        ...(record.error !== undefined && { error: record.error.message }),
        steps,
        ...(leftOut > 0 && { stepsLeftOut: leftOut }),
      })
    },
  })
}

function runCancel(door: Door): McpTool {
  return tool({
    name: 'rondo_cancel_run',
    title: 'Cancel a run',
    description:
      'Ends a run that is under way or waits: what it does is told to stop, and nobody is asked any more. This cannot be taken back.',
    scope: 'operate',
    input: z.object({ run, reason: z.string().optional() }),
    output: z.object({ run: runDocument }),
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
    act: (given) => ({ what: 'run.cancel', on: String(given['run']) }),
    async call({ run: id, reason }) {
      await recordOf(door.rondo, id)
      return result({ run: documentOf(await door.rondo.runs.cancel(id, reason)) })
    },
  })
}

async function recordOf(rondo: Rondo, id: string): Promise<RunRecord> {
  const record = await rondo.runs.get(id)
  if (record !== undefined) return record
  throw new RondoError('run_unknown', `There is no run "${id}". See rondo_runs for those there are.`, { details: { run: id } })
}

/** Of each step how it stands; the newest ones where there are many. */
async function stepsOf(rondo: Rondo, id: string): Promise<{ steps: z.input<typeof stepDocument>[]; leftOut: number }> {
  const latest = new Map<string, Entry>()
  for (let after = 0, full = true; full; ) {
    const page = await rondo.runs.journal(id, { after, limit: MOST_STEPS })
    for (const entry of page) latest.set(pathOf(entry), entry)
    after = page.at(-1)?.seq ?? after
    full = page.length === MOST_STEPS
  }
  const steps = [...latest].map(([path, entry]) => ({
    path,
    kind: entry.kind,
    state: entry.state,
    at: iso(entry.at),
    ms: entry.at - entry.startedAt,
    ...(entry.error !== undefined && { error: entry.error.message }),
  }))
  return { steps: steps.slice(-MOST_STEPS), leftOut: Math.max(0, steps.length - MOST_STEPS) }
}

function documentOf({ id, flow, status: state, createdAt, endedAt, usage }: RunRecord): z.input<typeof runDocument> {
  return {
    id,
    flow,
    status: state,
    createdAt: iso(createdAt),
    ...(endedAt !== undefined && { endedAt: iso(endedAt) }),
    usd: usage.microUsd / 1_000_000,
  }
}

/** Throws `invalid_input` for what is no duration. */
function durationOf(text: Duration): number {
  try {
    return milliseconds(text)
  } catch {
    throw new RondoError('invalid_input', `"${text}" is no duration. Write text such as "30s", "5m" or "0s".`)
  }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

/**
 * How a run stands, as a tool call tells it: over with its output, failed, under way, or waiting for people, and what to do then.
 *
 * Owns: that document and its words. Never: waits (see wait.ts).
 */
import type { CallToolResult } from '@modelcontextprotocol/server'
import { z } from 'zod'
import type { InboxItem, Rondo, RunRecord } from '../index.ts'
import { encode } from '../json.ts'
import { result, wire } from './tool.ts'

export const STATUSES = ['queued', 'running', 'waiting', 'paused', 'stopped', 'completed', 'failed', 'cancelled'] as const

/** Somebody, or the run itself, has to do something before it goes on. */
const RESTING: readonly string[] = ['waiting', 'paused']
const SETTLED: readonly string[] = ['completed', 'failed', 'cancelled', 'stopped']

/** Children are looked into for what they ask; not without end. */
const DEEPEST = 5

const asked = z.object({
  id: z.string(),
  title: z.string(),
  role: z.string().describe('who may answer'),
  asks: z.string().optional(),
  dueAt: z.string().optional(),
})

export const standing = z.object({
  run: z.string().describe('the id of the run'),
  flow: z.string(),
  status: z.enum(STATUSES),
  started: z.boolean().optional().describe('false: it had been started before under the same idempotency key'),
  output: z.unknown().optional().describe('of a completed run'),
  error: z.object({ code: z.string(), message: z.string(), path: z.string().optional() }).optional(),
  waitingFor: z.array(asked).optional().describe('what people are asked before it goes on'),
  wakesAt: z.string().optional().describe('when it goes on by itself'),
  next: z.string().optional().describe('what to do now'),
})
export type StandingDocument = z.input<typeof standing>

export function isResting({ status }: RunRecord): boolean {
  return RESTING.includes(status)
}

/** Over, or stopped until somebody mends the code. */
export function isSettled({ status }: RunRecord): boolean {
  return SETTLED.includes(status)
}

/** The result of a call that was about this run. */
export async function standingResult(rondo: Rondo, run: RunRecord, started?: boolean): Promise<CallToolResult> {
  const document: StandingDocument = {
    run: run.id,
    flow: run.flow,
    status: run.status,
    ...(started !== undefined && { started }),
  }
  if (run.status === 'completed') {
    const output = outputOf(run)
    return result({ ...document, ...output }, textOf(output))
  }
  if (isSettled(run)) {
    const error = errorOf(run)
    return { ...result({ ...document, error }, `${error.code}: ${error.message}\n${afterFailure(run)}`), isError: true }
  }
  const waitingFor = run.status === 'waiting' ? (await questionsOf(rondo, run)).map(askedOf) : []
  const next = nextFor(run)
  return result(
    {
      ...document,
      ...(run.status === 'waiting' && { waitingFor }),
      ...(run.wakeAt !== undefined && { wakesAt: new Date(run.wakeAt).toISOString() }),
      next,
    },
    `${stateInWords(run, waitingFor)} ${next}`,
  )
}

export function outputOf({ output }: RunRecord): { output?: unknown } {
  if (output === undefined || output === encode(undefined)) return {}
  return { output: wire(output) }
}

/** What people are asked by a run, or by what it called. */
async function questionsOf(rondo: Rondo, run: RunRecord, depth = 0): Promise<InboxItem[]> {
  const own = await rondo.inbox.list({ run: run.id })
  if (depth >= DEEPEST) return own
  const children = await rondo.runs.list({ parent: run.id, status: ['waiting'] })
  const below = await Promise.all(children.map((child) => questionsOf(rondo, child, depth + 1)))
  return [...own, ...below.flat()]
}

function askedOf({ id, title, role, content, dueAt }: InboxItem): z.input<typeof asked> {
  return {
    id,
    title,
    role,
    ...(content.asks !== undefined && { asks: content.asks }),
    ...(dueAt !== undefined && { dueAt: new Date(dueAt).toISOString() }),
  }
}

function errorOf({ id, status, error, reason }: RunRecord): NonNullable<StandingDocument['error']> {
  if (status === 'cancelled') return { code: 'cancelled', message: `Run ${id} was cancelled${reason === undefined ? '.' : `: ${reason}`}` }
  return {
    code: error?.code ?? 'failed',
    message: error?.message ?? `Run ${id} ${status}.`,
    ...(error?.path !== undefined && { path: error.path }),
  }
}

function afterFailure({ id, status }: RunRecord): string {
  if (status === 'cancelled') return `Run ${id} is over. Call the flow again for a new one.`
  const why = status === 'stopped' ? 'stopped, because its code broke a rule or no longer fits its journal' : 'failed'
  return `Run ${id} ${why}. What it did stands; whoever runs this system sees where with "rondo show ${id}", and after mending it goes on with "rondo retry ${id}".`
}

function stateInWords(run: RunRecord, waitingFor: readonly z.input<typeof asked>[]): string {
  if (waitingFor.length > 0) {
    const questions = waitingFor.map(({ title, role, dueAt }) => `“${title}” (role ${role}${dueAt === undefined ? '' : `, due ${dueAt}`})`)
    return `Run ${run.id} waits for people: ${questions.join('; ')}.`
  }
  if (run.status === 'queued') return `Run ${run.id} is queued: no process has taken it up yet.`
  if (run.status === 'paused') return `Run ${run.id} is paused${run.reason === undefined ? '' : `: ${run.reason}`}.`
  const until = run.wakeAt === undefined ? '' : ` until ${new Date(run.wakeAt).toISOString()} at the latest`
  return run.status === 'waiting' ? `Run ${run.id} waits${until}.` : `Run ${run.id} is under way.`
}

function nextFor({ id }: RunRecord): string {
  return `Nothing is lost. Pick it up with rondo_run_result {"run": "${id}"}, now or much later; do not call the flow again.`
}

function textOf({ output }: { output?: unknown }): string {
  if (output === undefined) return 'Done.'
  return typeof output === 'string' ? output : JSON.stringify(output)
}

/**
 * What may be asked of a run in which status, and what becomes of it: the pure rules that every store applies.
 *
 * Invariants:
 *   Q1. A request that cannot be granted is refused before anything is changed.
 *   Q2. A cancel that was noted stands: nothing that is asked later takes it back.
 */
import { RondoError } from '../errors.ts'
import { type Entry, type NewEntry, type RunRecord, type RunStatus, splitPath } from './records.ts'
import type { RunRequest } from './store.ts'

const POSSIBLE: Readonly<Record<RunRequest['kind'], readonly RunStatus[]>> = {
  cancel: ['queued', 'running', 'waiting', 'paused', 'stopped'],
  pause: ['queued', 'running', 'waiting'],
  resume: ['paused'],
  retry: ['failed', 'stopped'],
}

/** What was asked of a run and its driver has not done yet. `resume` takes back a pause that the driver may have seen. */
export type Pending = 'cancel' | 'pause' | 'resume'

/** How a run stands once a request is granted. */
export interface Granted {
  readonly status: RunStatus
  readonly pending: Pending | undefined
  readonly reason: string | undefined
}

/**
 * Grants a request, or throws `run_state` saying what would be possible. `undefined`: nothing changes, for the run is being
 * cancelled already.
 */
export function grant(run: RunRecord, pending: Pending | undefined, request: RunRequest): Granted | undefined {
  if (pending === 'cancel') {
    if (request.kind === 'cancel' || request.kind === 'pause') return undefined
    throw refused(run, `Run ${run.id} is being cancelled: it cannot be asked to ${request.kind}. Start another run.`)
  }
  if (request.kind === 'resume' && pending === 'pause' && run.status !== 'paused')
    return { status: run.status, pending: run.status === 'running' ? 'resume' : undefined, reason: undefined }
  if (!POSSIBLE[request.kind].includes(run.status)) throw impossible(run, request)
  switch (request.kind) {
    case 'cancel':
    case 'pause':
      // A stopped run is driven once more to be cancelled.
      return { status: run.status === 'stopped' ? 'waiting' : run.status, pending: request.kind, reason: request.reason }
    case 'resume':
    case 'retry':
      return { status: 'waiting', pending: undefined, reason: undefined }
  }
}

/** The entry that takes a path's failure back; `undefined` when that was done before. Throws `run_state` when it did not fail. */
export function retraction(run: string, path: string, last: Entry | undefined, now: number): NewEntry | undefined {
  if (last?.state === 'retracted') return undefined
  if (last?.state === 'failed') return { ...splitPath(path), kind: last.kind, state: 'retracted', startedAt: now }
  const stands = last === undefined ? 'which is not in its journal' : `which is ${last.state}`
  throw new RondoError('run_state', `Run "${run}" cannot be retried at "${path}", ${stands}. Only a step that failed can be tried again.`, {
    details: { run, path },
  })
}

function impossible(run: RunRecord, request: RunRequest): RondoError {
  const wanted = Object.entries(POSSIBLE).filter(([, statuses]) => statuses.includes(run.status))
  const possible = wanted.length === 0 ? 'It is over.' : `Possible now: ${wanted.map(([kind]) => kind).join(', ')}.`
  return refused(run, `Run ${run.id} is ${run.status}: it cannot be asked to ${request.kind}. ${possible}`)
}

function refused(run: RunRecord, message: string): RondoError {
  return new RondoError('run_state', message, { details: { run: run.id, status: run.status } })
}

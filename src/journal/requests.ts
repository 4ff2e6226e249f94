/**
 * What may be asked of a run in which status, and what becomes of it: the pure rules that every store applies.
 */
import { RondoError } from '../errors.ts'
import type { RunRecord, RunStatus } from './records.ts'
import type { RunRequest } from './store.ts'

const POSSIBLE: Readonly<Record<RunRequest['kind'], readonly RunStatus[]>> = {
  cancel: ['queued', 'running', 'waiting', 'paused', 'stopped'],
  pause: ['queued', 'running', 'waiting'],
  resume: ['paused', 'running'],
  retry: ['failed', 'stopped'],
}

/** Throws `run_state` when the run is in no status for it, saying in which it would be possible. */
export function refuseRequest(run: RunRecord, request: RunRequest): void {
  if (POSSIBLE[request.kind].includes(run.status)) return
  const wanted = Object.entries(POSSIBLE).filter(([, statuses]) => statuses.includes(run.status))
  throw new RondoError(
    'run_state',
    `Run ${run.id} is ${run.status}: it cannot be asked to ${request.kind}. ${wanted.length === 0 ? 'It is over.' : `Possible now: ${wanted.map(([kind]) => kind).join(', ')}.`}`,
    { details: { run: run.id, status: run.status } },
  )
}

/** The run's status after a request was noted, and the request that is then pending for its driver. */
export function requestOutcome(
  run: RunRecord,
  request: RunRequest,
): { status: RunStatus; pending: { kind: 'cancel' | 'pause'; reason?: string } | undefined } {
  switch (request.kind) {
    case 'cancel':
    case 'pause':
      return { status: wakes(run.status), pending: { kind: request.kind, ...(request.reason !== undefined && { reason: request.reason }) } }
    case 'resume':
    case 'retry':
      return { status: run.status === 'running' ? 'running' : 'waiting', pending: undefined }
  }
}

/** A stopped run is driven once more to be cancelled. */
function wakes(status: RunStatus): RunStatus {
  return status === 'stopped' ? 'waiting' : status
}

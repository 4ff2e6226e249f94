/**
 * Small labels: how a run stands, what kind of step it is. Never by colour alone.
 */
import type { RunStatus, StepKind } from '../api/documents.ts'

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'info' | 'wait'

export function Badge({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: React.ReactNode }): React.JSX.Element {
  return <span className={`badge tone-${tone}`}>{children}</span>
}

const STATUS_TONE: Readonly<Record<RunStatus, Tone>> = {
  queued: 'plain',
  running: 'info',
  waiting: 'wait',
  paused: 'warn',
  stopped: 'bad',
  completed: 'good',
  failed: 'bad',
  cancelled: 'plain',
}

export function toneOf(status: RunStatus): Tone {
  return STATUS_TONE[status]
}

export function Status({ status }: { readonly status: RunStatus }): React.JSX.Element {
  return (
    <span className={`badge status tone-${STATUS_TONE[status]}`} data-status={status}>
      <span className="status-dot" aria-hidden="true" />
      {status}
    </span>
  )
}

export function Kind({ kind }: { readonly kind: StepKind | string }): React.JSX.Element {
  return <span className={`kind kind-${kind}`}>{kind}</span>
}

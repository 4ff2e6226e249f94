/**
 * How a backtest stands, as a label: its verdict once there is one, never by colour alone.
 */
import { Badge, type Tone } from '../../parts/badge.tsx'
import type { Backtest } from './documents.ts'

const VERDICTS: Readonly<Record<string, { readonly tone: Tone; readonly mark: string }>> = {
  better: { tone: 'good', mark: '✓' },
  'not worse': { tone: 'good', mark: '✓' },
  worse: { tone: 'bad', mark: '✗' },
  inconclusive: { tone: 'warn', mark: '?' },
}

export function VerdictBadge({ verdict }: { readonly verdict: string }): React.JSX.Element {
  const { tone, mark } = VERDICTS[verdict] ?? { tone: 'plain', mark: '' }
  return (
    <Badge tone={tone}>
      <span aria-hidden="true">{mark}</span> {verdict}
    </Badge>
  )
}

export function Standing({ backtest }: { readonly backtest: Pick<Backtest, 'status' | 'verdict'> }): React.JSX.Element {
  const { status, verdict } = backtest
  if (status === 'running') return <Badge tone="info">running</Badge>
  if (status === 'failed') return <Badge tone="bad">failed</Badge>
  return (
    <>
      {verdict !== undefined && <VerdictBadge verdict={verdict} />}
      {status === 'stopped' && <Badge tone="warn">stopped</Badge>}
    </>
  )
}

/** How far it is, as a bar with a number. */
export function Progress({ done, of }: { readonly done: number; readonly of: number | undefined }): React.JSX.Element {
  return (
    <span className="backtest-progress">
      <progress aria-label="Runs tried" max={Math.max(1, of ?? 1)} value={done} />
      <span className="muted">
        {done.toLocaleString()}
        {of !== undefined && ` of ${of.toLocaleString()}`}
      </span>
    </span>
  )
}

/**
 * The epochs of a decision, newest first: each version of the predictor earns for itself, and begins anew after an alarm.
 */
import type { DecisionDetail } from '../../api/documents.ts'
import { Badge } from '../../parts/badge.tsx'
import { exactTime } from '../../parts/time.tsx'
import { type Epoch, epochText } from './certificate-words.ts'

const MOST = 12

export function Epochs({ decision }: { readonly decision: DecisionDetail }): React.JSX.Element | null {
  const epochs = (decision.state?.segments ?? []).flatMap(({ segment, epochs: all, current }) =>
    all.map((epoch) => ({ segment, epoch, isCurrent: epoch.epoch === current.epoch })),
  )
  if (epochs.length === 0) return null
  const newest = epochs.toSorted((one, other) => beganAt(other.epoch) - beganAt(one.epoch))
  return (
    <section className="card decision-part" aria-label="Epochs">
      <header>
        <h2>Epochs</h2>
        <span className="muted">A new version or an alarm begins one</span>
      </header>
      <ol className="epochs">
        {newest.slice(0, MOST).map(({ segment, epoch, isCurrent }) => (
          <li key={`${segment ?? ''} ${epoch.epoch}`} className={`epoch tone-${toneOf(epoch)}`}>
            <div className="epoch-head">
              <strong>Epoch {epoch.epoch}</strong>
              {segment !== undefined && <span>{segment}</span>}
              {isCurrent && <Badge tone="info">current</Badge>}
              {epoch.since !== undefined && (
                <time className="muted" dateTime={epoch.since.at}>
                  {exactTime(epoch.since.at)}
                </time>
              )}
            </div>
            <p>{epochText(epoch)}</p>
            {epoch.version !== '' && (
              <p className="muted epoch-version">
                version <span className="mono">{epoch.version}</span>
              </p>
            )}
          </li>
        ))}
      </ol>
      {newest.length > MOST && <p className="decision-rest muted">and {newest.length - MOST} before these</p>}
    </section>
  )
}

function beganAt({ since }: Epoch): number {
  return since === undefined ? Number.POSITIVE_INFINITY : Date.parse(since.at)
}

function toneOf({ alarm, threshold }: Epoch): string {
  if (alarm !== undefined) return 'bad'
  return threshold === undefined ? 'wait' : 'good'
}

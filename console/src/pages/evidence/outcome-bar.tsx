/**
 * How the runs came out, as one bar and in numbers.
 */
import { count } from '../../parts/figures.tsx'
import type { Report } from './documents.ts'
import { OUTCOMES } from './words.ts'

export function OutcomeBar({ outcomes }: { readonly outcomes: Report['outcomes'] }): React.JSX.Element {
  const all = OUTCOMES.reduce((sum, { outcome }) => sum + outcomes[outcome], 0)
  const shown = OUTCOMES.filter(({ outcome }) => outcomes[outcome] > 0)
  return (
    <div className="outcomes">
      <div className="outcome-bar" aria-hidden="true">
        {shown.map(({ outcome }) => (
          <span key={outcome} className={`outcome-${outcome}`} style={{ flexGrow: outcomes[outcome] / all }} />
        ))}
      </div>
      <dl>
        {shown.map(({ outcome, means }) => (
          <div key={outcome}>
            <dt>
              <span className={`outcome-dot outcome-${outcome}`} aria-hidden="true" />
              {outcome}
            </dt>
            <dd>
              <strong>{count(outcomes[outcome])}</strong> <span className="muted">{means}</span>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

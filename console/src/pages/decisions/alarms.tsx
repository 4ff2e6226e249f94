/**
 * Alarms: when each rang, why, and what to do next.
 */
import { Link } from '@tanstack/react-router'
import type { DecisionDetail } from '../../api/documents.ts'
import { Fold } from '../../parts/fold.tsx'
import { Ago } from '../../parts/time.tsx'
import { CaseRows } from './case-rows.tsx'

export function Alarms({ decision }: { readonly decision: DecisionDetail }): React.JSX.Element | null {
  const alarms = (decision.state?.alarms ?? []).toReversed()
  if (alarms.length === 0) return null
  const open = decision.standing === 'alarmed'
  return (
    <section className="card decision-part decision-alarms tone-bad" aria-label="Alarms">
      <header>
        <h2>{alarms.length === 1 ? 'An alarm rang' : `${alarms.length} alarms rang`}</h2>
      </header>
      <ol>
        {alarms.map(({ seq, at, segment, epoch, version, why }) => (
          <li key={seq}>
            <div className="epoch-head">
              <strong>
                Epoch {epoch}
                {segment === undefined ? '' : `, ${segment}`}
              </strong>
              <Ago at={at} />
              {version !== '' && <span className="mono muted epoch-version">{version}</span>}
            </div>
            <p>{why}</p>
          </li>
        ))}
      </ol>
      <p className="decision-next">
        <strong>Next:</strong>{' '}
        {open
          ? 'look at the random checks that were wrong, and ask what changed on that day (a prompt, a model, the kind of questions).'
          : 'it has been certified anew since. What was wrong then is among the cases, and worth a test of the next change.'}{' '}
        <Link to="/evidence" search={{ view: 'cases', decision: decision.name, origin: 'audit', differs: 'yes' }}>
          In Evidence
        </Link>
      </p>
      <Fold className="fold decision-fold" summary="The random checks that were wrong">
        <CaseRows decision={decision.name} filter={{ origin: 'audit', differs: true }} />
      </Fold>
    </section>
  )
}

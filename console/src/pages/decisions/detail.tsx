/**
 * One decision in full: what is so, on what evidence, and what to do next.
 */

import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import type { DecisionDetail } from '../../api/documents.ts'
import { decisionQuery, decisionsQuery } from '../../api/queries.ts'
import { Badge } from '../../parts/badge.tsx'
import { Trouble, Waiting } from '../../parts/empty.tsx'
import { counted } from '../../parts/figures.tsx'
import { useKeys } from '../../shell/keys.ts'
import { Page } from '../../shell/page.tsx'
import { Alarms } from './alarms.tsx'
import { RecentCases } from './case-rows.tsx'
import { Certificates } from './certificates.tsx'
import { ErrorOverTime, LoadOverTime } from './charts.tsx'
import { Confusion } from './confusion.tsx'
import { Epochs } from './epochs.tsx'
import { Segments } from './segments.tsx'
import { said, standingOf } from './sentences.ts'

export function DecisionInFull({ name }: { readonly name: string }): React.JSX.Element {
  const { data, error, refetch } = useQuery(decisionQuery(name))
  useNeighbourKeys(name)
  if (data === undefined)
    return (
      <Page title={name}>
        <Back />
        {error === null ? <Waiting lines={8} /> : <Trouble error={error} again={() => void refetch()} />}
      </Page>
    )
  const stands = standingOf(data)
  return (
    <Page
      title={data.title}
      heading={
        <>
          {data.title} {data.title !== name && <span className="heading-note mono">{name}</span>}
        </>
      }
      actions={<Badge tone={stands.tone}>{stands.text}</Badge>}
    >
      <Back />
      <Summary decision={data} />
      <Alarms decision={data} />
      <div className="decision-charts">
        <LoadOverTime decision={data} />
        <ErrorOverTime decision={data} />
      </div>
      <Certificates decision={data} />
      <Epochs decision={data} />
      <Segments decision={data} />
      <Confusion decision={data} />
      <RecentCases decision={name} />
    </Page>
  )
}

function Back(): React.JSX.Element {
  return (
    <p className="decision-back">
      <Link to="/decisions">All decisions</Link>
    </p>
  )
}

function Summary({ decision }: { readonly decision: DecisionDetail }): React.JSX.Element {
  const { tone, headline, more, next } = said(decision)
  const { predictor, role, policy, origins, cases } = decision
  const came = Object.entries(origins).map(([origin, n]) => counted(n, origin))
  return (
    <section className={`card decision-said tone-${tone}`} aria-label="How it stands">
      <p className="decision-headline">{headline}</p>
      {more.length > 0 && <p className="decision-more">{more.join(' ')}</p>}
      {next !== undefined && (
        <p className="decision-next">
          <strong>Next:</strong> {next}
        </p>
      )}
      <dl className="decision-facts">
        <div>
          <dt>Policy</dt>
          <dd className="mono">{policy}</dd>
        </div>
        {predictor !== undefined && (
          <div>
            <dt>Proposed by</dt>
            <dd>{predictor}</dd>
          </div>
        )}
        {role !== undefined && (
          <div>
            <dt>Answered by</dt>
            <dd>
              <Link to="/inbox" search={{ decision: decision.name }}>
                {role}
              </Link>
            </dd>
          </div>
        )}
        <div>
          <dt>Cases</dt>
          <dd>
            <Link to="/evidence" search={{ view: 'cases', decision: decision.name }}>
              {counted(cases, 'case')}
            </Link>
            {came.length > 0 && <span className="muted"> ({came.join(', ')})</span>}
          </dd>
        </div>
      </dl>
    </section>
  )
}

/** From one decision to the next, and back to all. */
function useNeighbourKeys(name: string): void {
  const navigate = useNavigate()
  const { data } = useQuery(decisionsQuery)
  const go = (by: 1 | -1): void => {
    const names = (data?.items ?? []).map((one) => one.name)
    const next = names[names.indexOf(name) + by]
    if (next !== undefined) void navigate({ to: '/decisions/$decision', params: { decision: next } })
  }
  useKeys('Decision', [
    { keys: 'u', does: 'All decisions', run: () => void navigate({ to: '/decisions' }) },
    { keys: 'j', does: 'Next decision', run: () => go(1) },
    { keys: 'k', does: 'Decision before', run: () => go(-1) },
  ])
}

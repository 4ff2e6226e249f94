/**
 * The page Decisions: how far each may stand alone, and one of them in full.
 */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useRef } from 'react'
import type { DecisionSummary } from '../../api/documents.ts'
import { decisionsQuery } from '../../api/queries.ts'
import { Badge } from '../../parts/badge.tsx'
import { Sparkline } from '../../parts/chart.tsx'
import { Empty, Trouble, Waiting } from '../../parts/empty.tsx'
import { counted, percent } from '../../parts/figures.tsx'
import { useKeys } from '../../shell/keys.ts'
import { Page } from '../../shell/page.tsx'
import './decisions.css'
import { DecisionInFull } from './detail.tsx'
import { standingOf } from './sentences.ts'

export function DecisionsPage(): React.JSX.Element {
  const { decision } = useParams({ strict: false })
  return decision === undefined ? <All /> : <DecisionInFull key={decision} name={decision} />
}

function All(): React.JSX.Element {
  const { data, error, refetch } = useQuery(decisionsQuery)
  const place = useRef<HTMLUListElement>(null)
  const navigate = useNavigate()
  const move = (by: 1 | -1): void => {
    const rows = [...(place.current?.querySelectorAll<HTMLElement>('a') ?? [])]
    const now = document.activeElement instanceof HTMLElement ? rows.indexOf(document.activeElement) : -1
    rows[Math.max(0, Math.min(rows.length - 1, now === -1 ? 0 : now + by))]?.focus()
  }
  useKeys('Decisions', [
    { keys: 'j', does: 'Next decision', run: () => move(1), repeats: true },
    { keys: 'k', does: 'Decision before', run: () => move(-1), repeats: true },
    { keys: 'i', does: 'Inbox', run: () => void navigate({ to: '/inbox' }), hidden: true },
  ])
  return (
    <Page title="Decisions">
      {error !== null && data === undefined ? (
        <Trouble error={error} again={() => void refetch()} />
      ) : data === undefined ? (
        <Waiting lines={6} />
      ) : data.items.length === 0 ? (
        <Empty title="No decision is known here">
          A decision is a question in a flow that a model, a person or both answer: run.decide(…). It appears here once a flow has taken it,
          or when createRondo names it.
        </Empty>
      ) : (
        <ul ref={place} className="decision-list" aria-label="Decisions">
          {data.items.map((decision) => (
            <li key={decision.name}>
              <Row decision={decision} />
            </li>
          ))}
        </ul>
      )}
    </Page>
  )
}

function Row({ decision }: { readonly decision: DecisionSummary }): React.JSX.Element {
  const { name, title, promise, cases, standingAlone, load, alarms, standing } = decision
  const stands = standingOf(decision)
  const alone = load.map(({ share }) => 1 - share)
  return (
    <Link to="/decisions/$decision" params={{ decision: name }} className="card decision-row">
      <span className="decision-main">
        <span className="decision-title">{title}</span>
        <span className="decision-tags">
          {title !== name && <span className="mono muted">{name}</span>}
          <Badge tone={stands.tone}>{stands.text}</Badge>
          {alarms > 0 && standing !== 'alarmed' && <Badge tone="warn">{counted(alarms, 'alarm')} before</Badge>}
        </span>
        <span className="decision-promise">{promise}</span>
      </span>
      <span className="decision-alone">
        {standingAlone === undefined ? (
          <span className="decision-share muted">–</span>
        ) : (
          <span className="decision-share">{percent(standingAlone, 0)}</span>
        )}
        <span className="decision-label">{standingAlone === undefined ? 'not known yet' : 'stood alone lately'}</span>
      </span>
      <span className="decision-spark">
        {alone.length > 1 && <Sparkline values={alone} label={`Standing alone over time, now ${percent(alone.at(-1) ?? 0, 0)}`} />}
      </span>
      <span className="decision-cases">{counted(cases, 'case')}</span>
    </Link>
  )
}

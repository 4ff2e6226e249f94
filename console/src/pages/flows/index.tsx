/**
 * The flows: one of them drawn from its journals, or which there are.
 */
import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import type { Flow, RunStatus } from '../../api/documents.ts'
import { flowsQuery } from '../../api/queries.ts'
import { Status } from '../../parts/badge.tsx'
import { Empty, Trouble, Waiting } from '../../parts/empty.tsx'
import { count } from '../../parts/figures.tsx'
import { Page } from '../../shell/page.tsx'
import { FlowView } from './flow.tsx'
import './flows.css'

const SHOWN: readonly RunStatus[] = ['running', 'waiting', 'failed', 'stopped', 'completed']

export function FlowsPage(): React.JSX.Element {
  const { flow } = useParams({ strict: false })
  const search = useSearch({ strict: false })
  const flows = useQuery(flowsQuery)
  const only = flows.data?.items.length === 1 ? flows.data.items[0]?.name : undefined
  const shown = flow ?? only
  if (shown !== undefined) return <FlowView key={shown} flow={shown} flows={flows.data?.items ?? []} search={search} />
  return (
    <Page title="Flows">
      {flows.error !== null ? (
        <Trouble error={flows.error} again={() => void flows.refetch()} />
      ) : flows.data === undefined ? (
        <Waiting lines={6} />
      ) : flows.data.items.length === 0 ? (
        <Empty title="No flow is registered here">Write one with flow(…), and name it in rondo.config.ts.</Empty>
      ) : (
        <ul className="flow-cards">
          {flows.data.items.map((one) => (
            <FlowCard key={one.name} flow={one} />
          ))}
        </ul>
      )}
    </Page>
  )
}

function FlowCard({ flow: { name, counts } }: { readonly flow: Flow }): React.JSX.Element {
  const all = Object.values(counts).reduce((sum, one) => sum + (one ?? 0), 0)
  return (
    <li>
      <Link to="/flows/$flow" params={{ flow: name }} className="card flow-card">
        <h2>{name}</h2>
        <p className="muted">{all === 0 ? 'has not run yet' : `${count(all)} ${all === 1 ? 'run' : 'runs'}`}</p>
        <ul className="flow-counts">
          {SHOWN.filter((status) => (counts[status] ?? 0) > 0).map((status) => (
            <li key={status}>
              <Status status={status} /> {count(counts[status] ?? 0)}
            </li>
          ))}
        </ul>
      </Link>
    </li>
  )
}

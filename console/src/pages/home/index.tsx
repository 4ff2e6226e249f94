/**
 * Home: what needs me now, what is going on, autonomy and spend at a glance.
 */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { get } from '../../api/client.ts'
import type { DecisionSummary, Item, List, Run, RunStatus, System } from '../../api/documents.ts'
import { decisionsQuery, flowsQuery, systemQuery } from '../../api/queries.ts'
import { Badge, Status, toneOf } from '../../parts/badge.tsx'
import { Share } from '../../parts/chart.tsx'
import { Empty, Trouble, Waiting } from '../../parts/empty.tsx'
import { count, Figure, percent, short, usd } from '../../parts/figures.tsx'
import { Key } from '../../parts/key.tsx'
import { Ago, Due } from '../../parts/time.tsx'
import { lineOf } from '../../parts/value.tsx'
import { Page } from '../../shell/page.tsx'
import { ThemeButton } from '../../shell/theme-button.tsx'
import { useOpenCount } from '../inbox/open-count.ts'
import './home.css'

const FIRST = 5
const GOING_ON = 8
const TROUBLED: readonly RunStatus[] = ['failed', 'stopped', 'paused']

export function HomePage(): React.JSX.Element {
  const system = useQuery(systemQuery)
  return (
    <Page title="Home">
      <div className="home">
        <div className="home-column">
          <NeedsMe />
          <GoingOn />
        </div>
        <div className="home-column">
          <AtAGlance system={system.data} />
          <Autonomy />
          <Flows />
        </div>
        <div className="home-tools">
          <ThemeButton />
        </div>
      </div>
    </Page>
  )
}

function NeedsMe(): React.JSX.Element {
  const open = useOpenCount()
  const first = useQuery({
    queryKey: ['inbox', 'first'],
    queryFn: ({ signal }) => get<List<Item>>('/api/inbox', { signal, query: { for: 'me', limit: FIRST } }),
  })
  const trouble = useQuery({
    queryKey: ['home', 'trouble'],
    queryFn: ({ signal }) => get<List<Run>>('/api/runs', { signal, query: { status: TROUBLED.join(','), limit: FIRST } }),
  })
  const items = first.data?.items ?? []
  const runs = trouble.data?.items ?? []
  return (
    <section className="card home-needs" aria-label="What needs me now">
      <header>
        <h2>
          {open === undefined
            ? 'What needs you'
            : open === 0
              ? 'Nobody waits for you'
              : `${count(open)} ${open === 1 ? 'question waits' : 'questions wait'} for you`}
        </h2>
        {open !== undefined && open > 0 && (
          <Link to="/inbox" className="button button-main">
            Answer <Key keys="g i" />
          </Link>
        )}
      </header>
      {first.error !== null ? (
        <Trouble error={first.error} again={() => void first.refetch()} />
      ) : first.data === undefined ? (
        <Waiting lines={5} />
      ) : (
        <ul className="home-list">
          {items.map((item) => (
            <li key={item.id}>
              <Link to="/inbox" search={{ item: item.id }} className="home-row">
                <Badge tone={item.kind === 'unknown' || item.kind === 'budget' ? 'warn' : 'plain'}>
                  {item.kind === 'decide' ? 'decision' : item.kind}
                </Badge>
                <span className="home-row-text">
                  {item.title} <span className="muted">{lineOf(item.content.subject, 90)}</span>
                </span>
                {item.dueAt === undefined ? <Ago at={item.openedAt} /> : <Due at={item.dueAt} from={item.openedAt} />}
              </Link>
            </li>
          ))}
          {runs.map((run) => (
            <li key={run.id}>
              <RunRow run={run} />
            </li>
          ))}
          {items.length + runs.length === 0 && <li className="home-none">Questions, and runs that failed or were held, appear here.</li>}
        </ul>
      )}
    </section>
  )
}

function GoingOn(): React.JSX.Element {
  const { data } = useQuery({
    queryKey: ['home', 'going on'],
    queryFn: ({ signal }) => get<List<Run>>('/api/runs', { signal, query: { status: 'running,waiting,queued', limit: GOING_ON } }),
  })
  return (
    <section className="card" aria-label="Going on">
      <header>
        <h2>Going on</h2>
        <Link to="/runs" search={{ status: 'running,waiting,queued' }}>
          All
        </Link>
      </header>
      {data === undefined ? (
        <Waiting />
      ) : (
        <ul className="home-list">
          {data.items.map((run) => (
            <li key={run.id}>
              <RunRow run={run} />
            </li>
          ))}
          {data.items.length === 0 && <li className="home-none">No run is under way.</li>}
        </ul>
      )}
    </section>
  )
}

function RunRow({ run }: { readonly run: Run }): React.JSX.Element {
  return (
    <Link to="/runs/$run" params={{ run: run.id }} className="home-row" preload={false}>
      <Status status={run.status} />
      <span className="home-row-text">
        {run.flow} <span className="muted">{run.error?.message ?? lineOf(run.input, 90)}</span>
      </span>
      <Ago at={run.startedAt ?? run.createdAt} />
    </Link>
  )
}

function AtAGlance({ system }: { readonly system: System | undefined }): React.JSX.Element {
  if (system === undefined) return <div className="home-figures" />
  const { runs } = system
  const going = (runs.running ?? 0) + (runs.queued ?? 0)
  return (
    <section className="home-figures" aria-label="At a glance">
      <Figure label="running" value={short(going)} note={`${short(runs.waiting ?? 0)} waiting`} />
      <Figure
        label="completed"
        value={short(runs.completed ?? 0)}
        note={
          (runs.failed ?? 0) > 0 ? (
            <Link to="/runs" search={{ status: 'failed' }}>
              {short(runs.failed ?? 0)} failed
            </Link>
          ) : (
            'none failed'
          )
        }
      />
      <Figure
        label="spent on models"
        value={usd(system.microUsd)}
        note={
          <>
            {short(system.tokens)} tokens since <Ago at={system.startedAt} />
          </>
        }
      />
    </section>
  )
}

function Flows(): React.JSX.Element {
  const { data } = useQuery(flowsQuery)
  return (
    <section className="card" aria-label="Flows">
      <header>
        <h2>Loops</h2>
        <Link to="/flows">Pictures</Link>
      </header>
      {data === undefined ? (
        <Waiting />
      ) : data.items.length === 0 ? (
        <Empty title="No flow is registered" />
      ) : (
        <ul className="home-list">
          {data.items.map(({ name, counts }) => (
            <li key={name} className="home-flow">
              <Link to="/flows/$flow" params={{ flow: name }}>
                {name}
              </Link>
              <span className="home-counts">
                {Object.entries(counts).map(([status, number]) => (
                  <Link key={status} to="/runs" search={{ flow: name, status }} className={`badge tone-${toneOf(status as RunStatus)}`}>
                    {count(number)} {status}
                  </Link>
                ))}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Autonomy(): React.JSX.Element {
  const { data, error, refetch } = useQuery(decisionsQuery)
  return (
    <section className="card home-autonomy" aria-label="Autonomy">
      <header>
        <h2>Autonomy</h2>
        <Link to="/decisions">All decisions</Link>
      </header>
      {error !== null ? (
        <Trouble error={error} again={() => void refetch()} />
      ) : data === undefined ? (
        <Waiting />
      ) : data.items.length === 0 ? (
        <p className="home-none">No decision has been taken yet.</p>
      ) : (
        <ul className="home-list">
          {data.items.map((decision) => (
            <li key={decision.name}>
              <Decision decision={decision} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Decision({ decision }: { readonly decision: DecisionSummary }): React.JSX.Element {
  const { name, title = name, promise, policy, standingAlone } = decision
  return (
    <Link to="/decisions/$decision" params={{ decision: name }} className="home-decision">
      <span className="home-row-text">
        <strong>{title}</strong>
        <br />
        <span className="muted">{promise || policy}</span>
      </span>
      <span className="home-alone">
        <Share value={standingAlone ?? 0} label="Standing alone" />
        <span>{standingAlone === undefined ? 'not known yet' : `${percent(standingAlone, 0)} alone`}</span>
      </span>
    </Link>
  )
}

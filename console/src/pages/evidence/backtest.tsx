/**
 * One backtest: the verdict first, then what it rests on, what it cost, and the cases that decided it. Live while it is under way.
 */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Trouble, Waiting } from '../../parts/empty.tsx'
import { Fact } from '../../parts/fact.tsx'
import { atPrices, count, counted, usd } from '../../parts/figures.tsx'
import { Ago, Lasted } from '../../parts/time.tsx'
import { useKeys } from '../../shell/keys.ts'
import { useMayEdit } from '../../shell/may-edit.ts'
import { StopButton } from './backtest-list.tsx'
import { DecidingCases } from './deciding-cases.tsx'
import type { FullBacktest, Report } from './documents.ts'
import { backtestQuery, useFollowing } from './following.ts'
import { Forest } from './forest.tsx'
import { OutcomeBar } from './outcome-bar.tsx'
import { Progress, Standing } from './standing.tsx'
import { TriedTexts } from './tried-text.tsx'
import { ALPHA, adviceWords, changeWords, MARGIN, selectionWords, verdictSentence } from './words.ts'

export function BacktestPage({ id }: { readonly id: string }): React.JSX.Element {
  const navigate = useNavigate()
  const { data, error, refetch } = useQuery(backtestQuery(id))
  useFollowing(id, data?.status === 'running')
  useKeys('Backtest', [{ keys: 'Escape', does: 'All backtests', run: () => void navigate({ to: '/evidence', search: {} }) }])
  return (
    <div className="backtest-page">
      <Link to="/evidence" search={{}} className="evidence-back">
        ← All backtests
      </Link>
      {data === undefined ? (
        error === null ? (
          <Waiting lines={8} />
        ) : (
          <Trouble error={error} again={() => void refetch()} />
        )
      ) : (
        <Shown backtest={data} />
      )}
    </div>
  )
}

function Shown({ backtest }: { readonly backtest: FullBacktest }): React.JSX.Element {
  const { report, status, error } = backtest
  const mayEdit = useMayEdit() === true
  return (
    <>
      <section className="card verdict" aria-label="Verdict">
        <div className="verdict-said">
          <p className="verdict-change">
            {changeWords(backtest.change)} <span className="muted">on {selectionWords(backtest.selection)}</span>
          </p>
          <Standing backtest={backtest} />
          {status === 'running' && <Progress done={backtest.done} of={backtest.of} />}
          {status === 'running' && mayEdit && <StopButton id={backtest.id} />}
        </div>
        {status === 'failed' && (
          <p className="verdict-sentence" role="alert">
            {error?.message ?? 'It failed.'}
          </p>
        )}
        {report !== undefined && <Verdict backtest={backtest} report={report} />}
        {report === undefined && status !== 'failed' && <Unjudged backtest={backtest} />}
        <TriedTexts change={backtest.change} />
        <p className="muted verdict-about">
          {backtest.by}, <Ago at={backtest.startedAt} /> · took <Lasted from={backtest.startedAt} to={backtest.endedAt} />
          {backtest.terms !== undefined && ` · at most $${backtest.terms.usd}`}
        </p>
      </section>
      {report !== undefined && <Rest report={report} margin={backtest.terms?.margin ?? MARGIN} />}
    </>
  )
}

function Verdict({ backtest, report }: { readonly backtest: FullBacktest; readonly report: Report }): React.JSX.Element {
  const terms = backtest.terms ?? { margin: MARGIN, alpha: ALPHA }
  const advice = adviceWords(report, terms.margin)
  return (
    <>
      <p className="verdict-sentence">{verdictSentence(report, terms)}</p>
      {advice !== undefined && <p>{advice}</p>}
      {report.runs.left > 0 && (
        <p className="verdict-left">
          {counted(report.runs.left, 'run')} of {counted(report.runs.selected, 'run')} {report.runs.left === 1 ? 'was' : 'were'} not tried:{' '}
          {backtest.status === 'stopped' ? 'it was stopped' : 'the budget was spent'}.
        </p>
      )}
    </>
  )
}

function Unjudged({ backtest }: { readonly backtest: FullBacktest }): React.JSX.Element | null {
  const { estimate, status } = backtest
  if (estimate === undefined) return status === 'running' ? <p className="muted">Looking which runs it is about…</p> : null
  return (
    <p>
      {counted(estimate.runs, 'run')}; what the change touches costs about {usd(estimate.usage.microUsd)} {atPrices(estimate.prices)}.
      {status === 'running' && ' The verdict comes when all of them were tried.'}
    </p>
  )
}

function Rest({ report, margin }: { readonly report: Report; readonly margin: number }): React.JSX.Element {
  const { metrics, outcomes, notes } = report
  return (
    <>
      {metrics.length > 0 && (
        <section className="card evidence-card">
          <header>
            <h2>Differences, run by run</h2>
          </header>
          <Forest metrics={metrics} margin={margin} />
        </section>
      )}
      <div className="backtest-halves">
        <section className="card evidence-card">
          <header>
            <h2>How the runs came out</h2>
          </header>
          <OutcomeBar outcomes={outcomes} />
        </section>
        <section className="card evidence-card">
          <header>
            <h2>Work and money</h2>
          </header>
          <Money report={report} />
        </section>
      </div>
      {notes.length > 0 && (
        <section className="card evidence-card">
          <header>
            <h2>To know of it</h2>
          </header>
          <ul className="notes">
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </section>
      )}
      <DecidingCases report={report} />
    </>
  )
}

function Money({ report }: { readonly report: Report }): React.JSX.Element {
  const { spent, estimated, prices, saved, calls, steps, runs } = report
  const said = (value: string, note?: string): React.JSX.Element => (
    <>
      <strong>{value}</strong> {note !== undefined && <span className="muted">{note}</span>}
    </>
  )
  return (
    <dl className="facts">
      <Fact name="Spent">{said(usd(spent.microUsd), `${usd(estimated.microUsd)} was expected, ${atPrices(prices)}`)}</Fact>
      <Fact name="Saved">{said(usd(saved.microUsd), 'what the steps that were served had cost')}</Fact>
      <Fact name="Model calls">{said(count(calls))}</Fact>
      <Fact name="Steps">{said(`${count(steps.ran)} taken anew`, `${count(steps.served)} served from the journal`)}</Fact>
      <Fact name="Effects">{steps.wouldDo > 0 && said(`${count(steps.wouldDo)} held back`, 'none of them ran')}</Fact>
      <Fact name="Paid before">{runs.again > 0 && said(counted(runs.again, 'run'), 'found in the database')}</Fact>
      <Fact name="Set aside">{runs.troubled.length > 0 && said(counted(runs.troubled.length, 'run'), runs.troubled[0]?.why)}</Fact>
      {Object.entries(runs.leftOut).map(([why, some]) => (
        <Fact key={why} name="Left out">
          {said(counted(some, 'run'), why)}
        </Fact>
      ))}
    </dl>
  )
}

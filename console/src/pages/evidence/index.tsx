/**
 * The page Evidence: backtests, cases, and the people whose answers both rest on.
 *
 * Owns: which of the three is shown. What is open of each stands in the address.
 */
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useKeys } from '../../shell/keys.ts'
import { Page } from '../../shell/page.tsx'
import { BacktestPage } from './backtest.tsx'
import { BacktestList } from './backtest-list.tsx'
import { Cases } from './cases.tsx'
import { NewBacktest } from './new-backtest.tsx'
import { ReviewersView } from './reviewers.tsx'
import './evidence.css'

const VIEWS = ['backtests', 'cases', 'reviewers'] as const

export function EvidencePage(): React.JSX.Element {
  const search = useSearch({ from: '/evidence' })
  const navigate = useNavigate()
  const view = search.backtest === undefined ? (VIEWS.find((one) => one === search.view) ?? 'backtests') : 'backtests'
  useKeys(
    'Evidence',
    VIEWS.map((to, index) => ({
      keys: String(index + 1),
      does: `To ${to}`,
      run: () => void navigate({ to: '/evidence', search: { view: to } }),
    })),
  )
  return (
    <Page title="Evidence" heading={<Heading view={view} />} full={view === 'cases'}>
      {view === 'cases' ? (
        <Cases search={search} />
      ) : view === 'reviewers' ? (
        <ReviewersView decision={search.decision} />
      ) : search.backtest === undefined ? (
        <BacktestList />
      ) : search.backtest === 'new' ? (
        <NewBacktest />
      ) : (
        <BacktestPage key={search.backtest} id={search.backtest} />
      )}
    </Page>
  )
}

function Heading({ view }: { readonly view: (typeof VIEWS)[number] }): React.JSX.Element {
  return (
    <span className="evidence-heading">
      Evidence
      <span className="evidence-views">
        {VIEWS.map((one) => (
          <Link key={one} to="/evidence" search={{ view: one }} className="evidence-view" aria-current={one === view ? 'page' : undefined}>
            {one}
          </Link>
        ))}
      </span>
    </span>
  )
}

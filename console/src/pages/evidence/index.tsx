/**
 * The page Evidence.
 */
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../shell/page.tsx'

export function EvidencePage(): React.JSX.Element {
  return (
    <Page title="Evidence">
      <Empty title="Not built yet">
        Backtests, cases and reviewers will stand here. Until then: “rondo backtest”, “rondo cases”, “rondo people”.
      </Empty>
    </Page>
  )
}

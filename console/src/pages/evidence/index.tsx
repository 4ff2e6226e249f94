/**
 * The page Evidence.
 */
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../shell/page.tsx'

export function EvidencePage(): React.JSX.Element {
  return (
    <Page title="Evidence">
      <Empty title="Nothing here yet">Backtests, cases and reviewers: what a change is judged by.</Empty>
    </Page>
  )
}

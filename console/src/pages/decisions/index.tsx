/**
 * The page Decisions.
 */
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../shell/page.tsx'

export function DecisionsPage(): React.JSX.Element {
  return (
    <Page title="Decisions">
      <Empty title="Nothing here yet">
        Where a person is still needed: each decision with its autonomy, its certificate and people’s load.
      </Empty>
    </Page>
  )
}

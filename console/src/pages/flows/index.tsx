/**
 * The page Flows.
 */
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../shell/page.tsx'

export function FlowsPage(): React.JSX.Element {
  return (
    <Page title="Flows">
      <Empty title="Not built yet">
        Each flow will be drawn here from its journals, as the loops it really takes. Until then GET /api/flows/NAME/picture has the data,
        and “rondo show” one run.
      </Empty>
    </Page>
  )
}

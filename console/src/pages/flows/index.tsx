/**
 * The page Flows.
 */
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../shell/page.tsx'

export function FlowsPage(): React.JSX.Element {
  return (
    <Page title="Flows">
      <Empty title="Nothing here yet">Each flow, drawn from its journals as the loops it really takes.</Empty>
    </Page>
  )
}

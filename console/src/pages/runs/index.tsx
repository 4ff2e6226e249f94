/**
 * The page Runs.
 */
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../shell/page.tsx'

export function RunsPage(): React.JSX.Element {
  return (
    <Page title="Runs">
      <Empty title="Nothing here yet" />
    </Page>
  )
}

/**
 * The page Run.
 */
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../shell/page.tsx'

export function RunPage(): React.JSX.Element {
  return (
    <Page title="Run">
      <Empty title="Nothing here yet" />
    </Page>
  )
}

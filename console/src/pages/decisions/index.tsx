/**
 * The page Decisions.
 */
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../shell/page.tsx'

export function DecisionsPage(): React.JSX.Element {
  return (
    <Page title="Decisions">
      <Empty title="Not built yet">
        Where a person is still needed will stand here. Until then “rondo autonomy” shows each decision with its certificate and people’s
        load.
      </Empty>
    </Page>
  )
}

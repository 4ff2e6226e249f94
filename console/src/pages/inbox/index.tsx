/**
 * The page Inbox.
 */
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../shell/page.tsx'

export function InboxPage(): React.JSX.Element {
  return (
    <Page title="Inbox">
      <Empty title="Nothing here yet" />
    </Page>
  )
}

/**
 * Home: what needs me now, what is running, autonomy and spend at a glance.
 */
import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../shell/page.tsx'

export function HomePage(): React.JSX.Element {
  return (
    <Page title="Home">
      <Empty title="Nothing here yet" />
    </Page>
  )
}

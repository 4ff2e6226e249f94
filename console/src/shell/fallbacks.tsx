/**
 * What stands in a page's place: while it loads, when it failed, and when there is none.
 */
import { Link } from '@tanstack/react-router'
import { Empty, Trouble, Waiting } from '../parts/empty.tsx'
import { Page } from './page.tsx'

export function PageLoading(): React.JSX.Element {
  return (
    <main className="page">
      <Waiting />
    </main>
  )
}

export function PageFailed({ error, reset }: { readonly error: unknown; readonly reset: () => void }): React.JSX.Element {
  return (
    <Page title="Something went wrong">
      <Trouble error={error} again={reset} />
    </Page>
  )
}

export function NothingHere(): React.JSX.Element {
  return (
    <Page title="No such page">
      <Empty title="There is no page at this address">
        <Link to="/">Go home</Link>
      </Empty>
    </Page>
  )
}

/**
 * A page: its title, what can be done on it, and its content.
 */
import { useEffect } from 'react'

export function Page(props: {
  readonly title: string
  /** Shown instead of the title's text, when it is more than that. */
  readonly heading?: React.ReactNode
  readonly actions?: React.ReactNode
  readonly children: React.ReactNode
  /** Takes the whole height and scrolls inside. */
  readonly full?: boolean
  /** The heading is there for those who do not see the page. */
  readonly quiet?: boolean
}): React.JSX.Element {
  const { title, heading, actions, children, full = false, quiet = false } = props
  useEffect(() => {
    document.title = `${title} · Rondo`
  }, [title])
  return (
    <main className={full ? 'page page-full' : 'page'} id="content">
      <header className={quiet ? 'unseen' : 'page-head'}>
        <h1>{heading ?? title}</h1>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </main>
  )
}

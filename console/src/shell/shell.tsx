/**
 * The frame around every page: navigation, who one is, the live connection, and the keys that work everywhere.
 */
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { ApiError } from '../api/client.ts'
import type { Me } from '../api/documents.ts'
import { meQuery } from '../api/queries.ts'
import { useOpenCount } from '../pages/inbox/open-count.ts'
import { Trouble, Waiting } from '../parts/empty.tsx'
import { short } from '../parts/figures.tsx'
import { Connection } from './connection.tsx'
import { Help } from './help.tsx'
import { Icon, type IconName } from './icons.tsx'
import { useKeys } from './keys.ts'
import { Palette } from './palette.tsx'
import './shell.css'
import { leave, mayLeave, SignIn } from './sign-in.tsx'
import { ThemeButton } from './theme-button.tsx'
import { Toasts } from './toasts.tsx'

export const PLACES = [
  { to: '/', name: 'Home', icon: 'home', key: 'h' },
  { to: '/inbox', name: 'Inbox', icon: 'inbox', key: 'i' },
  { to: '/runs', name: 'Runs', icon: 'runs', key: 'r' },
  { to: '/flows', name: 'Flows', icon: 'flows', key: 'f' },
  { to: '/prompts', name: 'Prompts', icon: 'prompts', key: 'p' },
  { to: '/decisions', name: 'Decisions', icon: 'decisions', key: 'd' },
  { to: '/evidence', name: 'Evidence', icon: 'evidence', key: 'e' },
] as const satisfies readonly { to: string; name: string; icon: IconName; key: string }[]

export function Shell(): React.JSX.Element {
  const me = useQuery(meQuery)
  if (me.error instanceof ApiError && me.error.status === 401) return <SignIn at={me.error.details['signIn']} />
  if (me.data === undefined)
    return <main className="page">{me.error === null ? <Waiting /> : <Trouble error={me.error} again={() => void me.refetch()} />}</main>
  return <Frame me={me.data} />
}

function Frame({ me }: { readonly me: Me }): React.JSX.Element {
  const navigate = useNavigate()
  const [over, setOver] = useState<'help' | 'palette'>()
  useKeys('Everywhere', [
    ...PLACES.map(({ to, name: place, key }) => ({ keys: `g ${key}`, does: place, run: () => void navigate({ to }) })),
    { keys: 'mod+k', does: 'Go to anything', run: () => setOver('palette'), typing: true },
    { keys: '?', does: 'These keys', run: () => setOver('help') },
  ])
  return (
    <div className="shell">
      <a className="skip" href="#content">
        To the content
      </a>
      <nav className="nav" aria-label="Pages">
        <Link to="/" className="brand" aria-label="Rondo, home">
          <img src="/icon.svg" alt="" width="24" height="24" />
          <span>Rondo</span>
        </Link>
        <ul>
          {PLACES.map(({ to, name: place, icon }) => (
            <li key={to}>
              <Link to={to} className="nav-link" activeOptions={{ exact: to === '/', includeSearch: false }}>
                <Icon name={icon} />
                <span className="nav-name">{place}</span>
                {to === '/inbox' && <InboxCount />}
              </Link>
            </li>
          ))}
        </ul>
        <div className="nav-foot">
          <Connection />
          <ThemeButton />
          <button type="button" className="nav-tool" onClick={() => setOver('help')} title="Keys">
            <span aria-hidden="true">⌨</span>
            <span className="nav-name">Keys</span>
          </button>
          <span className="nav-me nav-name" title="Who you are here">
            {me.name}
          </span>
          {mayLeave(me) && (
            <button type="button" className="nav-tool" onClick={() => void leave()}>
              <Icon name="leave" />
              <span className="nav-name">Sign out</span>
            </button>
          )}
        </div>
      </nav>
      <Outlet />
      {over === 'help' && <Help onClose={() => setOver(undefined)} />}
      {over === 'palette' && <Palette onClose={() => setOver(undefined)} />}
      <Toasts />
    </div>
  )
}

function InboxCount(): React.JSX.Element | null {
  const open = useOpenCount()
  if (open === undefined || open === 0) return null
  return (
    <span className="nav-count">
      {short(open)}
      <span className="unseen"> open</span>
    </span>
  )
}

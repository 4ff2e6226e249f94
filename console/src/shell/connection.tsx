/**
 * How the live connection stands, in a dot and a word.
 */
import { useSyncExternalStore } from 'react'
import { type LiveState, live } from '../api/live.ts'

const WORDS: Readonly<Record<LiveState, string>> = { connecting: 'Connecting', live: 'Live', quiet: 'Quiet', lost: 'Reconnecting' }

export function Connection(): React.JSX.Element {
  const state = useSyncExternalStore(live.subscribe, () => live.state)
  return (
    <span className={`connection connection-${state}`} role="status" title="Whether what you see follows by itself">
      <span className="connection-dot" aria-hidden="true" />
      <span className="nav-name">{WORDS[state]}</span>
    </span>
  )
}

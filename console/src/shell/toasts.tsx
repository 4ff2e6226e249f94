/**
 * Toasts: what happened, in a line, for a few seconds, with what can be done about it.
 */
import { useSyncExternalStore } from 'react'

export interface Toast {
  readonly text: string
  readonly tone?: 'plain' | 'good' | 'bad'
  readonly action?: { readonly label: string; readonly run: () => void }
  /** How long it stays. What went wrong stays longer. */
  readonly ms?: number
}

interface Shown extends Toast {
  readonly id: number
}

const PLAIN_MS = 4000
const BAD_MS = 10_000
const MOST = 4
let shown: readonly Shown[] = []
let last = 0
const watchers = new Set<() => void>()

/** Shows a toast. Returns a function that takes it away. */
export function toast(one: Toast): () => void {
  last += 1
  const id = last
  change([...shown, { ...one, id }].slice(-MOST))
  const away = (): void => change(shown.filter((other) => other.id !== id))
  setTimeout(away, one.ms ?? (one.tone === 'bad' ? BAD_MS : PLAIN_MS))
  return away
}

/** Says what went wrong. */
export function toastError(error: unknown): void {
  toast({ tone: 'bad', text: error instanceof Error ? error.message : String(error) })
}

export function Toasts(): React.JSX.Element {
  const toasts = useSyncExternalStore(watch, () => shown)
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map(({ id, text, tone = 'plain', action }) => (
        <div key={id} className={`toast toast-${tone}`}>
          <span>{text}</span>
          {action !== undefined && (
            <button
              type="button"
              className="button button-quiet"
              onClick={() => {
                change(shown.filter((other) => other.id !== id))
                action.run()
              }}
            >
              {action.label}
            </button>
          )}
          <button
            type="button"
            className="icon-button"
            aria-label="Dismiss"
            onClick={() => change(shown.filter((other) => other.id !== id))}
          >
            ×
          </button>
        </div>
      ))}
    </div>
  )
}

function change(next: readonly Shown[]): void {
  shown = next
  for (const watcher of watchers) watcher()
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

/**
 * What stands where there is nothing: why, and what to do about it.
 */
export function Empty({ title, children }: { readonly title: string; readonly children?: React.ReactNode }): React.JSX.Element {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children !== undefined && <div className="empty-text">{children}</div>}
    </div>
  )
}

/** What stands where something could not be read. */
export function Trouble({ error, again }: { readonly error: unknown; readonly again?: () => void }): React.JSX.Element {
  return (
    <div className="empty empty-bad" role="alert">
      <p className="empty-title">This could not be shown</p>
      <p className="empty-text">{error instanceof Error ? error.message : String(error)}</p>
      {again !== undefined && (
        <button type="button" className="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  )
}

/** Holds the place of something that is being read. */
export function Waiting({ lines = 3 }: { readonly lines?: number }): React.JSX.Element {
  return (
    <div className="waiting" aria-busy="true">
      {Array.from({ length: lines }, (_, line) => line).map((line) => (
        <div key={line} className="waiting-line" />
      ))}
      <span className="unseen">Loading…</span>
    </div>
  )
}

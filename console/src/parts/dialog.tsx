/**
 * A dialog over the page: the browser's own, which keeps the focus in and gives it back.
 */
import { useEffect, useRef } from 'react'

export function Dialog(props: {
  readonly title: string
  readonly onClose: () => void
  readonly children: React.ReactNode
  /** Without the visible heading. */
  readonly bare?: boolean
  readonly wide?: boolean
}): React.JSX.Element {
  const { title, onClose, children, bare = false, wide = false } = props
  const place = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    place.current?.showModal()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it; the click is for the backdrop.
    <dialog
      ref={place}
      className={`dialog${wide ? ' dialog-wide' : ''}`}
      aria-label={title}
      onClose={onClose}
      onClick={(event) => event.target === place.current && place.current.close()}
    >
      <div className="dialog-body">
        {!bare && (
          <header className="dialog-head">
            <h2>{title}</h2>
            <button type="button" className="icon-button" aria-label="Close" onClick={() => place.current?.close()}>
              ×
            </button>
          </header>
        )}
        {children}
      </div>
    </dialog>
  )
}

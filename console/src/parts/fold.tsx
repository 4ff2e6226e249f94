/**
 * Something folded away, which is made only when it is opened.
 */
import { useState } from 'react'

export function Fold(props: {
  readonly summary: React.ReactNode
  readonly className?: string
  readonly children: React.ReactNode
}): React.JSX.Element {
  const { summary, className = 'fold', children } = props
  const [open, setOpen] = useState(false)
  return (
    <details className={className} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {open && children}
    </details>
  )
}

/**
 * A field that a list is searched by: `/` leads into it, Escape out of it, and what is typed is told once typing pauses.
 */
import { useEffect, useRef, useState } from 'react'
import { useKeys } from '../shell/keys.ts'
import { TYPING_MS } from './settled.ts'

/** `area`: whose keys these are, for the help. */
export function SearchField(props: {
  readonly label: string
  readonly area: string
  readonly value: string
  readonly onChange: (text: string) => void
}): React.JSX.Element {
  const { label, area, value, onChange } = props
  const field = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(value)
  const change = useRef(onChange)
  change.current = onChange
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => change.current(text), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text, value])
  useKeys(area, [{ keys: '/', does: 'Search', run: () => field.current?.focus() }])
  return (
    <input
      ref={field}
      type="search"
      aria-label={label}
      placeholder={`${label}  ( / )`}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => event.key === 'Escape' && field.current?.blur()}
    />
  )
}

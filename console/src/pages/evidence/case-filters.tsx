/**
 * Which cases are listed.
 */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState } from 'react'
import { decisionsQuery } from '../../api/queries.ts'
import { count } from '../../parts/figures.tsx'
import { useKeys } from '../../shell/keys.ts'
import type { CaseSearch } from './cases.tsx'

const TYPING_MS = 250
const ORIGINS = { audit: 'looked at by chance', escalation: 'the policy asked', correction: 'mended later', import: 'imported' } as const

export function CaseFilters(props: {
  readonly search: CaseSearch
  /** Segments that were met. */
  readonly segments: readonly string[]
  readonly onChange: (change: CaseSearch) => void
}): React.JSX.Element {
  const { search, segments, onChange } = props
  const decisions = useQuery(decisionsQuery)
  const id = useId()
  const named = decisions.data?.items ?? []
  const all = named.reduce((sum, { cases }) => sum + cases, 0)
  return (
    <search className="case-filters">
      <Typed label="Search in question, answer and by whom" value={search.q ?? ''} slash onChange={(q) => onChange({ q })} />
      <select
        aria-label="Decision"
        className="select"
        value={search.decision ?? ''}
        onChange={(event) => onChange({ decision: event.target.value, case: '', segment: '' })}
      >
        <option value="">All decisions{all > 0 ? ` (${count(all)})` : ''}</option>
        {named.map(({ name, cases }) => (
          <option key={name} value={name}>
            {name} ({count(cases)})
          </option>
        ))}
      </select>
      <select
        aria-label="Origin"
        className="select"
        value={search.origin ?? ''}
        onChange={(event) => onChange({ origin: event.target.value })}
      >
        <option value="">Any origin</option>
        {Object.entries(ORIGINS).map(([origin, means]) => (
          <option key={origin} value={origin}>
            {origin}: {means}
          </option>
        ))}
      </select>
      {(segments.length > 0 || search.segment !== undefined) && (
        <select
          aria-label="Segment"
          className="select"
          value={search.segment ?? ''}
          onChange={(event) => onChange({ segment: event.target.value })}
        >
          <option value="">Any segment</option>
          {[...new Set([...segments, ...(search.segment === undefined ? [] : [search.segment])])].map((segment) => (
            <option key={segment}>{segment}</option>
          ))}
        </select>
      )}
      <span className="case-apart">
        <input
          type="checkbox"
          id={id}
          checked={search.differs === 'yes'}
          onChange={(event) => onChange({ differs: event.target.checked ? 'yes' : '' })}
        />
        <label htmlFor={id}>Proposed something else</label>
      </span>
    </search>
  )
}

/** Sent once typing pauses. */
function Typed(props: {
  readonly label: string
  readonly value: string
  readonly slash: boolean
  readonly onChange: (text: string) => void
}): React.JSX.Element {
  const { label, value, onChange } = props
  const field = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(value)
  const change = useRef(onChange)
  change.current = onChange
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => change.current(text), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text, value])
  useKeys('Cases', [{ keys: '/', does: 'Search', run: () => field.current?.focus() }])
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

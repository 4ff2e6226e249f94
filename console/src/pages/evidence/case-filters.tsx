/**
 * Which cases are listed.
 */
import { useQuery } from '@tanstack/react-query'
import { useId } from 'react'
import { decisionsQuery } from '../../api/queries.ts'
import { count } from '../../parts/figures.tsx'
import { SearchField } from '../../parts/search-field.tsx'
import type { CaseSearch } from './cases.tsx'

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
      <SearchField label="Search in question, answer and by whom" area="Cases" value={search.q ?? ''} onChange={(q) => onChange({ q })} />
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

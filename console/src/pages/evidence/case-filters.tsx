/**
 * Which cases are listed.
 */
import { useQuery } from '@tanstack/react-query'
import { useId } from 'react'
import { decisionsQuery } from '../../api/queries.ts'
import { count } from '../../parts/figures.tsx'
import { SearchField } from '../../parts/search-field.tsx'
import { Select } from '../../parts/select.tsx'
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
      <Select
        label="Decision"
        all={`All decisions${all > 0 ? ` (${count(all)})` : ''}`}
        value={search.decision}
        options={named.map(({ name, cases }) => [name, `${name} (${count(cases)})`])}
        onChange={(decision) => onChange({ decision, case: '', segment: '' })}
      />
      <Select
        label="Origin"
        all="Any origin"
        value={search.origin}
        options={Object.entries(ORIGINS).map(([origin, means]) => [origin, `${origin}: ${means}`])}
        onChange={(origin) => onChange({ origin })}
      />
      {(segments.length > 0 || search.segment !== undefined) && (
        <Select
          label="Segment"
          all="Any segment"
          value={search.segment}
          options={[...new Set([...segments, ...(search.segment === undefined ? [] : [search.segment])])].map((name) => [name, name])}
          onChange={(segment) => onChange({ segment })}
        />
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

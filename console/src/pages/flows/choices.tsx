/**
 * What of a flow is shown: the time, the release, what it is compared with, and what its steps are looked at by.
 */
import { useState } from 'react'
import { Segmented } from '../../parts/segmented.tsx'
import { Select } from '../../parts/select.tsx'
import { MEASURES, type Measure } from './compare.ts'
import { type FlowSearch, type Picture, SPAN_NAMES } from './picture.ts'

const VIEWS = [
  ['drawing', 'Drawing'],
  ['table', 'Table'],
] as const

export function Choices(props: {
  readonly search: FlowSearch
  readonly by: Measure
  readonly picture: Picture | undefined
  readonly set: (change: FlowSearch) => void
}): React.JSX.Element {
  const { search, by, picture, set } = props
  const releases = [...new Set([...(picture?.releases ?? []), ...(search.release === undefined ? [] : [search.release])])]
  return (
    <div className="flow-choices">
      <WindowChoice search={search} set={set} />
      {releases.length > 0 && (
        <Select
          label="Release"
          all="Every release"
          value={search.release}
          options={releases.map((release) => [release, release])}
          onChange={(release) => set({ release })}
        />
      )}
      <Select
        label="Compared with"
        all="Not compared"
        value={search.against}
        options={[
          ['before', 'The same time before', search.from === undefined],
          ...releases.filter((release) => release !== search.release).map((release) => [release, `Release ${release}`] as const),
        ]}
        onChange={(against) => set({ against })}
      />
      {search.view !== 'table' && (
        <Segmented
          legend="Steps are shaded by"
          options={MEASURES}
          value={by}
          onChange={(measure) => set({ by: measure === 'runs' ? '' : measure })}
        />
      )}
      <div className="flow-views">
        <Segmented
          legend="Shown as"
          options={VIEWS}
          value={search.view === 'table' ? 'table' : 'drawing'}
          onChange={(view) => set({ view: view === 'table' ? view : '' })}
        />
      </div>
    </div>
  )
}

function WindowChoice({ search, set }: { readonly search: FlowSearch; readonly set: (change: FlowSearch) => void }): React.JSX.Element {
  const span = SPAN_NAMES.some(([value]) => value === (search.from ?? '')) && search.to === undefined
  const [own, setOwn] = useState(!span)
  return (
    <>
      <select
        aria-label="Started"
        className="select"
        value={own ? 'own' : (search.from ?? '')}
        onChange={(event) => {
          const { value } = event.target
          setOwn(value === 'own')
          if (value !== 'own') set({ from: value, to: '', ...(value === '' && search.against === 'before' && { against: '' }) })
        }}
      >
        {SPAN_NAMES.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
        <option value="own">From … to …</option>
      </select>
      {own && (
        <>
          <Time name="From" value={search.from} set={(from) => set({ from })} />
          <Time name="To" value={search.to} set={(to) => set({ to })} />
        </>
      )}
    </>
  )
}

/** A time in the zone of whoever looks; the address holds it in UTC. */
function Time(props: {
  readonly name: string
  readonly value: string | undefined
  readonly set: (value: string) => void
}): React.JSX.Element {
  const { name, value, set } = props
  return (
    <input
      type="datetime-local"
      className="flow-time"
      aria-label={name}
      value={localTime(value)}
      onChange={(event) => set(event.target.value === '' ? '' : new Date(event.target.value).toISOString())}
    />
  )
}

function localTime(iso: string | undefined): string {
  const at = iso === undefined ? Number.NaN : Date.parse(iso)
  if (Number.isNaN(at)) return ''
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

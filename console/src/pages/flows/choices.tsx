/**
 * What of a flow is shown: the time, the release, what it is compared with, and what its steps are looked at by.
 */
import { useState } from 'react'
import { MEASURES, type Measure } from './compare.ts'
import { type FlowSearch, type Picture, SPAN_NAMES } from './picture.ts'

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
        <select
          aria-label="Release"
          className="select"
          value={search.release ?? ''}
          onChange={(event) => set({ release: event.target.value })}
        >
          <option value="">Every release</option>
          {releases.map((release) => (
            <option key={release}>{release}</option>
          ))}
        </select>
      )}
      <select
        aria-label="Compared with"
        className="select"
        value={search.against ?? ''}
        onChange={(event) => set({ against: event.target.value })}
      >
        <option value="">Not compared</option>
        <option value="before" disabled={search.from === undefined}>
          The same time before
        </option>
        {releases
          .filter((release) => release !== search.release)
          .map((release) => (
            <option key={release} value={release}>
              Release {release}
            </option>
          ))}
      </select>
      {search.view !== 'table' && (
        <fieldset className="segmented">
          <legend className="unseen">Steps are shaded by</legend>
          {MEASURES.map(([measure, name]) => (
            <button
              key={measure}
              type="button"
              aria-pressed={by === measure}
              onClick={() => set({ by: measure === 'runs' ? '' : measure })}
            >
              {name}
            </button>
          ))}
        </fieldset>
      )}
      <fieldset className="segmented flow-views">
        <legend className="unseen">Shown as</legend>
        <button type="button" aria-pressed={search.view !== 'table'} onClick={() => set({ view: '' })}>
          Drawing
        </button>
        <button type="button" aria-pressed={search.view === 'table'} onClick={() => set({ view: 'table' })}>
          Table
        </button>
      </fieldset>
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

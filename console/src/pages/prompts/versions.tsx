/**
 * The versions of a prompt: what each did in figures, and two of them side by side.
 */
import { useMutation } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { Badge } from '../../parts/badge.tsx'
import { Empty } from '../../parts/empty.tsx'
import { count, humanDuration, percent, short, usd } from '../../parts/figures.tsx'
import { Ago } from '../../parts/time.tsx'
import { useMayEdit } from '../../shell/may-edit.ts'
import { toastError } from '../../shell/toasts.tsx'
import { label, type Prompt } from './data.ts'
import { LabelDialog } from './label-dialog.tsx'
import { TwoVersions } from './two-versions.tsx'
import { accepted, pairOf, rowsOf, type VersionRow } from './version-rows.ts'

export function VersionsView({ prompt }: { readonly prompt: Prompt }): React.JSX.Element {
  const search = useSearch({ from: '/prompts/$prompt' })
  const navigate = useNavigate()
  const rows = rowsOf(prompt)
  const [newer, older] = pairOf(rows, search.version, search.against)
  const pick = (ref: string): void => {
    const picked = [newer?.ref, older?.ref].filter((one) => one !== undefined)
    const next = picked.includes(ref) ? picked.filter((one) => one !== ref) : [ref, ...picked].slice(0, 2)
    const [version = '', against = ''] = next
    void navigate({
      to: '/prompts/$prompt',
      params: { prompt: prompt.name },
      search: { view: 'versions', version, against: against === '' ? 'none' : against },
      replace: true,
    })
  }
  if (rows.length === 0) return <Empty title="No version is known yet">Versions appear here as soon as they are asked or saved.</Empty>
  return (
    <div className="versions">
      <div className="card table-scroll">
        <table className="table versions-table">
          <thead>
            <tr>
              <th>
                <span className="unseen">Compare</span>
              </th>
              <th>Version</th>
              <th className="table-figure">Asks</th>
              <th className="table-figure">Failed</th>
              <th className="table-figure">People accepted</th>
              <th>Measures of its runs</th>
              <th className="table-figure table-minor">Per ask</th>
              <th className="table-figure table-minor">Median time</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Version key={row.ref} prompt={prompt} row={row} picked={row === newer || row === older} onPick={() => pick(row.ref)} />
            ))}
          </tbody>
        </table>
      </div>
      <p className="muted versions-note">
        Asks, money, times and measures are those of the newest 1,000 runs of each flow; what people answered is of all cases. The measures
        of a run that asked several versions count for each of them. What came in may have been easier under one version than under another:
        a backtest compares them on the same runs.
      </p>
      {newer !== undefined && older !== undefined ? (
        <TwoVersions prompt={prompt} older={older} newer={newer} />
      ) : (
        <p className="muted">Pick two versions to see them side by side.</p>
      )}
    </div>
  )
}

function Version(props: {
  readonly prompt: Prompt
  readonly row: VersionRow
  readonly picked: boolean
  readonly onPick: () => void
}): React.JSX.Element {
  const { prompt, row, picked, onPick } = props
  const { asks, failed, microUsd, inputTokens, outputTokens, p50Ms, measures, lastAt } = row.figures
  const people = accepted(row)
  return (
    <tr data-selected={picked ? '' : undefined}>
      <td>
        <input
          type="checkbox"
          aria-label={`Compare ${row.name}`}
          checked={picked}
          disabled={!row.hasText}
          title={row.hasText ? undefined : 'Its text is not kept: it was asked before texts were.'}
          onChange={onPick}
        />
      </td>
      <td>
        <VersionName prompt={prompt} row={row} />
      </td>
      <td className="table-figure">
        {asks === 0 ? '–' : count(asks)}
        <div className="muted version-small">
          {asks > 0 ? <Ago at={lastAt} /> : row.figures.version === undefined ? 'never asked' : 'asked earlier'}
        </div>
      </td>
      <td className="table-figure">
        {asks === 0 ? '–' : count(failed)}
        {failed > 0 && <div className="muted version-small">{percent(failed / asks)}</div>}
      </td>
      <td className="table-figure">
        {people.of === 0 ? '–' : percent(people.n / people.of)}
        {people.of > 0 && (
          <div className="muted version-small">
            {count(people.n)} of {count(people.of)}
          </div>
        )}
        {people.corrected > 0 && <div className="muted version-small">{count(people.corrected)} corrected later</div>}
      </td>
      <td>
        {measures.length === 0
          ? '–'
          : measures.map(({ name, n, mean }) => (
              <div key={name} className="version-measure">
                {name} <strong>{mean.toFixed(2)}</strong> <span className="muted">of {count(n)}</span>
              </div>
            ))}
      </td>
      <td className="table-figure table-minor">
        {asks === 0 ? '–' : usd(microUsd / asks)}
        {asks > 0 && <div className="muted version-small">{short(Math.round((inputTokens + outputTokens) / asks))} tokens</div>}
      </td>
      <td className="table-figure table-minor">{p50Ms === undefined ? '–' : humanDuration(p50Ms)}</td>
    </tr>
  )
}

function VersionName({ prompt, row }: { readonly prompt: Prompt; readonly row: VersionRow }): React.JSX.Element {
  const [labelling, setLabelling] = useState(false)
  const mayEdit = useMayEdit() === true
  const { by, firstAt, model } = row.figures
  return (
    <div className="version-name">
      <span className="mono">{row.name}</span>
      {row.current && <Badge tone="good">in the file</Badge>}
      {row.labels.map((one) => (
        <Label key={one} prompt={prompt} name={one} mayEdit={mayEdit} />
      ))}
      {mayEdit && row.hasText && row.ref !== 'now' && (
        <button type="button" className="link" aria-label={`Label ${row.name}`} onClick={() => setLabelling(true)}>
          label
        </button>
      )}
      <div className="version-about muted">
        {model !== undefined && <>{model} · </>}
        {by === undefined ? 'first seen' : `by ${by}`} <Ago at={firstAt} />
      </div>
      {labelling && <LabelDialog prompt={prompt} what={{ version: row.ref }} onClose={() => setLabelling(false)} />}
    </div>
  )
}

function Label({
  prompt,
  name,
  mayEdit,
}: {
  readonly prompt: Prompt
  readonly name: string
  readonly mayEdit: boolean
}): React.JSX.Element {
  const taking = useMutation({ mutationFn: () => label(prompt.name, name, { version: null }), onError: toastError })
  return (
    <Badge tone="info">
      {name}
      {mayEdit && (
        <button type="button" className="label-away" aria-label={`Take the label ${name} away`} onClick={() => taking.mutate()}>
          ×
        </button>
      )}
    </Badge>
  )
}

/**
 * What became different between two windows or releases, the largest first.
 */
import type { UseQueryResult } from '@tanstack/react-query'
import { count } from '../../parts/figures.tsx'
import { type Change, changeText, said, toneOf } from './compare.ts'
import { nodeName } from './names.ts'
import type { Picture } from './picture.ts'

const SHOWN = 6

export function Changes(props: {
  readonly changes: readonly Change[]
  readonly other: UseQueryResult<Picture>
  readonly open: (node: string) => void
}): React.JSX.Element {
  const { changes, other, open } = props
  const { data } = other
  const words =
    other.error !== null
      ? other.error.message
      : data === undefined
        ? other.fetchStatus === 'idle'
          ? 'There is nothing before all time: choose a time first.'
          : '…'
        : data.runs === 0
          ? 'There are no runs to compare with.'
          : changes.length === 0
            ? `As in the ${count(data.runs)} runs it is compared with: no step differs by a tenth or more.`
            : `Compared with ${count(data.runs)} runs:`
  return (
    <section className="flow-changes" aria-label="What changed">
      <span>{words}</span>
      <ul>
        {changes.slice(0, SHOWN).map((change) => (
          <li key={`${change.node.id} ${change.measure}`}>
            <button
              type="button"
              className={`change tone-${toneOf(change)}`}
              onClick={() => open(change.node.id)}
              title={`${said(change.was, change.measure)} before, ${said(change.is, change.measure)} now`}
            >
              <b>{nodeName(change.node)}</b> {changeText(change)}
            </button>
          </li>
        ))}
      </ul>
      {changes.length > SHOWN && <span className="muted">and {count(changes.length - SHOWN)} more, in the table</span>}
    </section>
  )
}

/**
 * One step of a flow: its figures, and the newest times that runs came to it.
 */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { Badge, Status, type Tone } from '../../parts/badge.tsx'
import { Empty, Trouble, Waiting } from '../../parts/empty.tsx'
import { count, humanDuration, short, usd } from '../../parts/figures.tsx'
import { Ago } from '../../parts/time.tsx'
import { type Change, changeText, measured, said, toneOf } from './compare.ts'
import { kindName, nodeName, shownKind } from './names.ts'
import { type FlowSearch, type NodeVisit, type Picture, type PictureNode, visitsQuery } from './picture.ts'

const TONES: Readonly<Record<NodeVisit['state'], Tone>> = { open: 'wait', completed: 'good', failed: 'bad' }

export function StepPanel(props: {
  readonly flow: string
  readonly node: string
  readonly picture: Picture
  readonly changes: readonly Change[]
  readonly search: FlowSearch
  readonly close: () => void
}): React.JSX.Element {
  const { flow, node: id, picture, changes, search, close } = props
  const node = picture.nodes.find((one) => one.id === id)
  const head = useRef<HTMLHeadingElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another step is read from its top.
  useEffect(() => head.current?.focus(), [id])
  const name = node === undefined ? id : nodeName(node)
  return (
    <aside className="step-panel card" aria-label={`Step ${name}`}>
      <header>
        <h2 ref={head} tabIndex={-1}>
          {name} {node !== undefined && <span className="muted">{kindName(shownKind(node))}</span>}
        </h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={close}>
          ×
        </button>
      </header>
      {node === undefined ? (
        <Empty title="No run came here then">Choose another time, or another step.</Empty>
      ) : (
        <>
          <Figures node={node} runs={picture.runs} changes={changes.filter((change) => change.node.id === id)} />
          {node.kind === 'start' || node.kind === 'end' ? (
            <p className="step-more">
              <Link to="/runs" search={{ flow }}>
                The runs of this flow
              </Link>
            </p>
          ) : (
            <Visits flow={flow} node={id} search={search} />
          )}
        </>
      )}
    </aside>
  )
}

function Figures(props: { readonly node: PictureNode; readonly runs: number; readonly changes: readonly Change[] }): React.JSX.Element {
  const { node, runs, changes } = props
  const { ms, waitMs, rounds, tokens, microUsd, open, failed } = node
  const often = measured(node, 'runs', runs)
  const lines: readonly (readonly [string, React.ReactNode] | undefined)[] = [
    ['How often', `${often === undefined ? '' : `${said(often, 'runs')}, `}${count(node.count)} in all`],
    ms === undefined ? undefined : ['Time', `${humanDuration(ms.p50)} for half, ${humanDuration(ms.p95)} for 95 %`],
    waitMs === undefined ? undefined : ['Waiting', `${humanDuration(waitMs.p50)} for half, ${humanDuration(waitMs.total)} in all`],
    microUsd === 0 ? undefined : ['Money', `${usd(microUsd)} in all, ${usd(Math.round(microUsd / Math.max(1, node.count)))} each`],
    tokens === 0 ? undefined : ['Tokens', short(tokens)],
    open === 0 ? undefined : ['Here now', count(open)],
    failed === 0 ? undefined : ['Failed', count(failed)],
  ]
  return (
    <div className="step-facts">
      <dl>
        {lines.map(
          (line) =>
            line !== undefined && (
              <div key={line[0]}>
                <dt>{line[0]}</dt>
                <dd>{line[1]}</dd>
              </div>
            ),
        )}
      </dl>
      {rounds !== undefined && <Rounds counts={rounds.counts} />}
      {changes.map((change) => (
        <p key={change.measure} className={`step-change tone-${toneOf(change)}`}>
          {changeText(change)}: {said(change.was, change.measure)} before, {said(change.is, change.measure)} now
        </p>
      ))}
    </div>
  )
}

/** How often the loop took how many rounds. */
function Rounds({ counts }: { readonly counts: Readonly<Record<number, number>> }): React.JSX.Element {
  const all = Object.entries(counts).map(([rounds, times]) => ({ rounds: Number(rounds), times }))
  const most = Math.max(...all.map(({ times }) => times))
  return (
    <table className="rounds">
      <caption>Rounds</caption>
      <tbody>
        {all.map(({ rounds, times }) => (
          <tr key={rounds}>
            <th scope="row">{rounds}</th>
            <td>
              <span className="rounds-bar" style={{ width: `${(times / most) * 100}%` }} />
            </td>
            <td className="table-figure">{count(times)}×</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Visits({ flow, node, search }: { readonly flow: string; readonly node: string; readonly search: FlowSearch }): React.JSX.Element {
  const visits = useQuery(visitsQuery(flow, node, search))
  if (visits.error !== null) return <Trouble error={visits.error} again={() => void visits.refetch()} />
  if (visits.data === undefined) return <Waiting lines={6} />
  return (
    <>
      <h3 className="step-visits-title">Newest first</h3>
      <ul className="step-visits">
        {visits.data.items.map((visit) => (
          <li key={`${visit.run} ${visit.path}`}>
            <Link to="/runs/$run" params={{ run: visit.run }} search={{ path: visit.path }} className="step-visit">
              <span className="mono">{visit.path}</span>
              <Badge tone={TONES[visit.state]}>{visit.state}</Badge>
              <span className="step-visit-facts">
                <Ago at={visit.beganAt} />
                {visit.ms !== undefined && <span>{humanDuration(visit.ms)}</span>}
                {visit.rounds !== undefined && <span>{visit.rounds === 1 ? '1 round' : `${count(visit.rounds)} rounds`}</span>}
                {visit.microUsd > 0 && <span>{usd(visit.microUsd)}</span>}
                <span className="muted">{visit.run}</span>
                {visit.state === 'open' && <Status status={visit.runStatus} />}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  )
}

/**
 * The same picture as a table: for small screens, for those who do not see the drawing, and for reading figures.
 */
import { count, humanDuration, usd } from '../../parts/figures.tsx'
import { type Change, changeText, measured, said, toneOf } from './compare.ts'
import { kindName, nodeName, shownKind } from './names.ts'
import { inOrder } from './order.ts'
import type { Picture, PictureNode } from './picture.ts'

export function StepTable(props: {
  readonly picture: Picture
  readonly changes: readonly Change[]
  readonly chosen: string | undefined
  readonly open: (node: string) => void
}): React.JSX.Element {
  const { picture, changes, chosen, open } = props
  const rows = inOrder(picture).filter(({ kind }) => kind !== 'start' && kind !== 'end')
  const here = new Set(rows.map(({ id }) => id))
  const gone = changes.filter(({ node }) => !here.has(node.id) && node.kind !== 'end')
  const depth = depths(rows)
  return (
    <div className="table-scroll flow-table">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col" className="table-figure">
              How often
            </th>
            <th scope="col" className="table-figure">
              Time (half, 95 %)
            </th>
            <th scope="col" className="table-figure">
              Waiting
            </th>
            <th scope="col" className="table-figure">
              Money a run
            </th>
            <th scope="col" className="table-figure table-minor">
              Failed
            </th>
            {changes.length > 0 && <th scope="col">Changed</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((node) => (
            <tr key={node.id} data-selected={node.id === chosen || undefined}>
              <th scope="row" style={{ paddingLeft: 14 + 18 * (depth.get(node.id) ?? 0) }}>
                <button type="button" className="link" onClick={() => open(node.id)}>
                  {nodeName(node)}
                </button>{' '}
                <span className="muted">{kindName(shownKind(node))}</span>
              </th>
              <td className="table-figure">{figure(measured(node, 'runs', picture.runs), (value) => said(value, 'runs'))}</td>
              <td className="table-figure">
                {node.ms === undefined ? '–' : `${humanDuration(node.ms.p50)}, ${humanDuration(node.ms.p95)}`}
              </td>
              <td className="table-figure">{figure(node.waitMs?.p50, (value) => humanDuration(value))}</td>
              <td className="table-figure">{node.microUsd === 0 ? '–' : usd(Math.round(node.microUsd / picture.runs))}</td>
              <td className="table-figure table-minor">{node.failed === 0 ? '–' : count(node.failed)}</td>
              {changes.length > 0 && <td>{changed(changes.filter((change) => change.node.id === node.id))}</td>}
            </tr>
          ))}
          {gone.map((change) => (
            <tr key={`gone ${change.node.id}`}>
              <th scope="row">
                {nodeName(change.node)} <span className="muted">{kindName(shownKind(change.node))}</span>
              </th>
              <td className="table-figure" colSpan={4}>
                –
              </td>
              <td className="table-figure table-minor">–</td>
              <td>{changed([change])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function changed(changes: readonly Change[]): React.ReactNode {
  return changes.map((change) => (
    <span key={change.measure} className={`step-change tone-${toneOf(change)}`}>
      {changeText(change)}
    </span>
  ))
}

function figure(value: number | undefined, words: (value: number) => string): string {
  return value === undefined ? '–' : words(value)
}

function depths(rows: readonly PictureNode[]): Map<string, number> {
  const depth = new Map<string, number>()
  for (const { id, within } of rows) depth.set(id, within === undefined ? 0 : (depth.get(within) ?? 0) + 1)
  return depth
}

/**
 * What was proposed against what was answered, and the cases behind each pair.
 */
import { Link, useSearch } from '@tanstack/react-router'
import type { DecisionDetail } from '../../api/documents.ts'
import { count, percent } from '../../parts/figures.tsx'
import { CaseRows } from './case-rows.tsx'

const OTHER = '(other)'

export function Confusion({ decision }: { readonly decision: DecisionDetail }): React.JSX.Element | null {
  const { labels, rows } = decision.confusion
  const { predicted, answer } = useSearch({ strict: false })
  if (labels.length === 0) return null
  return (
    <section className="card decision-part" aria-label="Confusion" id="confusion">
      <header>
        <h2>Proposed and answered</h2>
        <span className="muted">All cases with a proposal. Choose a number to see them</span>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <div className="table-scroll" tabIndex={0}>
        <table className="confusion">
          <caption className="unseen">How often each answer was proposed (rows), and what people answered (columns)</caption>
          <thead>
            <tr>
              <td>
                <span aria-hidden="true">proposed ↓ answered →</span>
              </td>
              {labels.map((label) => (
                <th key={label} scope="col">
                  {label}
                </th>
              ))}
              <th scope="col" className="confusion-right">
                right
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <Row key={labels[at]} decision={decision.name} labels={labels} row={row} at={at} chosen={{ predicted, answer }} />
            ))}
          </tbody>
        </table>
      </div>
      {predicted !== undefined && answer !== undefined && (
        <div className="confusion-cases">
          <div className="confusion-cases-head">
            <h3>
              Proposed “{predicted}”, answered “{answer}”
            </h3>
            <Link to="/decisions/$decision" params={{ decision: decision.name }} search={{}} resetScroll={false}>
              Close
            </Link>
          </div>
          <CaseRows decision={decision.name} filter={{ predicted, answer }} />
        </div>
      )}
    </section>
  )
}

function Row(props: {
  readonly decision: string
  readonly labels: readonly string[]
  readonly row: readonly number[]
  readonly at: number
  readonly chosen: { readonly predicted?: string | undefined; readonly answer?: string | undefined }
}): React.JSX.Element | null {
  const { decision, labels, row, at, chosen } = props
  const total = row.reduce((sum, n) => sum + n, 0)
  const predicted = labels[at] ?? ''
  if (total === 0) return null
  return (
    <tr>
      <th scope="row">{predicted}</th>
      {row.map((n, column) => {
        const answer = labels[column] ?? ''
        const isChosen = chosen.predicted === predicted && chosen.answer === answer
        const share = n / total
        return (
          <td
            key={answer}
            className={`confusion-cell ${column === at ? 'confusion-same' : 'confusion-other'}`}
            style={{ '--heat': `${Math.round(share * 55)}%` } as React.CSSProperties}
          >
            {n === 0 || predicted === OTHER || answer === OTHER ? (
              <span className="confusion-count">{n === 0 ? <span className="muted">0</span> : count(n)}</span>
            ) : (
              <Link
                to="/decisions/$decision"
                params={{ decision }}
                search={isChosen ? {} : { predicted, answer }}
                resetScroll={false}
                className="confusion-count"
                aria-current={isChosen ? 'true' : undefined}
                aria-label={`${count(n)} proposed ${predicted}, answered ${answer}: ${percent(share)} of those proposed`}
              >
                {count(n)}
              </Link>
            )}
          </td>
        )
      })}
      <td className="confusion-right">{percent((row[at] ?? 0) / total)}</td>
    </tr>
  )
}

/**
 * The segments of a decision: where it is good, and where people are still needed.
 */
import { Link } from '@tanstack/react-router'
import type { DecisionDetail } from '../../api/documents.ts'
import { Share } from '../../parts/chart.tsx'
import { count, percent } from '../../parts/figures.tsx'
import { sure } from './certificate-words.ts'

export function Segments({ decision }: { readonly decision: DecisionDetail }): React.JSX.Element | null {
  const { segments, state, name, terms } = decision
  if (segments.length === 0) return null
  const alone = new Map(state?.segments.map(({ segment, current }) => [segment, current.threshold]))
  return (
    <section className="card decision-part" aria-label="Segments">
      <header>
        <h2>Segments</h2>
        {terms?.segments === false && <span className="muted">They earn together</span>}
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <div className="table-scroll" tabIndex={0}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Segment</th>
              <th scope="col" className="table-figure">
                Answers
              </th>
              <th scope="col" className="table-figure">
                Wrong
              </th>
              <th scope="col" className="table-figure">
                Error
              </th>
              <th scope="col" className="table-figure table-minor">
                Between
              </th>
              <th scope="col">Stood alone lately</th>
              {terms?.segments === true && <th scope="col">Stands alone from</th>}
            </tr>
          </thead>
          <tbody>
            {segments.map((one) => (
              <tr key={one.segment}>
                <td>
                  <Link to="/evidence" search={{ view: 'cases', decision: name, segment: one.segment }}>
                    {one.segment}
                  </Link>
                </td>
                <td className="table-figure">{count(one.n)}</td>
                <td className="table-figure">{count(one.wrong)}</td>
                <td className="table-figure">{one.share === undefined ? '–' : percent(one.share)}</td>
                <td className="table-figure table-minor muted">
                  {percent(one.low, 0)} – {percent(one.high, 0)}
                </td>
                <td>
                  {one.alone === undefined ? (
                    '–'
                  ) : (
                    <span className="segment-alone">
                      <Share value={one.alone} label="Stood alone" />
                      <span>{percent(one.alone, 0)}</span>
                    </span>
                  )}
                </td>
                {terms?.segments === true && <td className="decision-nowrap">{levelOf(alone.get(one.segment))}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function levelOf(threshold: number | undefined): string {
  return threshold === undefined ? 'not yet' : `${sure(threshold)} sure`
}

/**
 * The certificates of a decision: what is proved, and how far the next one is.
 */
import type { DecisionDetail } from '../../api/documents.ts'
import { Badge } from '../../parts/badge.tsx'
import { Share } from '../../parts/chart.tsx'
import { count, counted, percent } from '../../parts/figures.tsx'
import { Fold } from '../../parts/fold.tsx'
import { evidence, missingText, progressOf, promiseText, type SegmentState, sure } from './certificate-words.ts'

type Terms = NonNullable<DecisionDetail['terms']>

export function Certificates({ decision }: { readonly decision: DecisionDetail }): React.JSX.Element | null {
  const { state, terms } = decision
  if (state === null || terms === null || state.segments.length === 0) return null
  const several = state.segments.length > 1
  return (
    <section className="card decision-part" aria-label="Certificate">
      <header>
        <h2>{several ? 'Certificates' : 'Certificate'}</h2>
        <span className="muted">{promiseText(terms)}</span>
      </header>
      {state.segments.map((segment) =>
        several ? (
          <Fold key={segment.segment ?? ''} className="fold decision-fold" summary={<SegmentName segment={segment} />}>
            <OfSegment segment={segment} terms={terms} />
          </Fold>
        ) : (
          <OfSegment key="" segment={segment} terms={terms} />
        ),
      )}
    </section>
  )
}

function SegmentName({ segment: { segment, current } }: { readonly segment: SegmentState }): React.JSX.Element {
  return (
    <>
      {segment ?? 'without a segment'}{' '}
      <span className="muted">
        {current.threshold === undefined ? missingText(current) : `stands alone from ${sure(current.threshold)}`}
      </span>
    </>
  )
}

function OfSegment({ segment, terms }: { readonly segment: SegmentState; readonly terms: Terms }): React.JSX.Element {
  const { current } = segment
  const { certificates, burnIn, audits, reviewers } = current
  return (
    <div className="decision-body">
      <p className="decision-missing">{missingText(current, terms.maxError)}</p>
      {burnIn.labelled < burnIn.needed ? (
        <div className="decision-progress">
          <Share value={burnIn.labelled / burnIn.needed} label="Answers that set the thresholds" />
          <span>
            {burnIn.labelled} of {burnIn.needed}
          </span>
        </div>
      ) : (
        <CertificateTable certificates={certificates} />
      )}
      <ul className="decision-notes">
        {audits.n > 0 && (
          <li>
            Watched: {counted(audits.n, 'random check')} of what stands alone, {audits.errors} wrong. The alarm stands at{' '}
            {evidence(audits.value)} and rings at {count(audits.limit)}.
          </li>
        )}
        {reviewers.n > 0 && (
          <li>
            People: of {counted(reviewers.n, 'question')} that two answered blind they differ on {reviewers.differed}, so at least{' '}
            {percent(reviewers.differed / reviewers.n / 2)} of their answers are wrong there.
          </li>
        )}
      </ul>
    </div>
  )
}

function CertificateTable({ certificates }: { readonly certificates: SegmentState['current']['certificates'] }): React.JSX.Element {
  const next = certificates.find((one) => !one.certified)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <div className="table-scroll" tabIndex={0}>
      <table className="table certificate-table">
        <thead>
          <tr>
            <th scope="col">When at least</th>
            <th scope="col" className="table-figure table-minor">
              Of the traffic
            </th>
            <th scope="col" className="table-figure">
              Answers
            </th>
            <th scope="col" className="table-figure">
              Wrong
            </th>
            <th scope="col">Evidence (log scale)</th>
            <th scope="col">
              <span className="unseen">State</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {certificates.map((one) => (
            <tr key={one.tau}>
              <td className="decision-nowrap">{sure(one.tau)} sure</td>
              <td className="table-figure table-minor">{percent(one.share, 0)}</td>
              <td className="table-figure">{count(one.n)}</td>
              <td className="table-figure">{count(one.errors)}</td>
              <td>
                <span className="certificate-evidence">
                  <Share value={progressOf(one)} tone={one.certified ? 'good' : 'accent'} label="Way to a certificate" />
                  <span className="decision-nowrap">
                    {evidence(one.eValue)} of {evidence(one.needed)}
                  </span>
                </span>
              </td>
              <td>{one.certified ? <Badge tone="good">certified</Badge> : one === next ? <Badge tone="wait">next</Badge> : null}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/**
 * Paired differences as a forest plot: overall and in every segment, as they were seen and within which bounds, against the margin.
 *
 * A row says all of it in words as well. The scale is one for all rows of a report, so that they can be compared.
 */
import type { PairedReport } from '../../../../src/statistics/comparison.ts'
import { count } from '../../parts/figures.tsx'
import type { MetricReport } from './documents.ts'
import { VerdictBadge } from './standing.tsx'
import { metricWords, pointsWords, signed } from './words.ts'

export function Forest({ metrics, margin }: { readonly metrics: readonly MetricReport[]; readonly margin: number }): React.JSX.Element {
  const scale = scaleOf(metrics, margin)
  return (
    <div className="forest">
      <div className="forest-row forest-names" aria-hidden="true">
        <span />
        <span className="forest-sides">
          <span>← worse</span>
          <span>better →</span>
        </span>
        <span>difference, bounds</span>
      </div>
      {metrics.map((metric) => (
        <section key={metric.metric} aria-label={metricWords(metric.metric)}>
          <Row name={metricWords(metric.metric)} of={metric.overall} verdict={metric.verdict} scale={scale} margin={margin} whole />
          {metric.segments.map((segment) => (
            <Row key={segment.segment} name={segment.segment} of={segment} verdict={segment.verdict} scale={scale} margin={margin} />
          ))}
          <Rests metric={metric} />
        </section>
      ))}
      <p className="muted forest-key">
        <span className="forest-key-margin" aria-hidden="true" /> the margin: up to {signed(-margin).replace('−', '')} points worse still
        counts as not worse
      </p>
    </div>
  )
}

/** From the furthest bound on the left to that on the right, the margin and zero always among them. */
function scaleOf(metrics: readonly MetricReport[], margin: number): { from: number; to: number } {
  const all = metrics.flatMap(({ overall, segments }) => [overall, ...segments])
  const from = Math.min(-2 * margin, ...all.map(({ low }) => low))
  const to = Math.max(2 * margin, ...all.map(({ high }) => high))
  const room = (to - from) * 0.04
  return { from: from - room, to: to + room }
}

function Row(props: {
  readonly name: string
  readonly of: PairedReport
  readonly verdict: string
  readonly scale: { readonly from: number; readonly to: number }
  readonly margin: number
  readonly whole?: boolean
}): React.JSX.Element {
  const { name, of, verdict, scale, margin, whole = false } = props
  const place = (share: number): string => `${((share - scale.from) / (scale.to - scale.from)) * 100}%`
  const { mean, low, high, n, wins, losses } = of
  const said = `${name}: ${pointsWords(mean)}, between ${pointsWords(low)} and ${pointsWords(high)}`
  return (
    <div className={whole ? 'forest-row forest-whole' : 'forest-row'}>
      <span className="forest-name">
        <span className="forest-label">{name}</span> <VerdictBadge verdict={verdict} />
        <span className="muted forest-counts">
          {count(n)} runs · {count(wins)} better, {count(losses)} worse
        </span>
      </span>
      <span className="forest-plot" role="img" aria-label={said}>
        <span className="forest-margin" style={{ left: place(-margin) }} />
        <span className="forest-zero" style={{ left: place(0) }} />
        <span
          className={`forest-bounds forest-${verdict.replace(' ', '-')}`}
          style={{ left: place(low), right: `calc(100% - ${place(high)})` }}
        />
        <span className={`forest-mean forest-${verdict.replace(' ', '-')}`} style={{ left: place(mean) }} />
      </span>
      <span className="forest-figures">
        <strong>{signed(mean)}</strong>
        <span className="muted">
          {signed(low)} … {signed(high)}
        </span>
      </span>
    </div>
  )
}

/** What it rests on, where that is less than everything. */
function Rests({ metric }: { readonly metric: MetricReport }): React.JSX.Element | null {
  const { graded, unseen, unseeable, leastProbability, lost, ifLostWereRight } = metric
  if (lost === 0 && unseen === 0 && unseeable === 0 && leastProbability === 1) return null
  return (
    <p className="muted forest-rests">
      People answered {count(graded)} of these
      {unseen > 0 && `; ${count(unseen)} stood alone, and those like them that were looked at stand for them`}
      {unseeable > 0 && `; ${count(unseeable)} could never have come to people, and count for nothing`}
      {lost > 0 && `; ${count(lost)} are lost under the change and drawn as wrong`}
      {ifLostWereRight !== undefined &&
        ` (if all of them were right: ${signed(ifLostWereRight.mean)}, ${signed(ifLostWereRight.low)} … ${signed(ifLostWereRight.high)})`}
      {leastProbability < 1 && `. The least probability of being looked at was ${leastProbability}`}.
    </p>
  )
}

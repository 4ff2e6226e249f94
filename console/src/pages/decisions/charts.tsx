/**
 * People's load over time, and how often proposals were wrong.
 */
import type { DecisionDetail } from '../../api/documents.ts'
import { niceTop } from '../../parts/chart-scale.ts'
import { count, counted, percent } from '../../parts/figures.tsx'
import { type ChartMark, StretchChart } from '../../parts/stretch-chart.tsx'
import { sure } from './certificate-words.ts'
import { kindOf } from './sentences.ts'

export function LoadOverTime({ decision }: { readonly decision: DecisionDetail }): React.JSX.Element | null {
  const { load, loadFrom } = decision
  if (load.length === 0) return null
  const about = (decisions: number, seen: number): string => (loadFrom === 'cases' && decisions > seen ? 'about ' : '')
  return (
    <section className="card decision-chart" aria-label="Load over time">
      <StretchChart
        title="What people saw"
        note={
          loadFrom === 'journals'
            ? 'The share of decisions that a person took, counted in the newest runs.'
            : 'The share of decisions that people saw, oldest first. Less is less work.'
        }
        look="columns"
        top={1}
        columns={['Decisions', 'Seen', 'Share']}
        points={load.map(({ from, to, decisions, seen, share }) => ({
          from,
          to,
          value: share,
          text: `people saw ${percent(share, 0)} of ${about(decisions, seen)}${counted(Math.round(decisions), 'decision')}.`,
          cells: [count(Math.round(decisions)), count(seen), percent(share, 0)],
        }))}
        marks={marksOf(decision)}
      />
    </section>
  )
}

export function ErrorOverTime({ decision }: { readonly decision: DecisionDetail }): React.JSX.Element | null {
  const { error, terms } = decision
  const points = error.points.flatMap((point) => (point.share === undefined ? [] : [{ ...point, share: point.share }]))
  if (points.length === 0) {
    if (kindOf(decision) !== 'never' && kindOf(decision) !== 'threshold') return null
    return (
      <section className="card decision-chart decision-none" aria-label="Error over time">
        <h3>What was wrong</h3>
        <p className="muted">Not known: no person has answered a question that had a proposal, under this policy.</p>
      </section>
    )
  }
  const top = niceTop(Math.max(3 * (terms?.maxError ?? 0), ...points.map(({ share }) => share * 1.25)))
  return (
    <section className="card decision-chart" aria-label="Error over time">
      <StretchChart
        title="What was wrong"
        note={`${errorNote(decision)}${points.some(({ high }) => high > top) ? ' An arrow: the bar goes on beyond the scale.' : ''}`}
        look="dots"
        top={top}
        columns={['Answers', 'Wrong', 'Share', 'Between']}
        points={points.map(({ from, to, n, wrong, share, low, high }) => ({
          from,
          to,
          value: share,
          low,
          high,
          text: `${wrong} of ${counted(n, 'answer')} differed from the proposal; that is ${percent(share)} of all, between ${percent(low, 0)} and ${percent(high, 0)}.`,
          cells: [count(n), count(wrong), percent(share), `${percent(low, 0)} – ${percent(high, 0)}`],
        }))}
        {...(terms !== null && { level: terms.maxError })}
      />
    </section>
  )
}

function errorNote(decision: DecisionDetail): string {
  const { terms, error } = decision
  const bars = 'Each bar is where it lies with 95 % confidence.'
  if (kindOf(decision) === 'threshold' && error.alone.n === 0)
    return `Of the unsure proposals that people saw, the share they answered otherwise. What stood alone is not in it: nobody looks. ${bars}`
  if (terms === null) return `The share of proposals that people answered otherwise. ${bars}`
  return `The share of all proposals that people would have answered otherwise, unsure ones included. ${bars} Few random checks make it long. Dashed: what is promised of what stands alone, ${sure(terms.maxError)}.`
}

/** When it was certified, and when an alarm rang; where there are not too many to read. */
function marksOf({ state }: DecisionDetail): ChartMark[] {
  const segments = state?.segments ?? []
  if (segments.length > 1) return []
  const marks = segments.flatMap(({ epochs }) =>
    epochs.flatMap(({ certified, alarm }): ChartMark[] => [
      ...(certified === undefined ? [] : [{ at: certified.at, label: 'certified', tone: 'good' as const }]),
      ...(alarm === undefined ? [] : [{ at: alarm.at, label: 'alarm', tone: 'bad' as const }]),
    ]),
  )
  return marks.slice(-4)
}

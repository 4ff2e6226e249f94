/**
 * What each version did over time: when it was asked, and its figures beside those of the others, in the order in which they came.
 */
import { Link } from '@tanstack/react-router'
import { Empty } from '../../parts/empty.tsx'
import { count, humanDuration, percent, usd } from '../../parts/figures.tsx'
import { exactTime } from '../../parts/time.tsx'
import type { Prompt, PromptVersion } from './data.ts'
import { chartsOf, type Point } from './history-charts.ts'
import { rowsOf, type VersionRow } from './version-rows.ts'

const MOST = 12

export function HistoryView({ prompt }: { readonly prompt: Prompt }): React.JSX.Element {
  const rows = rowsOf(prompt)
    .filter(({ figures }) => figures.asks > 0)
    .sort((one, other) => one.figures.firstAt.localeCompare(other.figures.firstAt))
    .slice(-MOST)
  if (rows.length === 0)
    return <Empty title="Nobody has asked it yet">What each version did appears here once runs have asked this prompt.</Empty>
  return (
    <div className="history">
      <p className="muted versions-note">
        Oldest first, as far as the newest 1,000 runs of each flow say; what people answered is of all cases. These figures say what
        happened under each version, not why: whether a change is better is for a{' '}
        <Link to="/prompts/$prompt" params={{ prompt: prompt.name }} search={{}}>
          backtest
        </Link>{' '}
        to say, which takes the same runs under both. Pale bars are of fewer than 20.
      </p>
      <Timeline rows={rows} />
      <div className="history-charts">
        {chartsOf(rows).map(({ name, note, points, scale }) => (
          <section key={`${name} ${note}`} className="card history-chart">
            <header>
              <h3>{name}</h3>
              <span className="muted">{note}</span>
            </header>
            <ol>
              {points.map((point) => (
                <Bar key={point.ref} point={point} scale={scale} text={FORMS[point.form](point.value)} />
              ))}
            </ol>
          </section>
        ))}
      </div>
    </div>
  )
}

const FORMS: Readonly<Record<Point['form'], (value: number) => string>> = {
  share: (value) => percent(value),
  score: (value) => value.toFixed(2),
  money: usd,
  time: humanDuration,
}

function Bar({ point, scale, text }: { readonly point: Point; readonly scale: number; readonly text: string }): React.JSX.Element {
  const { name, value, n, few } = point
  return (
    <li className="history-bar" data-few={few ? '' : undefined}>
      <span className="mono history-version">{name}</span>
      <span className="history-track" aria-hidden="true">
        <span className="history-fill" style={{ width: `${scale === 0 ? 0 : (100 * value) / scale}%` }} />
      </span>
      <span className="history-value">
        {text} <span className="muted">of {count(n)}</span>
      </span>
    </li>
  )
}

function Timeline({ rows }: { readonly rows: readonly VersionRow[] }): React.JSX.Element {
  const [from, to] = [
    Math.min(...rows.map(({ figures }) => Date.parse(figures.firstAt))),
    Math.max(...rows.map(({ figures }) => Date.parse(figures.lastAt))),
  ]
  const span = Math.max(1, to - from)
  const place = ({ firstAt, lastAt }: PromptVersion): React.CSSProperties => ({
    left: `${(98 * (Date.parse(firstAt) - from)) / span}%`,
    width: `${Math.max(2, (98 * (Date.parse(lastAt) - Date.parse(firstAt))) / span)}%`,
  })
  return (
    <section className="card timeline" aria-label="When each version was asked">
      <header>
        <h3>When it was asked</h3>
        <span className="muted">
          {exactTime(new Date(from).toISOString())} – {exactTime(new Date(to).toISOString())}
        </span>
      </header>
      <ol>
        {rows.map(({ ref, name, labels, current, figures }) => (
          <li key={ref} className="history-bar">
            <span className="history-version">
              <span className="mono">{name}</span>{' '}
              <span className="muted">{[...labels, ...(current ? ['in the file'] : [])].join(', ')}</span>
            </span>
            <span className="history-track" title={`${exactTime(figures.firstAt)} – ${exactTime(figures.lastAt)}`}>
              <span className="history-fill" style={place(figures)} />
            </span>
            <span className="history-value">
              {count(figures.asks)} <span className="muted">{figures.asks === 1 ? 'ask' : 'asks'}</span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

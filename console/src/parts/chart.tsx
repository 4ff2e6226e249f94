/**
 * Charts as inline SVG: lines, bars, a share, a small line. They take figures and draw them; every one says in words what it shows.
 */
import { percent } from './figures.tsx'

export interface Point {
  readonly x: number
  readonly y: number
  readonly label?: string
}

export interface Series {
  readonly name: string
  readonly points: readonly Point[]
  readonly tone?: 'accent' | 'good' | 'bad' | 'warn' | 'muted'
  readonly dashed?: boolean
}

const WIDTH = 640
const PAD = { left: 44, right: 12, top: 10, bottom: 24 }

/** Lines over one axis. `y`: the range, from the figures when left out; `lines`: levels to hold against, such as a promise. */
export function LineChart(props: {
  readonly label: string
  readonly series: readonly Series[]
  readonly height?: number
  readonly y?: readonly [number, number]
  readonly yText?: (y: number) => string
  readonly xText?: (x: number) => string
  readonly lines?: readonly { readonly at: number; readonly label: string }[]
}): React.JSX.Element {
  const { label, series, height = 200, yText = String, xText, lines = [] } = props
  const points = series.flatMap((one) => one.points)
  const [xLow, xHigh] = rangeOf(points.map(({ x }) => x))
  const [yLow, yHigh] = props.y ?? rangeOf([0, ...points.map(({ y }) => y), ...lines.map(({ at }) => at)])
  const left = (x: number): number => PAD.left + ((x - xLow) / (xHigh - xLow || 1)) * (WIDTH - PAD.left - PAD.right)
  const top = (y: number): number => height - PAD.bottom - ((y - yLow) / (yHigh - yLow || 1)) * (height - PAD.top - PAD.bottom)
  const ticks = [yLow, (yLow + yHigh) / 2, yHigh]
  return (
    <svg className="chart" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={label}>
      {ticks.map((y) => (
        <g key={y}>
          <line className="chart-grid" x1={PAD.left} x2={WIDTH - PAD.right} y1={top(y)} y2={top(y)} />
          <text className="chart-text" x={PAD.left - 6} y={top(y) + 4} textAnchor="end">
            {yText(y)}
          </text>
        </g>
      ))}
      {xText !== undefined &&
        points.length > 0 &&
        [xLow, xHigh].map((x, index) => (
          <text key={x} className="chart-text" x={left(x)} y={height - 6} textAnchor={index === 0 ? 'start' : 'end'}>
            {xText(x)}
          </text>
        ))}
      {lines.map((line) => (
        <g key={line.label}>
          <line className="chart-level" x1={PAD.left} x2={WIDTH - PAD.right} y1={top(line.at)} y2={top(line.at)} />
          <text className="chart-text" x={WIDTH - PAD.right} y={top(line.at) - 4} textAnchor="end">
            {line.label}
          </text>
        </g>
      ))}
      {series.map(({ name, points: drawn, tone = 'accent', dashed = false }) => (
        <g key={name}>
          <polyline
            className={`chart-line chart-${tone}${dashed ? ' chart-dashed' : ''}`}
            points={drawn.map(({ x, y }) => `${left(x).toFixed(1)},${top(y).toFixed(1)}`).join(' ')}
          />
          {drawn.length < 60 &&
            drawn.map((point) => (
              <circle key={point.x} className={`chart-dot chart-${tone}`} cx={left(point.x)} cy={top(point.y)} r={3}>
                <title>{point.label ?? `${name}: ${yText(point.y)}`}</title>
              </circle>
            ))}
        </g>
      ))}
    </svg>
  )
}

export interface Bar {
  readonly name: string
  readonly value: number
  readonly text?: string
  readonly tone?: 'accent' | 'good' | 'bad' | 'warn' | 'muted'
}

/** Horizontal bars with their names and figures. */
export function BarChart({
  label,
  bars,
  most,
}: {
  readonly label: string
  readonly bars: readonly Bar[]
  readonly most?: number
}): React.JSX.Element {
  const highest = most ?? Math.max(...bars.map(({ value }) => value), 0)
  return (
    <ul className="bars" aria-label={label}>
      {bars.map(({ name, value, text, tone = 'accent' }) => (
        <li key={name} className="bar">
          <span className="bar-name">{name}</span>
          <Share value={highest === 0 ? 0 : value / highest} tone={tone} />
          <span className="bar-text">{text ?? String(value)}</span>
        </li>
      ))}
    </ul>
  )
}

/** A share in [0,1] as a filled bar. `mark`: a level on it, such as a threshold. */
export function Share(props: {
  readonly value: number
  readonly tone?: 'accent' | 'good' | 'bad' | 'warn' | 'muted'
  readonly mark?: number
  readonly label?: string
}): React.JSX.Element {
  const { value, tone = 'accent', mark, label } = props
  const width = Math.max(0, Math.min(1, value)) * 100
  return (
    <svg
      className="share"
      viewBox="0 0 100 8"
      preserveAspectRatio="none"
      role="img"
      aria-hidden={label === undefined}
      aria-label={`${label ?? 'Share'}: ${percent(value)}`}
    >
      <rect className="share-track" width="100" height="8" />
      <rect className={`share-fill chart-${tone}`} width={width} height="8" />
      {mark !== undefined && <rect className="share-mark" x={mark * 100 - 0.5} width="1" height="8" />}
    </svg>
  )
}

/** A line without axes, as high as the text beside it. */
export function Sparkline({ label, values }: { readonly label: string; readonly values: readonly number[] }): React.JSX.Element {
  const [low, high] = rangeOf([0, ...values])
  const points = values.map((y, index) => `${(index / Math.max(1, values.length - 1)) * 100},${22 - ((y - low) / (high - low || 1)) * 20}`)
  return (
    <svg className="sparkline" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label={label}>
      <polyline className="chart-line chart-accent" points={points.join(' ')} />
    </svg>
  )
}

function rangeOf(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1]
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)]
  return low === high ? [low, low + 1] : [low, high]
}

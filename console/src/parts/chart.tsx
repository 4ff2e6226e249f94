/**
 * A share as a small bar, which says in words what it shows.
 */
import { percent } from './figures.tsx'

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

/** Shares over time, small; it says in words where they end. */
export function Sparkline({ values, label }: { readonly values: readonly number[]; readonly label: string }): React.JSX.Element {
  const step = 100 / Math.max(1, values.length - 1)
  const line = values.map((value, index) => `${(index * step).toFixed(1)},${(19 - Math.min(1, value) * 18).toFixed(1)}`)
  return (
    <svg className="sparkline chart-accent" viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label={label}>
      {line.length > 1 ? <polyline className="chart-line" points={line.join(' ')} /> : <polyline className="chart-line" points="" />}
    </svg>
  )
}

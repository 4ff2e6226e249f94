/**
 * A chart of shares over stretches of time: as columns, or as dots with the interval they lie in.
 *
 * Owns: drawing, and three ways to read it: by eye, point by point (pointer or arrow keys), and as a table. Never: works out a figure.
 */
import { useId, useLayoutEffect, useRef, useState } from 'react'
import { columnOf, gridOf, namesOfMoments, stretchAt } from './chart-scale.ts'

export interface ChartPoint {
  readonly from: string
  readonly to: string
  readonly value: number
  readonly low?: number
  readonly high?: number
  /** What it says, in a sentence. */
  readonly text: string
  /** Its row in the table. */
  readonly cells: readonly string[]
}

export interface ChartMark {
  readonly at: string
  readonly label: string
  readonly tone: 'good' | 'bad'
}

interface Props {
  readonly title: string
  readonly note?: React.ReactNode
  readonly points: readonly ChartPoint[]
  readonly look: 'columns' | 'dots'
  /** The scale goes from 0 to here. */
  readonly top: number
  /** The head of the table, after the time. */
  readonly columns: readonly string[]
  /** A dashed line. */
  readonly level?: number
  readonly marks?: readonly ChartMark[]
}

const HEIGHT = 190
const PLOT = { left: 44, right: 8, top: 22, bottom: 24 }

export function StretchChart(props: Props): React.JSX.Element {
  const { title, note, points, columns } = props
  const [table, setTable] = useState(false)
  const name = useId()
  const moment = namesOfMoments(points[0]?.from ?? '', points.at(-1)?.to ?? '')
  return (
    <figure className="stretch-chart" aria-labelledby={name}>
      <figcaption className="stretch-head">
        <h3 id={name} className="stretch-title">
          {title}
        </h3>
        <button type="button" className="link" aria-pressed={table} onClick={() => setTable(!table)}>
          As a table
        </button>
      </figcaption>
      {note !== undefined && <p className="stretch-note">{note}</p>}
      {table ? <Rows points={points} columns={columns} moment={moment} /> : <Plot {...props} moment={moment} />}
    </figure>
  )
}

function Plot(props: Props & { readonly moment: (at: string) => string }): React.JSX.Element {
  const { title, points, moment } = props
  const place = useRef<HTMLDivElement>(null)
  const width = useWidth(place)
  const [chosen, setChosen] = useState<number>()
  const index = Math.min(chosen ?? points.length - 1, points.length - 1)
  const point = points[index]
  const text = point === undefined ? '' : `${moment(point.from)} – ${moment(point.to)}: ${point.text}`
  return (
    <>
      <div ref={place} className="stretch-place" style={{ height: HEIGHT }}>
        <Drawing {...props} width={width} index={chosen === undefined ? undefined : index} />
        <input
          type="range"
          className="stretch-cursor"
          aria-label={`${title}: one stretch after the other`}
          aria-valuetext={text}
          min={0}
          max={points.length - 1}
          value={index}
          onChange={(event) => setChosen(Number(event.currentTarget.value))}
          onPointerMove={(event) => {
            const { left, width: wide } = event.currentTarget.getBoundingClientRect()
            const at = Math.floor(((event.clientX - left) / wide) * points.length)
            setChosen(Math.max(0, Math.min(points.length - 1, at)))
          }}
          onPointerLeave={() => setChosen(undefined)}
          onBlur={() => setChosen(undefined)}
        />
      </div>
      <p className="stretch-said" aria-hidden="true">
        {text}
      </p>
    </>
  )
}

function Drawing(
  props: Props & { readonly width: number; readonly index: number | undefined; readonly moment: (at: string) => string },
): React.JSX.Element {
  const { points, look, top, level, marks = [], width, index, moment } = props
  const [inner, high] = [Math.max(1, width - PLOT.left - PLOT.right), HEIGHT - PLOT.top - PLOT.bottom]
  const y = (value: number): number => PLOT.top + high * (1 - Math.min(value, top) / top)
  const x = (at: number): number => PLOT.left + columnOf(at, points.length, inner).x
  const each = inner / Math.max(1, points.length)
  const [first, last] = [points[0], points.at(-1)]
  return (
    <svg className="chart" width={width} height={HEIGHT} aria-hidden="true">
      {gridOf(top).map((value) => (
        <g key={value}>
          <line className="chart-grid" x1={PLOT.left} x2={width - PLOT.right} y1={y(value)} y2={y(value)} />
          <text className="chart-text" x={PLOT.left - 8} y={y(value) + 4} textAnchor="end">
            {Number((value * 100).toFixed(1))} %
          </text>
        </g>
      ))}
      {index !== undefined && <rect className="stretch-chosen" x={x(index)} width={each} y={PLOT.top} height={high} />}
      {points.map((point, at) =>
        look === 'columns' ? (
          <rect
            key={point.from + point.to + String(at)}
            className="stretch-column"
            x={x(at) + Math.min(1.5, each * 0.1)}
            width={Math.max(1, each - Math.min(3, each * 0.2))}
            y={Math.min(y(point.value), PLOT.top + high - 1)}
            height={Math.max(1, PLOT.top + high - y(point.value))}
          />
        ) : (
          <Dot key={point.from + point.to + String(at)} point={point} x={x(at) + each / 2} y={y} top={top} />
        ),
      )}
      {level !== undefined && level <= top && (
        <line className="chart-level" x1={PLOT.left} x2={width - PLOT.right} y1={y(level)} y2={y(level)} />
      )}
      {marks.map((mark) => {
        const at = stretchAt(points, mark.at)
        const end = at !== undefined && at > points.length * 0.7
        return at === undefined ? null : (
          <g key={mark.at + mark.label} className={`chart-${mark.tone}`}>
            <line className="stretch-mark" x1={x(at)} x2={x(at)} y1={8} y2={PLOT.top + high} />
            <text className="chart-text" x={x(at) + (end ? -5 : 5)} y={15} textAnchor={end ? 'end' : 'start'}>
              {mark.label}
            </text>
          </g>
        )
      })}
      {first !== undefined && last !== undefined && (
        <>
          <text className="chart-text" x={PLOT.left} y={HEIGHT - 6}>
            {moment(first.from)}
          </text>
          <text className="chart-text" x={width - PLOT.right} y={HEIGHT - 6} textAnchor="end">
            {moment(last.to)}
          </text>
        </>
      )}
    </svg>
  )
}

function Dot(props: {
  readonly point: ChartPoint
  readonly x: number
  readonly y: (value: number) => number
  readonly top: number
}): React.JSX.Element {
  const { point, x, y, top } = props
  const { value, low, high } = point
  return (
    <g>
      {low !== undefined && high !== undefined && <line className="stretch-interval" x1={x} x2={x} y1={y(low)} y2={y(high)} />}
      {/* It goes on beyond the scale. */}
      {high !== undefined && high > top && <path className="stretch-beyond" d="M-5 6L0 -2L5 6Z" transform={`translate(${x} ${y(top)})`} />}
      <circle className="stretch-dot" cx={x} cy={y(value)} r={4} />
    </g>
  )
}

function Rows(props: {
  readonly points: readonly ChartPoint[]
  readonly columns: readonly string[]
  readonly moment: (at: string) => string
}): React.JSX.Element {
  const { points, columns, moment } = props
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <div className="table-scroll stretch-table" tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">When</th>
            {columns.map((column) => (
              <th key={column} scope="col" className="table-figure">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map((point, at) => (
            <tr key={point.from + point.to + String(at)}>
              <td>{moment(point.from)}</td>
              {point.cells.map((cell, column) => (
                <td key={columns[column]} className="table-figure">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** How wide something is, now and whenever that changes. */
function useWidth(place: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const element = place.current
    if (element === null) return
    setWidth(element.clientWidth)
    const watcher = new ResizeObserver(() => setWidth(element.clientWidth))
    watcher.observe(element)
    return () => watcher.disconnect()
  }, [place])
  return width
}

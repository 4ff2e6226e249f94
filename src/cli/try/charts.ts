/**
 * The charts of a trial's page: small SVGs, drawn by hand, in the colours of the page (page-style.ts).
 *
 * Every chart has a title that says in words what it shows, for those who do not see it.
 */
import type { TrialReport } from '../../index.ts'
import { percent } from '../chart.ts'
import { type Markup, markup } from './markup.ts'
import { number } from './words.ts'

interface Frame {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly bottom: number
}

const WIDE: Frame = { width: 680, height: 220, left: 46, bottom: 34 }
const HALF: Frame = { width: 340, height: 240, left: 46, bottom: 40 }
const TOP = 12
const RIGHT = 12

type Point = readonly [x: number, y: number]

/** The share of decisions that people see, as it went. */
export function loadGraph({ standing }: TrialReport): Markup {
  const { load, certifiedAfter, decisions } = standing
  const plot = plotOf(WIDE, Math.max(1, decisions), 1)
  const steps = load.flatMap(({ from, to, share }): Point[] => [plot(from - 1, share), plot(to, share)])
  const [x0, y0] = plot(0, 0)
  const [x1] = plot(decisions, 0)
  const area = [`M${x0} ${y0}`, ...steps.map(([x, y]) => `L${x} ${y}`), `L${x1} ${y0}Z`].join('')
  const line = steps.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${x} ${y}`).join('')
  const mark = certifiedAfter === undefined ? undefined : plot(certifiedAfter, 1)
  const anchor = certifiedAfter !== undefined && certifiedAfter > decisions * 0.7 ? 'end' : 'start'
  return chart(
    WIDE,
    'Share of decisions that people see, over the decisions in order',
    markup`${shares(WIDE)}<path class="area" d="${area}"/><path class="line" d="${line}"/>
${
  mark !== undefined &&
  markup`<line class="mark" x1="${mark[0]}" x2="${mark[0]}" y1="${TOP}" y2="${y0}"/><text class="label" x="${mark[0] + (anchor === 'end' ? -6 : 6)}" y="${TOP + 12}" text-anchor="${anchor}">certified after ${number(certifiedAfter ?? 0)}</text>`
}
<text x="${x0}" y="${y0 + 18}">1</text><text x="${x1}" y="${y0 + 18}" text-anchor="end">${number(decisions)} decisions</text>`,
  )
}

/** How often proposals of a confidence were right, against that confidence. */
export function confidenceGraph({ confidence }: TrialReport): Markup {
  const plot = plotOf(HALF, 1, 1)
  const most = Math.max(1, ...confidence.map(({ n }) => n))
  const [x0, y0] = plot(0, 0)
  const [x1, y1] = plot(1, 1)
  return chart(
    HALF,
    'How often proposals were right, by the confidence they stated; on the line, confidence keeps its word',
    markup`${shares(HALF)}<line class="ideal" x1="${x0}" y1="${y0}" x2="${x1}" y2="${y1}"/>
${confidence.map(({ n, right, meanConfidence }) => {
  const [x, y] = plot(meanConfidence, right / n)
  return markup`<circle class="dot" cx="${x}" cy="${y}" r="${round(3 + 7 * Math.sqrt(n / most))}"><title>confidence about ${percent(meanConfidence)}: ${number(right)} of ${number(n)} right (${percent(right / n)})</title></circle>`
})}
<text x="${(x0 + x1) / 2}" y="${y0 + 32}" text-anchor="middle">confidence (larger dots: more proposals)</text><text x="${x0}" y="${y0 + 16}" text-anchor="middle">0 %</text><text x="${x1}" y="${y0 + 16}" text-anchor="end">100 %</text>`,
  )
}

/** The error of the surest proposals, for ever more of them. */
export function coverageGraph({ coverage, terms }: TrialReport): Markup {
  const highest = Math.max(terms.maxError * 1.5, ...coverage.map(({ error }) => error), 0.01)
  const plot = plotOf(HALF, 1, highest)
  const line = coverage.map(({ share, error }, at) => `${at === 0 ? 'M' : 'L'}${plot(share, error).join(' ')}`).join('')
  const [x0, y0] = plot(0, 0)
  const [x1, allowed] = plot(1, terms.maxError)
  return chart(
    HALF,
    'The share of wrong proposals among the surest, for ever more of them',
    markup`${[highest, highest / 2].map((error) => {
      const [, y] = plot(0, error)
      return markup`<line class="grid" x1="${x0}" x2="${x1}" y1="${y}" y2="${y}"/><text x="${x0 - 6}" y="${y + 4}" text-anchor="end">${percent(error)}</text>`
    })}<line class="grid" x1="${x0}" x2="${x1}" y1="${y0}" y2="${y0}"/>
<line class="mark" x1="${x0}" x2="${x1}" y1="${allowed}" y2="${allowed}"/><text class="label" x="${x0 + 6}" y="${allowed - 5}">allowed: ${percent(terms.maxError)}</text>
<path class="line" d="${line}"/><text x="${(x0 + x1) / 2}" y="${y0 + 32}" text-anchor="middle">share of all decisions, the surest first</text><text x="${x0}" y="${y0 + 16}" text-anchor="middle">0 %</text><text x="${x1}" y="${y0 + 16}" text-anchor="end">100 %</text>`,
  )
}

/** Mean difference of two systems with its bounds, overall and in each segment. */
export function differenceGraph({ report, margin }: NonNullable<TrialReport['comparison']>): Markup {
  const rows = [{ segment: 'all', ...report.overall }, ...report.segments]
  const furthest = Math.max(0.05, margin * 2, ...rows.flatMap(({ mean }) => Math.abs(mean) * 1.6))
  const frame = { width: 680, height: TOP + 30 + rows.length * 30, left: 190, bottom: 34 }
  const x = (difference: number): number =>
    round(
      frame.left + ((Math.max(-furthest, Math.min(furthest, difference)) + furthest) / (2 * furthest)) * (frame.width - frame.left - RIGHT),
    )
  const bottom = frame.height - frame.bottom
  return chart(
    frame,
    'Difference in share right, new minus old, with bounds',
    markup`<line class="grid" x1="${x(0)}" x2="${x(0)}" y1="${TOP}" y2="${bottom}"/><line class="mark" x1="${x(-margin)}" x2="${x(-margin)}" y1="${TOP}" y2="${bottom}"/>
${rows.map(({ segment, mean, low, high, verdict }, at) => {
  const y = TOP + 16 + at * 30
  return markup`<text x="${frame.left - 10}" y="${y + 4}" text-anchor="end">${segment.length > 26 ? `${segment.slice(0, 25)}…` : segment}</text><line class="range ${verdict === 'worse' ? 'bad' : ''}" x1="${x(low)}" x2="${x(high)}" y1="${y}" y2="${y}"/><circle class="dot ${verdict === 'worse' ? 'bad' : ''}" cx="${x(mean)}" cy="${y}" r="5"/>`
})}
<text x="${x(0)}" y="${bottom + 18}" text-anchor="middle">alike</text><text x="${x(-furthest)}" y="${bottom + 18}">−${percent(furthest)} worse</text><text x="${x(furthest)}" y="${bottom + 18}" text-anchor="end">better +${percent(furthest)}</text>`,
  )
}

/** A bar for a cell of a table: a share, and within it the part that is bad. */
export function bar(part: number, bad = 0): Markup {
  return markup`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="8"/><rect class="fill" width="${round(part * 100)}" height="8"/><rect class="bad" width="${round(bad * 100)}" height="8"/></svg>`
}

function chart({ width, height }: Frame, title: string, content: Markup): Markup {
  return markup`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img"><title>${title}</title>${content}</svg>`
}

/** Lines at no, half and full share. */
function shares(frame: Frame): Markup {
  const plot = plotOf(frame, 1, 1)
  const lines = [0, 0.5, 1].map((share) => {
    const [x0, y] = plot(0, share)
    return markup`<line class="grid" x1="${x0}" x2="${frame.width - RIGHT}" y1="${y}" y2="${y}"/><text x="${x0 - 6}" y="${y + 4}" text-anchor="end">${percent(share)}</text>`
  })
  return markup`${lines}`
}

function plotOf({ width, height, left, bottom }: Frame, mostX: number, mostY: number): (x: number, y: number) => Point {
  return (x, y) => [round(left + (x / mostX) * (width - left - RIGHT)), round(TOP + (1 - y / mostY) * (height - bottom - TOP))]
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

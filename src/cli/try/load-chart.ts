/**
 * People's load over time, drawn with characters, and where the first certificate came.
 */
import type { TrialReport } from '../../index.ts'
import { chart } from '../chart.ts'
import { number } from './words.ts'

type Load = TrialReport['standing']['load']

/** What stands left of the columns of a chart. */
const AXIS = 7
const NARROW = 40

/** A chart of the share that people see, at most `width` columns wide, its lines from top to bottom. */
export function loadChart(load: Load, certifiedAfter: number | undefined, width: number): string[] {
  const room = width - AXIS
  // A chart of few columns draws each twice as wide.
  const columns = Math.max(1, Math.min(load.length, room > NARROW && load.length > NARROW ? room : Math.floor(room / 2)))
  const shares = Array.from({ length: columns }, (_, at) => meanShare(load, at / columns, (at + 1) / columns))
  const total = load.at(-1)?.to ?? 0
  const lines = chart(shares, ['1', number(total)])
  const mark = certifiedAfter === undefined ? undefined : marked(lines.at(-1) ?? '', certifiedAfter, certifiedAfter / total)
  return mark === undefined ? lines : [...lines.slice(0, -1), mark]
}

/** The labels under the axis with the certificate between them; `undefined` where there is no room. */
function marked(labels: string, certifiedAfter: number, place: number): string | undefined {
  const text = `▲ certified after ${number(certifiedAfter)}`
  const gap = /^( *\S+) {3,}(?=\S+$)/.exec(labels)
  if (gap === null) return undefined
  const first = (gap[1] ?? '').length + 1
  const last = gap[0].length - text.length - 1
  if (last < first) return undefined
  const from = Math.min(last, Math.max(first, AXIS + Math.floor(place * (labels.length - AXIS))))
  return labels.slice(0, from) + text + labels.slice(from + text.length)
}

function meanShare(load: Load, from: number, to: number): number {
  const first = Math.floor(from * load.length)
  const inside = load.slice(first, Math.max(first + 1, Math.floor(to * load.length)))
  const decisions = inside.reduce((sum, stretch) => sum + stretch.to - stretch.from + 1, 0)
  return decisions === 0 ? 0 : inside.reduce((sum, { seen }) => sum + seen, 0) / decisions
}

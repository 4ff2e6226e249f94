/**
 * Shares over time, drawn with blocks: a chart of several lines, and a spark of one.
 */

const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const
const HEIGHT = 6

/** A chart of shares in [0,1], oldest first, with 100 % at the top; `labels` stand below its first and last column. */
export function chart(shares: readonly number[], labels: readonly [first: string, last: string]): string[] {
  const wide = shares.length > 40 ? 1 : 2
  const rows = Array.from({ length: HEIGHT }, (_, index) => {
    const floor = (HEIGHT - 1 - index) / HEIGHT
    const cells = shares.map((share) => block((share - floor) * HEIGHT).repeat(wide))
    return `${axis(index)}${cells.join('').trimEnd()}`
  })
  const width = shares.length * wide
  const [first, last] = labels
  const gap = width - first.length - last.length
  const below = gap < 2 ? `${first} – ${last}` : `${first}${' '.repeat(gap)}${last}`
  return [...rows, `  0 % └${'─'.repeat(width)}`, `       ${below}`]
}

/** The same on one line. A share above 0 is seen, however small. */
export function spark(shares: readonly number[]): string {
  return shares.map((share) => (share <= 0 ? '▁' : block(Math.max(1 / 8, share)))).join('')
}

function axis(row: number): string {
  if (row === 0) return '100 % ┤'
  return row === HEIGHT / 2 ? ' 50 % ┤' : '      │'
}

/** How much of one cell is filled, from 0 to 1. */
function block(filled: number): string {
  return EIGHTHS[Math.round(Math.min(1, Math.max(0, filled)) * 8)] ?? ' '
}

/** `12 %`, `0.4 %`; `–` for what is not known. */
export function percent(share: number | undefined): string {
  if (share === undefined || Number.isNaN(share)) return '–'
  const points = share * 100
  return `${points >= 10 || Number.isInteger(points) ? Math.round(points) : points.toPrecision(points < 1 ? 1 : 2)} %`
}

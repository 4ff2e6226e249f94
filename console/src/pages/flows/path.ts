/**
 * An edge's points as a line that can be drawn: with round corners, and a place for its label.
 */
export interface Point {
  readonly x: number
  readonly y: number
}

const CORNER = 8

/** The points as an SVG path. */
export function pathOf(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const [before, after] = [points[index - 1], points[index + 1]]
      if (before === undefined) return `M${point.x} ${point.y}`
      if (after === undefined) return `L${point.x} ${point.y}`
      const [to, from] = [toward(point, before), toward(point, after)]
      return `L${to.x} ${to.y}Q${point.x} ${point.y} ${from.x} ${from.y}`
    })
    .join('')
}

/** The middle of the longest piece. */
export function middleOf(points: readonly Point[]): Point {
  let best: Point = points[0] ?? { x: 0, y: 0 }
  let longest = -1
  for (let index = 1; index < points.length; index += 1) {
    const [one, other] = [points[index - 1], points[index]]
    if (one === undefined || other === undefined) continue
    const length = Math.abs(one.x - other.x) + Math.abs(one.y - other.y)
    if (length > longest) [best, longest] = [{ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 }, length]
  }
  return best
}

/** Of a line that leads back to where it came from: beside it, farthest out. */
export function besideOf(points: readonly Point[]): Point {
  const [left, top, bottom] = [Math.min(...points.map(({ x }) => x)), ...[Math.min, Math.max].map((of) => of(...points.map(({ y }) => y)))]
  return { x: left, y: ((top ?? 0) + (bottom ?? 0)) / 2 }
}

function toward(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  const part = length === 0 ? 0 : Math.min(CORNER, length / 2) / length
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }
}

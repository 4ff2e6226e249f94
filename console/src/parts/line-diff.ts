/**
 * What differs between two texts: line by line, side by side, and in lines that changed word by word.
 *
 * Owns: the comparison (E. W. Myers, “An O(ND) Difference Algorithm and Its Variations”, 1986). Never: draws it (text-diff.tsx).
 * Texts that have almost nothing in common are not compared beyond a bound: all of one is then taken out, and all of the other put in.
 */

/** A piece of a line; `changed`: the other side does not have it. */
export interface Word {
  readonly text: string
  readonly changed: boolean
}

export interface Line {
  /** From 1. */
  readonly number: number
  readonly text: string
  readonly words: readonly Word[]
}

/** A row of the two sides: the same on both, changed, or on one side only. */
export type Row =
  | { readonly kind: 'same'; readonly left: Line; readonly right: Line }
  | { readonly kind: 'changed'; readonly left: Line; readonly right: Line }
  | { readonly kind: 'gone'; readonly left: Line }
  | { readonly kind: 'new'; readonly right: Line }

/** Rows to be shown, or so many that are the same on both sides and folded away. */
export type Stretch = { readonly kind: 'rows'; readonly rows: readonly Row[] } | { readonly kind: 'fold'; readonly rows: readonly Row[] }

const MOST_EDITS = 2000
/** Lines with less in common than this are two lines, not one that changed. */
const ALIKE = 0.35

type Edit = { readonly kind: 'keep' | 'take' | 'put'; readonly left: number; readonly right: number }

/** Two texts side by side. */
export function lineDiff(left: string, right: string): Row[] {
  const [one, other] = [linesOf(left), linesOf(right)]
  const rows: Row[] = []
  let taken: Line[] = []
  let put: Line[] = []
  const flush = (): void => {
    rows.push(...paired(taken, put))
    taken = []
    put = []
  }
  for (const edit of editsOf(one, other)) {
    if (edit.kind === 'take') taken.push(lineOf(one, edit.left))
    else if (edit.kind === 'put') put.push(lineOf(other, edit.right))
    else {
      flush()
      rows.push({ kind: 'same', left: lineOf(one, edit.left), right: lineOf(other, edit.right) })
    }
  }
  flush()
  return rows
}

/** Puts away what is the same, but for so many lines around what is not. */
export function folded(rows: readonly Row[], around = 3): Stretch[] {
  const near = rows.map((_, index) => rows.slice(Math.max(0, index - around), index + around + 1).some(({ kind }) => kind !== 'same'))
  const stretches: { kind: Stretch['kind']; rows: Row[] }[] = []
  rows.forEach((row, index) => {
    const kind = near[index] === true ? 'rows' : 'fold'
    const last = stretches.at(-1)
    if (last?.kind === kind) last.rows.push(row)
    else stretches.push({ kind, rows: [row] })
  })
  // One line is no shorter when it is folded away.
  return stretches.map((stretch) => (stretch.kind === 'fold' && stretch.rows.length === 1 ? { ...stretch, kind: 'rows' } : stretch))
}

/** How many lines were put in and taken out; a changed line counts as both. */
export function sizeOf(rows: readonly Row[]): { readonly added: number; readonly removed: number } {
  const count = (...kinds: Row['kind'][]): number => rows.filter(({ kind }) => kinds.includes(kind)).length
  return { added: count('new', 'changed'), removed: count('gone', 'changed') }
}

/** The shortest way from one list to another. */
export function editsOf(left: readonly string[], right: readonly string[]): Edit[] {
  let start = 0
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1
  let [leftEnd, rightEnd] = [left.length, right.length]
  while (leftEnd > start && rightEnd > start && left[leftEnd - 1] === right[rightEnd - 1]) {
    leftEnd -= 1
    rightEnd -= 1
  }
  const middle = shortest(left.slice(start, leftEnd), right.slice(start, rightEnd))
  return [
    ...kept(0, 0, start),
    ...middle.map((edit) => ({ ...edit, left: edit.left + start, right: edit.right + start })),
    ...kept(leftEnd, rightEnd, left.length - leftEnd),
  ]
}

function kept(left: number, right: number, length: number): Edit[] {
  return Array.from({ length }, (_, at) => ({ kind: 'keep', left: left + at, right: right + at }))
}

/** Myers' greedy search: the furthest reach on each diagonal, for one more edit at a time; then the way back. */
function shortest(left: readonly string[], right: readonly string[]): Edit[] {
  const most = Math.min(left.length + right.length, MOST_EDITS)
  const reach = new Map<number, number>([[1, 0]])
  const traces: Map<number, number>[] = []
  for (let edits = 0; edits <= most; edits += 1) {
    traces.push(new Map(reach))
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const down = goesDown(reach, diagonal, edits)
      let x = down ? (reach.get(diagonal + 1) ?? 0) : (reach.get(diagonal - 1) ?? 0) + 1
      while (x < left.length && x - diagonal < right.length && left[x] === right[x - diagonal]) x += 1
      reach.set(diagonal, x)
      if (x >= left.length && x - diagonal >= right.length) return wayBack(traces, left.length, right.length)
    }
  }
  return [
    ...left.map((_, at): Edit => ({ kind: 'take', left: at, right: 0 })),
    ...right.map((_, at): Edit => ({ kind: 'put', left: left.length, right: at })),
  ]
}

function goesDown(reach: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean {
  return diagonal === -edits || (diagonal !== edits && (reach.get(diagonal - 1) ?? -1) < (reach.get(diagonal + 1) ?? -1))
}

function wayBack(traces: readonly ReadonlyMap<number, number>[], leftLength: number, rightLength: number): Edit[] {
  const edits: Edit[] = []
  let [x, y] = [leftLength, rightLength]
  for (let step = traces.length - 1; step >= 0; step -= 1) {
    const reach = traces[step] ?? new Map<number, number>()
    const diagonal = x - y
    const before = goesDown(reach, diagonal, step) ? diagonal + 1 : diagonal - 1
    const fromX = reach.get(before) ?? 0
    const fromY = fromX - before
    while (x > fromX && y > fromY) {
      x -= 1
      y -= 1
      edits.push({ kind: 'keep', left: x, right: y })
    }
    if (step === 0) break
    edits.push(x === fromX ? { kind: 'put', left: x, right: fromY } : { kind: 'take', left: fromX, right: y })
    x = fromX
    y = fromY
  }
  return edits.reverse()
}

/** Lines taken out and put in at one place: those alike stand beside each other. */
function paired(taken: readonly Line[], put: readonly Line[]): Row[] {
  const rows: Row[] = []
  let next = 0
  for (const left of taken) {
    const found = put.findIndex((right, at) => at >= next && likeness(left.text, right.text) >= ALIKE)
    const right = put[found]
    if (right === undefined) {
      rows.push({ kind: 'gone', left })
      continue
    }
    rows.push(...put.slice(next, found).map((one): Row => ({ kind: 'new', right: one })), changed(left, right))
    next = found + 1
  }
  return [...rows, ...put.slice(next).map((right): Row => ({ kind: 'new', right }))]
}

function changed(left: Line, right: Line): Row {
  const [one, other] = [piecesOf(left.text), piecesOf(right.text)]
  const edits = editsOf(one, other)
  const words = (kind: 'take' | 'put', from: readonly string[], side: 'left' | 'right'): Word[] =>
    joined(edits.flatMap((edit) => (edit.kind === 'keep' || edit.kind === kind ? wordOf(from[edit[side]], edit.kind === kind) : [])))
  return {
    kind: 'changed',
    left: { ...left, words: words('take', one, 'left') },
    right: { ...right, words: words('put', other, 'right') },
  }
}

function wordOf(text: string | undefined, isChanged: boolean): Word[] {
  return text === undefined ? [] : [{ text, changed: isChanged }]
}

function joined(words: readonly Word[]): Word[] {
  const all: { text: string; changed: boolean }[] = []
  for (const word of words) {
    const last = all.at(-1)
    if (last?.changed === word.changed) last.text += word.text
    else all.push({ ...word })
  }
  return all
}

/** The share of their words that two lines have in common, by characters. */
function likeness(one: string, other: string): number {
  const long = one.length + other.length
  if (long === 0) return 1
  const [left, right] = [piecesOf(one), piecesOf(other)]
  const same = editsOf(left, right).reduce((sum, { kind, left: at }) => sum + (kind === 'keep' ? (left[at]?.trim().length ?? 0) : 0), 0)
  return (2 * same) / long
}

/** Words, white space and marks. */
function piecesOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? []
}

/** A line break at the end begins no further line. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

function lineOf(lines: readonly string[], at: number): Line {
  const text = lines[at] ?? ''
  return { number: at + 1, text, words: [{ text, changed: false }] }
}

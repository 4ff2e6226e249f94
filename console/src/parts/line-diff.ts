/**
 * What differs between two texts: line by line, and inside two lines word by word.
 *
 * Owns: that comparison, by the longest common subsequence. Never: draws it. Where the texts are too long and too different for it, what
 * lies between their common beginning and end counts as replaced.
 */

export interface Part {
  readonly kind: 'same' | 'was' | 'is'
  readonly text: string
}

/** Two lines side by side; one of them absent where something was only taken out or put in. */
export interface SideBySide {
  readonly same: boolean
  readonly was?: string
  readonly is?: string
}

const MOST_CELLS = 4_000_000

/** The lines of both texts in order. */
export function lineDiff(was: string, is: string): Part[] {
  return difference(was.split('\n'), is.split('\n'))
}

/** The words of two lines, the spaces between them included. */
export function wordDiff(was: string, is: string): Part[] {
  return joined(difference(wordsOf(was), wordsOf(is)))
}

/** Lines as two columns: what was taken out stands beside what was put in at the same place. */
export function sideBySide(parts: readonly Part[]): SideBySide[] {
  const rows: SideBySide[] = []
  let [taken, put]: [string[], string[]] = [[], []]
  const pair = (): void => {
    for (let index = 0; index < Math.max(taken.length, put.length); index += 1) {
      const [was, is] = [taken[index], put[index]]
      rows.push({ same: false, ...(was !== undefined && { was }), ...(is !== undefined && { is }) })
    }
    ;[taken, put] = [[], []]
  }
  for (const { kind, text } of parts) {
    if (kind === 'was') taken.push(text)
    else if (kind === 'is') put.push(text)
    else {
      pair()
      rows.push({ same: true, was: text, is: text })
    }
  }
  pair()
  return rows
}

function wordsOf(line: string): string[] {
  return line.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? []
}

function joined(parts: readonly Part[]): Part[] {
  const some: Part[] = []
  for (const part of parts) {
    const last = some.at(-1)
    if (last?.kind === part.kind) some[some.length - 1] = { kind: part.kind, text: last.text + part.text }
    else some.push(part)
  }
  return some
}

function difference(was: readonly string[], is: readonly string[]): Part[] {
  let head = 0
  while (head < was.length && head < is.length && was[head] === is[head]) head += 1
  let tail = 0
  while (tail < was.length - head && tail < is.length - head && was[was.length - 1 - tail] === is[is.length - 1 - tail]) tail += 1
  const same = (texts: readonly string[]): Part[] => texts.map((text) => ({ kind: 'same', text }))
  return [
    ...same(was.slice(0, head)),
    ...middle(was.slice(head, was.length - tail), is.slice(head, is.length - tail)),
    ...same(was.slice(was.length - tail)),
  ]
}

function middle(was: readonly string[], is: readonly string[]): Part[] {
  const replaced: Part[] = [...was.map((text): Part => ({ kind: 'was', text })), ...is.map((text): Part => ({ kind: 'is', text }))]
  if (was.length === 0 || is.length === 0 || was.length * is.length > MOST_CELLS) return replaced
  const width = is.length + 1
  const longest = new Uint16Array((was.length + 1) * width)
  const at = (row: number, column: number): number => longest[row * width + column] ?? 0
  for (let row = was.length - 1; row >= 0; row -= 1)
    for (let column = is.length - 1; column >= 0; column -= 1)
      longest[row * width + column] =
        was[row] === is[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1))
  const parts: Part[] = []
  let [row, column] = [0, 0]
  while (row < was.length || column < is.length) {
    const [old = '', fresh = ''] = [was[row], is[column]]
    if (row < was.length && column < is.length && old === fresh) {
      parts.push({ kind: 'same', text: old })
      row += 1
      column += 1
    } else if (column >= is.length || (row < was.length && at(row + 1, column) >= at(row, column + 1))) {
      parts.push({ kind: 'was', text: old })
      row += 1
    } else {
      parts.push({ kind: 'is', text: fresh })
      column += 1
    }
  }
  return parts
}

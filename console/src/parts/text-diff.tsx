/**
 * Two texts side by side, line by line, with the words that differ marked. On a narrow screen one stands above the other.
 *
 * What differs is told by a sign as well as by colour. Long stretches that are the same are folded.
 */
import { useMemo, useState } from 'react'
import { lineDiff, type SideBySide, sideBySide, wordDiff } from './line-diff.ts'
import './text-diff.css'

const AROUND = 3
const FOLD_FROM = 8

type Shown = SideBySide | { readonly folded: readonly SideBySide[] }

export function TextDiff(props: {
  readonly was: string | undefined
  readonly is: string | undefined
  readonly names: readonly [string, string]
}): React.JSX.Element {
  const { was, is, names } = props
  const rows = useMemo(() => folded(rowsOf(was, is)), [was, is])
  return (
    <table className="text-diff">
      <thead>
        <tr>
          <th scope="col">{names[0]}</th>
          <th scope="col">{names[1]}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows of two given texts do not change their order.
          'folded' in row ? <Same key={index} rows={row.folded} /> : <Row key={index} row={row} />,
        )}
      </tbody>
    </table>
  )
}

function rowsOf(was: string | undefined, is: string | undefined): SideBySide[] {
  if (was === undefined) return (is ?? '').split('\n').map((line) => ({ same: false, is: line }))
  if (is === undefined) return was.split('\n').map((line) => ({ same: false, was: line }))
  return sideBySide(lineDiff(was, is))
}

function folded(rows: readonly SideBySide[]): Shown[] {
  const near = (index: number): boolean => rows.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ same }) => !same)
  const shown: Shown[] = []
  let kept: SideBySide[] = []
  const close = (): void => {
    if (kept.length >= FOLD_FROM) shown.push({ folded: kept })
    else shown.push(...kept)
    kept = []
  }
  for (const [index, row] of rows.entries()) {
    if (!near(index)) kept.push(row)
    else {
      close()
      shown.push(row)
    }
  }
  close()
  return shown
}

function Same({ rows }: { readonly rows: readonly SideBySide[] }): React.JSX.Element {
  const [open, setOpen] = useState(false)
  if (open)
    return (
      <>
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows of two given texts do not change their order.
          <Row key={index} row={row} />
        ))}
      </>
    )
  return (
    <tr>
      <td colSpan={2} className="text-diff-folded">
        <button type="button" className="link" onClick={() => setOpen(true)}>
          {rows.length} lines that are the same
        </button>
      </td>
    </tr>
  )
}

function Row({ row: { same, was, is } }: { readonly row: SideBySide }): React.JSX.Element {
  const both = !same && was !== undefined && is !== undefined
  const words = both ? wordDiff(was, is) : []
  const side = (kind: 'was' | 'is', text: string | undefined): React.JSX.Element => (
    <td
      className={same || text === undefined ? '' : `text-diff-${kind}`}
      data-sign={same || text === undefined ? '' : kind === 'was' ? '−' : '+'}
    >
      {both
        ? words
            .filter((part) => part.kind === 'same' || part.kind === kind)
            // biome-ignore lint/suspicious/noArrayIndexKey: the words of a line do not change their order.
            .map((part, index) => (part.kind === 'same' ? part.text : <mark key={index}>{part.text}</mark>))
        : text}
    </td>
  )
  return (
    <tr className={same ? 'text-diff-same' : ''}>
      {side('was', was)}
      {side('is', is)}
    </tr>
  )
}

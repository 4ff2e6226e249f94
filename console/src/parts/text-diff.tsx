/**
 * Two texts side by side: what went on the left, what came on the right, the words that differ marked. Where there is little room for
 * it, one below the other.
 *
 * What differs is told by a sign as well as by colour. Long stretches that are the same are folded.
 */
import { useMemo, useState } from 'react'
import { folded, type Line, lineDiff, type Row, type Stretch, sizeOf } from './line-diff.ts'
import './text-diff.css'

export function TextDiff(props: {
  /** Nothing: there was no such text, or is none. */
  readonly was: string | undefined
  readonly is: string | undefined
  readonly names: readonly [string, string]
  /** What is said when they are the same. */
  readonly same?: React.ReactNode
}): React.JSX.Element {
  const { was, is, names, same = 'The texts are the same.' } = props
  const rows = useMemo(() => lineDiff(was ?? '', is ?? ''), [was, is])
  const { added, removed } = sizeOf(rows)
  if (added + removed === 0) return <p className="text-diff-none-at-all muted">{was === is ? same : invisible(was, is)}</p>
  return (
    <div className="text-diff">
      <table>
        <caption className="unseen">
          {names[0]} against {names[1]}: {removed} lines less, {added} lines more
        </caption>
        <colgroup>
          <col className="text-diff-numbers" />
          <col />
        </colgroup>
        <colgroup>
          <col className="text-diff-numbers" />
          <col />
        </colgroup>
        <thead>
          <tr>
            <Name side="left" name={names[0]} />
            <Name side="right" name={names[1]} />
          </tr>
        </thead>
        {folded(rows).map((stretch, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the stretches of two texts do not change their order.
          <StretchRows key={index} stretch={stretch} />
        ))}
      </table>
    </div>
  )
}

/** Of texts that are not the same and have the same lines. */
function invisible(was: string | undefined, is: string | undefined): string {
  return was === undefined || is === undefined ? 'It is empty.' : 'They differ in nothing but line ends.'
}

function Name({ side, name }: { readonly side: 'left' | 'right'; readonly name: string }): React.JSX.Element {
  return (
    <th scope="colgroup" colSpan={2} className={`text-diff-${side}`}>
      <span className="text-diff-mark" aria-hidden="true">
        {side === 'left' ? '−' : '+'}
      </span>{' '}
      {name}
    </th>
  )
}

function StretchRows({ stretch }: { readonly stretch: Stretch }): React.JSX.Element {
  const [open, setOpen] = useState(stretch.kind === 'rows')
  if (!open)
    return (
      <tbody>
        <tr className="text-diff-fold">
          <td colSpan={4}>
            <button type="button" className="link" onClick={() => setOpen(true)}>
              {stretch.rows.length} lines that are the same
            </button>
          </td>
        </tr>
      </tbody>
    )
  return (
    <tbody>
      {stretch.rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above.
        <RowLine key={index} row={row} />
      ))}
    </tbody>
  )
}

function RowLine({ row }: { readonly row: Row }): React.JSX.Element {
  const left = row.kind === 'new' ? undefined : row.left
  const right = row.kind === 'gone' ? undefined : row.right
  return (
    <tr className={`text-diff-${row.kind}`}>
      <Side line={left} side="left" marked={row.kind !== 'same'} />
      <Side line={right} side="right" marked={row.kind !== 'same'} />
    </tr>
  )
}

function Side(props: { readonly line: Line | undefined; readonly side: 'left' | 'right'; readonly marked: boolean }): React.JSX.Element {
  const { line, side, marked } = props
  if (line === undefined) return <td colSpan={2} className={`text-diff-none text-diff-${side}`} />
  return (
    <>
      <td className={`text-diff-number text-diff-${side}`}>{line.number}</td>
      <td className={`text-diff-text text-diff-${side}`}>
        {marked && <span className="text-diff-sign">{side === 'left' ? '−' : '+'}</span>}
        {line.words.map(({ text, changed }, index) =>
          changed ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: the words of a line do not change their order.
            <mark key={index}>{text}</mark>
          ) : (
            text
          ),
        )}
      </td>
    </>
  )
}

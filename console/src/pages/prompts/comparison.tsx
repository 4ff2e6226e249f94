/**
 * Two texts side by side: what went on the left, what came on the right. On a narrow page one below the other.
 */
import { useMemo, useState } from 'react'
import { compare, folded, type Line, type Row, type Stretch, sizeOf } from './compare.ts'
import './comparison.css'

export function Comparison(props: {
  readonly left: string
  readonly right: string
  readonly leftName: string
  readonly rightName: string
  /** One below the other, however wide the page is. */
  readonly narrow?: boolean
  /** What is said when they are the same. */
  readonly same?: React.ReactNode
}): React.JSX.Element {
  const { left, right, leftName, rightName, narrow = false, same = 'The texts are the same.' } = props
  const rows = useMemo(() => compare(left, right), [left, right])
  const { added, removed } = sizeOf(rows)
  if (added + removed === 0) return <p className="compared-same muted">{same}</p>
  return (
    <div className={`compared${narrow ? ' compared-narrow' : ''}`}>
      <p className="compared-head">
        <span className="compared-name">
          <span className="compared-mark compared-mark-gone">−</span> {leftName}
        </span>
        <span className="compared-name">
          <span className="compared-mark compared-mark-new">+</span> {rightName}
        </span>
      </p>
      <table className="compared-table">
        <caption className="unseen">
          {leftName} against {rightName}: {removed} lines less, {added} lines more
        </caption>
        <colgroup>
          <col className="compared-numbers" />
          <col />
          <col className="compared-numbers" />
          <col />
        </colgroup>
        {folded(rows).map((stretch, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the stretches of two texts do not change their order.
          <StretchRows key={index} stretch={stretch} />
        ))}
      </table>
    </div>
  )
}

function StretchRows({ stretch }: { readonly stretch: Stretch }): React.JSX.Element {
  const [open, setOpen] = useState(stretch.kind === 'rows')
  if (!open)
    return (
      <tbody>
        <tr className="compared-fold">
          <td colSpan={4}>
            <button type="button" className="link" onClick={() => setOpen(true)}>
              {stretch.rows.length} equal lines
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
    <tr className={`compared-${row.kind}`}>
      <Side line={left} side="left" marked={row.kind !== 'same'} />
      <Side line={right} side="right" marked={row.kind !== 'same'} />
    </tr>
  )
}

function Side({
  line,
  side,
  marked,
}: {
  readonly line: Line | undefined
  readonly side: 'left' | 'right'
  readonly marked: boolean
}): React.JSX.Element {
  if (line === undefined) return <td colSpan={2} className={`compared-none compared-${side}`} />
  return (
    <>
      <td className={`compared-number compared-${side}`}>{line.number}</td>
      <td className={`compared-text compared-${side}`}>
        {marked && <span className="compared-sign">{side === 'left' ? '−' : '+'}</span>}
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

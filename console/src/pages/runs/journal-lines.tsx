/**
 * The journal as it was written: line by line.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import type { Entry } from '../../api/documents.ts'
import { Kind } from '../../parts/badge.tsx'
import { lineOf } from '../../parts/value.tsx'

const ROW = 28
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hour12: false })

export function JournalLines(props: {
  readonly entries: readonly Entry[]
  readonly selected: string | undefined
  readonly onSelect: (path: string) => void
}): React.JSX.Element {
  const { entries, selected, onSelect } = props
  const place = useRef<HTMLDivElement>(null)
  const list = useVirtualizer({ count: entries.length, getScrollElement: () => place.current, estimateSize: () => ROW, overscan: 20 })
  return (
    <div className="steps-scroll" ref={place}>
      <ul aria-label="Journal" className="steps" style={{ height: list.getTotalSize() }}>
        {list.getVirtualItems().map(({ index, start }) => {
          const entry = entries[index]
          return entry === undefined ? null : (
            <li key={entry.seq} className="line-place" style={{ transform: `translateY(${start}px)` }}>
              <button type="button" className="line" aria-current={entry.path === selected} onClick={() => onSelect(entry.path)}>
                <span className="line-time">{CLOCK.format(new Date(entry.at))}</span>
                <Kind kind={entry.kind} />
                <span className={`line-state line-${entry.state}`}>{entry.state}</span>
                <span className="mono line-path">{entry.path}</span>
                <span className="line-value">{entry.error?.message ?? (entry.value === undefined ? '' : lineOf(entry.value, 90))}</span>
              </button>
            </li>
          )
        })}
      </ul>
    </div>
  )
}

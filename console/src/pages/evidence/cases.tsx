/**
 * The cases: questions with the answers people stood by, found by decision, origin, segment, text and disagreement, and read one by one.
 *
 * The filter and the open case stand in the address, except for what is typed, which is sent once typing pauses.
 */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef } from 'react'
import { get } from '../../api/client.ts'
import type { Case, List } from '../../api/documents.ts'
import { Badge } from '../../parts/badge.tsx'
import { Empty, Trouble, Waiting } from '../../parts/empty.tsx'
import { percent } from '../../parts/figures.tsx'
import { questionLine } from '../../parts/question-line.ts'
import { Ago } from '../../parts/time.tsx'
import { lineOf } from '../../parts/value.tsx'
import { useKeys } from '../../shell/keys.ts'
import { CaseDetail } from './case-detail.tsx'
import { CaseFilters } from './case-filters.tsx'
import { CaseTools } from './case-tools.tsx'
import { differs } from './case-words.ts'

export interface CaseSearch {
  readonly decision?: string
  readonly case?: string
  readonly origin?: string
  readonly segment?: string
  readonly differs?: string
  readonly q?: string
}

const PAGE = 200
const ROW = 58
const NEAR_END = 30

export function Cases({ search }: { readonly search: CaseSearch }): React.JSX.Element {
  const { case: open, decision, origin, segment, differs: apart, q } = search
  const filter = { decision, origin, segment, differs: apart, q }
  const found = useInfiniteQuery({
    queryKey: ['cases', filter],
    queryFn: ({ signal, pageParam }) =>
      get<List<Case>>('/api/cases', { signal, query: { ...filter, order: 'newest', limit: PAGE, after: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
  })
  const cases = useMemo(() => found.data?.pages.flatMap(({ items }) => items) ?? [], [found.data])
  const segments = useMemo(() => [...new Set(cases.flatMap((one) => one.segment ?? []))].sort(), [cases])
  const navigate = useNavigate()
  const go = (change: CaseSearch): void => {
    const next = Object.fromEntries(
      Object.entries({ view: 'cases', ...search, ...change }).filter(([, value]) => value !== undefined && value !== ''),
    )
    void navigate({ to: '/evidence', search: next, replace: true })
  }
  useKeys('Cases', open === undefined ? [] : [{ keys: 'Escape', does: 'Close the case', run: () => go({ case: '' }) }])
  return (
    <div className="cases" data-open={open === undefined ? undefined : ''}>
      <CaseFilters search={search} segments={segments} onChange={go} />
      <CaseTools decision={decision} />
      <div className="cases-body">
        <div className="cases-list">
          {found.data === undefined ? (
            found.error === null ? (
              <Waiting lines={8} />
            ) : (
              <Trouble error={found.error} again={() => void found.refetch()} />
            )
          ) : cases.length === 0 && !found.hasNextPage ? (
            <None search={search} />
          ) : (
            <Rows
              cases={cases}
              open={open}
              more={found.hasNextPage}
              onMore={() => {
                if (!found.isFetchingNextPage) void found.fetchNextPage()
              }}
              onOpen={(seq) => go({ case: String(seq) })}
            />
          )}
        </div>
        {open !== undefined && (
          <CaseDetail key={open} seq={open} known={cases.find((one) => String(one.seq) === open)} onClose={() => go({ case: '' })} />
        )}
      </div>
    </div>
  )
}

function None({ search: { case: _, ...filter } }: { readonly search: CaseSearch }): React.JSX.Element {
  const { decision, ...rest } = filter
  const isFiltered = Object.keys(rest).some((key) => key !== 'view')
  return (
    <Empty title={isFiltered ? 'No case is like that' : 'There is no case yet'}>
      {isFiltered ? (
        <Link to="/evidence" search={{ view: 'cases', ...(decision !== undefined && { decision }) }}>
          Show all cases
        </Link>
      ) : (
        'A question that somebody answers becomes a case; cases from elsewhere are imported.'
      )}
    </Empty>
  )
}

function Rows(props: {
  readonly cases: readonly Case[]
  readonly open: string | undefined
  readonly more: boolean
  readonly onMore: () => void
  readonly onOpen: (seq: number) => void
}): React.JSX.Element {
  const { cases, open, more, onMore, onOpen } = props
  const place = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: cases.length,
    getScrollElement: () => place.current,
    estimateSize: () => ROW,
    overscan: 8,
    getItemKey: (index) => cases[index]?.seq ?? index,
  })
  const shown = rows.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0
  useEffect(() => {
    if (more && last >= cases.length - NEAR_END) onMore()
  }, [more, last, cases.length, onMore])
  useCaseKeys(place, cases, open, (index) => rows.scrollToIndex(index), onOpen)
  return (
    <div ref={place} className="case-scroll">
      <ul aria-label="Cases" className="case-space" style={{ height: rows.getTotalSize() }}>
        {shown.map(({ index, key, start }) => {
          const one = cases[index]
          return one === undefined ? null : (
            <li
              key={key}
              aria-setsize={more ? -1 : cases.length}
              aria-posinset={index + 1}
              className="case-place"
              style={{ transform: `translateY(${start}px)` }}
            >
              <Row one={one} isOpen={String(one.seq) === open} onOpen={onOpen} />
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function Row(props: { readonly one: Case; readonly isOpen: boolean; readonly onOpen: (seq: number) => void }): React.JSX.Element {
  const { one, isOpen, onOpen } = props
  return (
    <button type="button" className="case-row" aria-current={isOpen ? 'true' : undefined} onClick={() => onOpen(one.seq)}>
      <span className="case-answers">
        <strong>{lineOf(one.answer, 40)}</strong>
        {differs(one) && (
          <span className="case-differs">
            <span className="unseen">proposed was</span>≠ {lineOf(one.predicted, 30)}
            {one.confidence !== undefined && ` (${percent(one.confidence, 0)})`}
          </span>
        )}
      </span>
      <span className="case-question">{questionLine(one, 200)}</span>
      <span className="case-about">
        <Badge tone={one.origin === 'correction' ? 'warn' : one.origin === 'audit' ? 'info' : 'plain'}>{one.origin}</Badge>
        <span className="muted">
          {one.by ?? ''} <Ago at={one.at} />
        </span>
      </span>
    </button>
  )
}

/** j and k go through the cases; while one is open they open the next and the one before. */
function useCaseKeys(
  place: React.RefObject<HTMLDivElement | null>,
  cases: readonly Case[],
  open: string | undefined,
  scrollTo: (index: number) => void,
  onOpen: (seq: number) => void,
): void {
  const move = (by: 1 | -1): void => {
    const focused = place.current?.querySelector('.case-row:focus')?.closest('[aria-posinset]')?.getAttribute('aria-posinset')
    const shown = cases.findIndex(({ seq }) => String(seq) === open)
    const now = focused === null || focused === undefined ? shown : Number(focused) - 1
    const next = Math.max(0, Math.min(cases.length - 1, now === -1 ? 0 : now + by))
    scrollTo(next)
    const row = (): HTMLElement | null | undefined => place.current?.querySelector<HTMLElement>(`[aria-posinset="${next + 1}"] .case-row`)
    // One that was out of sight is there in the next frame.
    if (row() === null) requestAnimationFrame(() => row()?.focus({ preventScroll: true }))
    else row()?.focus({ preventScroll: true })
    const one = cases[next]
    if (open !== undefined && one !== undefined) onOpen(one.seq)
  }
  useKeys('List', [
    { keys: 'j', does: 'Next case', run: () => move(1), repeats: true },
    { keys: 'k', does: 'Case before', run: () => move(-1), repeats: true },
  ])
}

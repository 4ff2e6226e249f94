/**
 * Cases of a decision, newest first: what was asked, proposed and answered, and the run it was in.
 */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { get, type Query } from '../../api/client.ts'
import type { Case, List } from '../../api/documents.ts'
import { Badge } from '../../parts/badge.tsx'
import { Trouble, Waiting } from '../../parts/empty.tsx'
import { Ago } from '../../parts/time.tsx'
import { lineOf } from '../../parts/value.tsx'
import { sure } from './certificate-words.ts'

const PAGE = 12

export function RecentCases({ decision }: { readonly decision: string }): React.JSX.Element {
  return (
    <section className="card decision-part" aria-label="Recent cases">
      <header>
        <h2>Recent cases</h2>
        <Link to="/evidence" search={{ view: 'cases', decision }}>
          All cases
        </Link>
      </header>
      <CaseRows decision={decision} filter={{}} />
    </section>
  )
}

export function CaseRows({ decision, filter }: { readonly decision: string; readonly filter: Query }): React.JSX.Element {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['decisions', decision, 'cases', filter],
    queryFn: ({ signal, pageParam }) =>
      get<List<Case>>('/api/cases', { signal, query: { ...filter, decision, order: 'newest', limit: PAGE, after: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
  })
  if (data === undefined) return error === null ? <Waiting lines={4} /> : <Trouble error={error} again={() => void refetch()} />
  const cases = data.pages.flatMap(({ items }) => items)
  if (cases.length === 0 && !hasNextPage) return <p className="decision-rest muted">No case yet: each answer of a person makes one.</p>
  return (
    <>
      <ul className="case-rows">
        {cases.map((one) => (
          <li key={one.seq} className="case-row">
            <CaseRow one={one} />
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <p className="decision-rest">
          <button type="button" className="button button-small" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {isFetchingNextPage ? 'Looking…' : 'Show more'}
          </button>
        </p>
      )}
    </>
  )
}

function CaseRow({ one }: { readonly one: Case }): React.JSX.Element {
  const { question, predicted, confidence, answer, origin, by, at, run, path, segment } = one
  const differs = predicted !== undefined && JSON.stringify(predicted) !== JSON.stringify(answer)
  return (
    <>
      <p className="case-question">{lineOf(question, 220)}</p>
      <p className="case-answer">
        {predicted === undefined ? (
          <span className="muted">nothing proposed</span>
        ) : (
          <span className={differs ? 'case-wrong' : undefined}>
            {lineOf(predicted, 60)}
            {confidence !== undefined && <span className="muted"> {sure(confidence)} sure</span>}
          </span>
        )}
        <span aria-hidden="true">→</span>
        <span className="unseen">answered</span>
        <strong>{lineOf(answer, 60)}</strong>
        {differs && <Badge tone="bad">other</Badge>}
      </p>
      <p className="case-facts">
        {segment !== undefined && <span>{segment}</span>}
        <span>{origin}</span>
        {by !== undefined && <span>{by}</span>}
        <Ago at={at} />
        {run !== undefined && (
          <Link to="/runs/$run" params={{ run }} search={path === undefined ? {} : { path }} aria-label={`Run ${run}`}>
            run
          </Link>
        )}
      </p>
    </>
  )
}

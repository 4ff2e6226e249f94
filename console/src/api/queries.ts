/**
 * What is kept of the API's answers, and how it is asked for: the queries that more than one page needs.
 *
 * The first word of a key is its noun (`run`, `runs`, `inbox`, `flows`, `decisions`, `prompts`, …): the live connection makes nouns
 * out of date.
 */
import { QueryCache, QueryClient, queryOptions } from '@tanstack/react-query'
import { ApiError, get, piece } from './client.ts'
import type { DecisionDetail, DecisionSummary, Flow, Item, List, Me, Run, System } from './documents.ts'

const RETRIES = 2

export const queries = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // The session is over: ask who one is, which leads to the sign-in.
      if (error instanceof ApiError && error.status === 401 && query.queryKey[0] !== 'me')
        void queries.invalidateQueries({ queryKey: ['me'] })
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < RETRIES && (!(error instanceof ApiError) || error.passing),
    },
    mutations: { retry: false },
  },
})

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => get<Me>('/api/me', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
})

export const systemQuery = queryOptions({ queryKey: ['system'], queryFn: ({ signal }) => get<System>('/api/system', { signal }) })

export const flowsQuery = queryOptions({ queryKey: ['flows'], queryFn: ({ signal }) => get<List<Flow>>('/api/flows', { signal }) })

export const decisionsQuery = queryOptions({
  queryKey: ['decisions'],
  queryFn: ({ signal }) => get<List<DecisionSummary>>('/api/decisions', { signal }),
})

export function decisionQuery(name: string) {
  return queryOptions({
    queryKey: ['decisions', name],
    queryFn: ({ signal }) => get<DecisionDetail>(`/api/decisions/${piece(name)}`, { signal }),
  })
}

/** How many questions I may answer now. */
export const inboxCountQuery = queryOptions({
  queryKey: ['inbox', 'count'],
  queryFn: ({ signal }) => get<{ open: number }>('/api/inbox/count', { signal, query: { for: 'me' } }),
})

export function runQuery(id: string) {
  return queryOptions({ queryKey: ['run', id], queryFn: ({ signal }) => get<Run>(`/api/runs/${piece(id)}`, { signal }) })
}

/** The questions a run put to people. */
export function runReviewsQuery(id: string) {
  return queryOptions({
    queryKey: ['run', id, 'reviews'],
    queryFn: ({ signal }) => get<List<Item>>(`/api/runs/${piece(id)}/reviews`, { signal }),
  })
}

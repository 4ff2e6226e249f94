/**
 * Backtests as they are known here: read once, and followed live while they are under way.
 *
 * Owns: the queries of this page's backtests, and one stream for each that is running and shown. A stream that breaks off is taken up again.
 */
import { type QueryClient, queryOptions, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { ApiError, get, isRecord, piece } from '../../api/client.ts'
import type { List } from '../../api/documents.ts'
import { eventsOf } from '../../api/event-stream.ts'
import type { Backtest, FullBacktest } from './documents.ts'

const AGAIN_MS = 1500
/** Somebody else may start one. */
const LOOK_MS = 15_000

export const backtestsQuery = queryOptions({
  queryKey: ['backtests'],
  queryFn: ({ signal }) => get<List<Backtest>>('/api/backtests', { signal, query: { limit: 100 } }),
  refetchInterval: LOOK_MS,
})

export function backtestQuery(id: string) {
  return queryOptions({
    queryKey: ['backtest', id],
    queryFn: ({ signal }) => get<FullBacktest>(`/api/backtests/${piece(id)}`, { signal }),
    staleTime: 5000,
  })
}

/** Follows one while it is running and shown. */
export function useFollowing(id: string, running: boolean): void {
  const client = useQueryClient()
  useEffect(() => {
    if (!running) return
    const ending = new AbortController()
    void follow(client, id, ending.signal)
    return () => ending.abort()
  }, [client, id, running])
}

async function follow(client: QueryClient, id: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { event, data } of eventsOf(`/api/backtests/${piece(id)}/events`, signal)) {
        if ((event === 'progress' || event === 'end') && isRecord(data)) take(client, id, data as unknown as Backtest)
        if (event === 'end') return void client.invalidateQueries({ queryKey: ['backtest', id] })
      }
    } catch (error) {
      if (error instanceof ApiError && !error.passing) return
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
  }
}

function take(client: QueryClient, id: string, now: Backtest): void {
  client.setQueryData<FullBacktest>(['backtest', id], (before) => ({ ...before, ...now }))
  client.setQueryData<List<Backtest>>(['backtests'], (before) =>
    before === undefined ? before : { ...before, items: before.items.map((one) => (one.id === id ? now : one)) },
  )
}

/** Makes it known that one was begun. */
export function begun(client: QueryClient, one: Backtest): void {
  client.setQueryData<FullBacktest>(['backtest', one.id], one)
  client.setQueryData<List<Backtest>>(['backtests'], (before) => ({ ...before, items: [one, ...(before?.items ?? [])] }))
}

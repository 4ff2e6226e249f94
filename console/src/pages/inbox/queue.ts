/**
 * The queue: the questions I may answer, which one is in front, and getting the next ones ready.
 *
 * Invariant: the question in front stays there, whatever comes in, until it is answered, left, or gone.
 */
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { ApiError, get, piece, post } from '../../api/client.ts'
import type { Item, List, Similar } from '../../api/documents.ts'
import { toast } from '../../shell/toasts.tsx'
import { type Act, outbox } from './outbox.ts'

const PAGE = 60
const LOW = 20
const AHEAD = 3
const FRESH_MS = 5 * 60_000
const CLAIM_AFTER_MS = 400

export interface QueueFilter {
  readonly flow?: string
  readonly role?: string
  readonly kind?: string
  readonly decision?: string
}

export interface Queue {
  readonly items: readonly Item[]
  readonly current: Item | undefined
  readonly loading: boolean
  readonly error: unknown
  readonly retry: () => void
  /** Does something with the question in front, and goes on to the next. */
  readonly act: (act: Act) => void
  /** Puts the question in front at the end. */
  readonly skip: () => void
  readonly select: (id: string) => void
  readonly step: (by: 1 | -1) => void
  readonly undo: () => void
}

/** A question with all that people see of it, what the model was shown included. */
export function questionQuery(id: string) {
  return queryOptions({
    queryKey: ['question', id],
    queryFn: ({ signal }) => get<Item>(`/api/inbox/${piece(id)}`, { signal }),
    staleTime: FRESH_MS,
  })
}

export function similarQuery(id: string) {
  return queryOptions({
    queryKey: ['similar', id],
    queryFn: ({ signal }) => get<List<Similar>>(`/api/inbox/${piece(id)}/similar`, { signal, query: { limit: 5 } }),
    staleTime: FRESH_MS,
  })
}

export function useQueue(filter: QueueFilter, wanted: string | undefined): Queue {
  const list = useQuery({
    queryKey: ['inbox', 'queue', filter],
    queryFn: ({ signal }) => get<List<Item>>('/api/inbox', { signal, query: { for: 'me', limit: PAGE, ...filter } }),
    placeholderData: (before) => before,
  })
  const named = useQuery({ ...questionQuery(wanted ?? ''), enabled: wanted !== undefined })
  const version = useSyncExternalStore(outbox.subscribe, outbox.version)
  const [skipped, setSkipped] = useState<readonly string[]>([])
  const [front, setFront] = useState(wanted)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for what the outbox holds.
  const items = useMemo(() => {
    const listed = list.data?.items ?? []
    const asked = named.data
    const first = asked?.state === 'open' && listed.every(({ id }) => id !== asked.id) ? [asked] : []
    const here = [...first, ...listed].filter((item) => !outbox.isAway(item))
    const last = skipped.flatMap((id) => here.filter((item) => item.id === id))
    return [...here.filter(({ id }) => !skipped.includes(id)), ...last]
  }, [list.data, named.data, skipped, version])
  const current = items.find(({ id }) => id === front) ?? items[0]
  useAhead(items, current)
  useClaim(current)
  useRefill(items.length, list)
  useEffect(() => setFront(current?.id), [current?.id])
  const after = useCallback(
    (id: string): string | undefined => {
      const at = items.findIndex((item) => item.id === id)
      return (items[at + 1] ?? items[at === 0 ? 1 : 0])?.id
    },
    [items],
  )
  return {
    items,
    current,
    loading: list.isPending,
    error: list.error,
    retry: () => void list.refetch(),
    act: (act) => {
      if (current === undefined) return
      setFront(after(current.id))
      outbox.put(current, act)
    },
    skip: () => {
      if (current === undefined) return
      setFront(after(current.id))
      setSkipped((before) => [...before.filter((id) => id !== current.id), current.id])
    },
    select: setFront,
    step: (by) => {
      const at = items.findIndex(({ id }) => id === current?.id)
      const next = items[at + by]
      if (next !== undefined) setFront(next.id)
    },
    undo: () => {
      const back = outbox.undo()
      if (back !== undefined) setFront(back.id)
    },
  }
}

/** Reads the next questions before they are in front. */
function useAhead(items: readonly Item[], current: Item | undefined): void {
  const client = useQueryClient()
  const at = items.findIndex(({ id }) => id === current?.id)
  const next = items.slice(Math.max(0, at), at + 1 + AHEAD)
  const names = next.map(({ id }) => id).join('\n')
  useEffect(() => {
    for (const id of names.split('\n')) {
      if (id === '') continue
      void client.prefetchQuery(questionQuery(id))
      void client.prefetchQuery(similarQuery(id))
    }
  }, [client, names])
}

/** Keeps others away from the question in front while it is looked at, and while its answer can be taken back. */
function useClaim(current: Item | undefined): void {
  const item = useRef(current)
  item.current = current
  const id = current?.id
  useEffect(() => {
    if (id === undefined) return
    const claimed = item.current
    let state: 'free' | 'asked' | 'held' = 'free'
    const claim = (): void => {
      state = 'asked'
      post(`/api/inbox/${piece(id)}/claim`).then(
        () => {
          state = 'held'
        },
        (error: unknown) => {
          if (!(error instanceof ApiError) || error.code !== 'review_claimed' || claimed === undefined) return
          toast({ text: error.message })
          outbox.leave(claimed)
        },
      )
    }
    const timer = setTimeout(claim, CLAIM_AFTER_MS)
    return () => {
      clearTimeout(timer)
      const answered = claimed !== undefined && outbox.isAway(claimed)
      // What was answered is let go by its answer.
      if (answered && state === 'free') claim()
      else if (!answered && state === 'held') void post(`/api/inbox/${piece(id)}/release`).catch(() => undefined)
    }
  }, [id])
}

/** Reads on when few are left of a full page. */
function useRefill(left: number, list: { data: List<Item> | undefined; isFetching: boolean; refetch: () => unknown }): void {
  const { data, isFetching, refetch } = list
  const full = (data?.items.length ?? 0) >= PAGE
  useEffect(() => {
    if (!full || left >= LOW || isFetching) return
    const timer = setTimeout(() => refetch(), 500)
    return () => clearTimeout(timer)
  }, [full, left, isFetching, refetch])
}

/**
 * How many questions I may still answer: what the server says, less what is on its way to it.
 */
import { useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { inboxCountQuery } from '../../api/queries.ts'
import { outbox } from './outbox.ts'

export function useOpenCount(): number | undefined {
  const { data } = useQuery(inboxCountQuery)
  const onTheirWay = useSyncExternalStore(outbox.subscribe, () => outbox.pending.length)
  return data === undefined ? undefined : Math.max(0, data.open - onTheirWay)
}

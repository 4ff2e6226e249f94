/**
 * Whether I may change things: prompts, cases, backtests.
 */
import { useQuery } from '@tanstack/react-query'
import { meQuery } from '../api/queries.ts'

/** Undefined as long as that is not known. */
export function useMayEdit(): boolean | undefined {
  const me = useQuery(meQuery).data
  return me === undefined ? undefined : me.scopes.includes('edit') || me.scopes.includes('*')
}

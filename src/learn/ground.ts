/**
 * Where the upper parts find what the store keeps for them: cases, and memos of what can be computed again.
 */
import { serviceKey } from '../flow/service.ts'
import type { CaseStore, MemoStore } from '../journal/store.ts'

export const caseStore = serviceKey<CaseStore>('cases')
export const memoStore = serviceKey<MemoStore>('memos')

/**
 * Where the upper parts find what the store keeps for them: cases, measures, memos of what can be computed again; and who starts runs.
 */
import type { Runs } from '../engine/runs.ts'
import { serviceKey } from '../flow/service.ts'
import type { CaseStore, MeasureStore, MemoStore } from '../journal/store.ts'

export const caseStore = serviceKey<CaseStore>('cases')
export const measureStore = serviceKey<MeasureStore>('measures')
export const memoStore = serviceKey<MemoStore>('memos')
export const runStarter = serviceKey<Pick<Runs, 'start'>>('runs')

/**
 * Cases in memory: which ones are meant. Pure.
 */
import type { CaseRecord } from '../../records.ts'
import type { CaseFilter } from '../../store.ts'

const EQUAL = ['decision', 'origin', 'segment'] as const

export function isAmong(one: CaseRecord, filter: CaseFilter): boolean {
  return EQUAL.every((key) => filter[key] === undefined || filter[key] === one[key])
}

/**
 * Finding cases: by what their columns hold, by text, and by whether the proposal was another than the answer.
 *
 * Owns: looking through a bounded number of cases, and saying where to go on. What is proposed and answered is compared here: a database
 * may hold both sealed. Never: holds up others: it looks in pages and lets them in between.
 */
import { isDeepStrictEqual } from 'node:util'
import type { CaseRecord, Store } from '../index.ts'
import { decode } from '../json.ts'
import { labelOf } from './confusion.ts'

const PAGE = 500
const MOST_LOOKED_AT = 20_000

export interface CaseSearch {
  readonly filter: NonNullable<Parameters<Store['cases']['list']>[0]>
  /** Stands in the question, the answer, the proposal, or by whom it is. */
  readonly text?: string
  /** Whether the proposal was another than the answer. Cases without a proposal are neither. */
  readonly differs?: boolean
  /** What was proposed, and what was answered, as a confusion names them. */
  readonly predicted?: string
  readonly answer?: string
  readonly limit: number
}

/** `next`: there may be more, after that one. */
export async function searchCases(cases: Store['cases'], search: CaseSearch): Promise<{ found: CaseRecord[]; next?: number }> {
  const { filter, text, differs, predicted, answer, limit } = search
  const wanted = text?.toLowerCase()
  const isPlain = [wanted, differs, predicted, answer].every((asked) => asked === undefined)
  const found: CaseRecord[] = []
  let { after } = filter
  for (let looked = 0; looked < MOST_LOOKED_AT; looked += PAGE) {
    const most = isPlain ? limit : PAGE
    const page = await cases.list({ ...filter, limit: most, ...(after !== undefined && { after }) })
    for (const one of page) {
      after = one.seq
      if (wanted !== undefined && !holds(one, wanted)) continue
      if (differs !== undefined && !(one.predicted !== undefined && differs === isOther(one.predicted, one.answer))) continue
      if (predicted !== undefined && (one.predicted === undefined || labelOf(one.predicted) !== predicted)) continue
      if (answer !== undefined && labelOf(one.answer) !== answer) continue
      found.push(one)
      if (found.length === limit) return { found, next: one.seq }
    }
    if (page.length < most) return { found }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { found, ...(after !== undefined && { next: after }) }
}

function isOther(predicted: string, answer: string): boolean {
  return predicted !== answer && !isDeepStrictEqual(decode(predicted), decode(answer))
}

function holds({ question, answer, predicted, by, run, path }: CaseRecord, text: string): boolean {
  return [question, answer, predicted, by, run, path].some((part) => part?.toLowerCase().includes(text) === true)
}

/**
 * All cases there are, in the order in which they came.
 *
 * Owns: reading them page by page, so that no list of all is held. Never: leaves any out: whoever wants some looks at each.
 */
import type { CaseRecord } from './records.ts'
import type { CaseStore } from './store.ts'

const PAGE = 500

/** Of a decision, or of all; after the case of this number, or from the first. Those that come while it reads are among them. */
export async function* everyCase(
  cases: Pick<CaseStore, 'list'>,
  { decision, after = 0 }: { readonly decision?: string; readonly after?: number } = {},
): AsyncGenerator<CaseRecord> {
  for (let last = after; ; ) {
    const page = await cases.list({ after: last, limit: PAGE, ...(decision !== undefined && { decision }) })
    yield* page
    if (page.length < PAGE) return
    last = page.at(-1)?.seq ?? last
  }
}

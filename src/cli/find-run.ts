/**
 * Finds the run a person means: its id, or a beginning or end of it that no other run shares.
 */
import { RondoError } from '../errors.ts'
import type { Rondo } from '../index.ts'
import type { RunRecord } from '../journal/records.ts'
import { oneLine } from './text.ts'

const PAGE = 1000
/** Beyond this many newest runs only a whole id is found: reading on would take longer than typing it. */
const LOOKED_AT = 50_000

export async function findRun(rondo: Rondo, given: string): Promise<RunRecord> {
  const exact = await rondo.runs.get(given)
  if (exact !== undefined) return exact
  const part = given.replace(/^…/, '')
  const found = part === '' ? [] : await runsLike(rondo, part)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  if (only === undefined)
    throw new RondoError('run_unknown', `There is no run "${oneLine(given)}". See "rondo runs" for those there are.`, {
      details: { run: given },
    })
  throw new RondoError(
    'usage',
    `"${oneLine(given)}" fits several runs: ${found
      .slice(0, 4)
      .map((run) => run.id)
      .join(', ')}${found.length > 4 ? ', …' : ''}. Give more of the id.`,
    { details: { run: given } },
  )
}

async function runsLike(rondo: Rondo, part: string): Promise<RunRecord[]> {
  const found: RunRecord[] = []
  let before: string | undefined
  for (let looked = 0; looked < LOOKED_AT; looked += PAGE) {
    const page = await rondo.runs.list({ limit: PAGE, ...(before !== undefined && { before }) })
    found.push(...page.filter((run) => run.id.startsWith(part) || run.id.endsWith(part)))
    before = page.at(-1)?.id
    if (page.length < PAGE || found.length > 4) break
  }
  return found
}

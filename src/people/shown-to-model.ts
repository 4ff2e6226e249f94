/**
 * What a model was shown before it proposed: read from the journal when somebody looks at the question, so nothing is kept twice.
 */
import { z } from 'zod'
import { pathOf } from '../journal/records.ts'
import type { JournalStore } from '../journal/store.ts'
import { decode } from '../json.ts'

/** Of the record of an asked prompt: what went in, not what came out. */
const asked = z.object({
  prompt: z.string(),
  version: z.string(),
  model: z.string(),
  messages: z.array(z.unknown()),
  context: z.array(z.unknown()).optional(),
})

/** The first prompt that the predictor of the decision at `path` asked; `undefined` where no model was. */
export async function shownToModel(journal: Pick<JournalStore, 'load'>, run: string, path: string): Promise<unknown> {
  for (const entry of await journal.load(run, pathOf(path, 'propose'))) {
    if (entry.kind !== 'ask' || entry.state !== 'completed' || entry.record === undefined) continue
    const parsed = asked.safeParse(decode(entry.record))
    if (parsed.success) return parsed.data
  }
  return undefined
}

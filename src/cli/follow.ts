/**
 * Follows one run to its end by its journal, in this process or beside the owner that drives it.
 *
 * Owns: noticing what is new. Never: drives. Invariant: every entry is told once, in order, and before the end is.
 */
import { systemClock } from '../clock.ts'
import { type Rondo, shownReview } from '../index.ts'
import type { Entry, ReviewRecord, RunRecord } from '../journal/records.ts'
import { pathOf } from './timeline.ts'

export interface Follower {
  entry(entry: Entry, review: ReviewRecord | undefined): void
  /** How the run stands at each look. */
  run(run: RunRecord): void
}

const PAGE = 500
/** A busy run commits thousands of entries a second; reading as often would slow it down. */
const BREATH_MS = 50

/** Resolves when the run is over or stopped, or when `signal` aborts; with the run as it then stands. */
export async function follow(rondo: Rondo, id: string, follower: Follower, signal: AbortSignal): Promise<RunRecord | undefined> {
  let look: () => void = () => undefined
  const changed = (): Promise<void> => new Promise((resolve) => (look = resolve))
  let next = changed()
  const wake = (): void => look()
  const ends = [rondo.events.subscribe((event) => event.run === id && look()), rondo.store.watch(wake)]
  signal.addEventListener('abort', wake)
  let after = 0
  try {
    for (;;) {
      const run = await rondo.runs.get(id)
      for (
        let page = await rondo.runs.journal(id, { after, limit: PAGE });
        page.length > 0;
        page = await rondo.runs.journal(id, { after, limit: PAGE })
      ) {
        for (const entry of page) follower.entry(entry, await reviewOf(rondo, id, entry))
        after = page.at(-1)?.seq ?? after
      }
      if (run === undefined || isOver(run)) return run
      follower.run(run)
      if (signal.aborted) return run
      await next
      await breath()
      next = changed()
    }
  } finally {
    signal.removeEventListener('abort', wake)
    for (const end of ends) end()
  }
}

/** The question that an entry opened or answered, where it is about one. */
export async function reviewOf(
  rondo: Rondo,
  run: string,
  entry: Pick<Entry, 'scope' | 'name' | 'kind' | 'state' | 'attempt'>,
): Promise<ReviewRecord | undefined> {
  const asks = entry.state === 'opened' && entry.attempt !== undefined
  const answered = entry.state === 'completed' && (entry.kind === 'review' || entry.kind === 'decide')
  const review = asks || answered ? await rondo.store.reviews.get(`${run}:${pathOf(entry)}`) : undefined
  return review && shownReview(review)
}

/** Over, or stopped until somebody mends the code. */
export function isOver(run: RunRecord): boolean {
  return run.status === 'completed' || run.status === 'failed' || run.status === 'cancelled' || run.status === 'stopped'
}

function breath(): Promise<void> {
  return new Promise((resolve) => systemClock.at(systemClock.now() + BREATH_MS, resolve))
}

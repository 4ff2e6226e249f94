/**
 * A run's journal as a tree of steps: what `show` draws and `show --json` prints.
 *
 * Owns: how the lines of a journal come together into steps. Never: draws. A step's state is its last entry's, or `waiting` while
 * a question of it is open; places that have no entry of their own (a loop's last round, a branch of a race) stand for what is in them.
 */
import type { ErrorRecord } from '../errors.ts'
import { type Rondo, shownReview } from '../index.ts'
import type { Entry, EntryState, ReviewRecord, StepKind } from '../journal/records.ts'
import { addUsage, NO_USAGE, type Usage } from '../money.ts'
import { largest } from './text.ts'

export interface TimelineStep {
  readonly path: string
  readonly name: string
  readonly kind: StepKind | 'round' | 'item' | 'branch'
  readonly state: EntryState | 'waiting'
  readonly startedAt: number
  readonly endedAt?: number
  /** Attempts that were made; only where there were several. */
  readonly attempts?: number
  readonly dueAt?: number
  readonly error?: ErrorRecord
  /** Encoded, as in the journal. */
  readonly value?: string
  readonly record?: string
  /** Of the step and all in it. */
  readonly usage: Usage
  readonly review?: ReviewRecord
  readonly steps: readonly TimelineStep[]
}

const PAGE = 1000

/** All entries of a run, in order of commit. */
export async function journalOf(rondo: Rondo, run: string): Promise<Entry[]> {
  const entries: Entry[] = []
  for (let after = 0; ; ) {
    const page = await rondo.runs.journal(run, { after, limit: PAGE })
    entries.push(...page)
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return entries
    after = last.seq
  }
}

/** A run's questions, by path. */
export async function reviewsOf(rondo: Rondo, run: string): Promise<Map<string, ReviewRecord>> {
  const reviews = new Map<string, ReviewRecord>()
  for (let after: string | undefined; ; ) {
    const page = await rondo.store.reviews.list({ run, limit: PAGE, ...(after !== undefined && { after }) })
    for (const review of page) reviews.set(review.path, shownReview(review))
    after = page.at(-1)?.id
    if (page.length < PAGE) return reviews
  }
}

interface Place {
  readonly path: string
  readonly entries: Entry[]
  readonly inside: Place[]
}

/** The steps of a run, in the order in which they began. `completed`: the run is, and so is all that has no end of its own on record. */
export function timeline(entries: readonly Entry[], reviews: ReadonlyMap<string, ReviewRecord>, completed: boolean): TimelineStep[] {
  const root: Place = { path: '', entries: [], inside: [] }
  const places = new Map<string, Place>([['', root]])
  const placeAt = (path: string): Place => {
    const known = places.get(path)
    if (known !== undefined) return known
    const made: Place = { path, entries: [], inside: [] }
    places.set(path, made)
    placeAt(scopeOf(path)).inside.push(made)
    return made
  }
  for (const entry of entries) placeAt(pathOf(entry)).entries.push(entry)
  for (const path of reviews.keys()) if (places.has(path)) placeAt(path)
  return mapsEnded(
    root.inside.map((place) => stepOf(place, undefined, reviews)),
    completed,
  )
}

function stepOf(place: Place, above: StepKind | undefined, reviews: ReadonlyMap<string, ReviewRecord>): TimelineStep {
  const first = place.entries[0]
  const last = place.entries.at(-1)
  const inside = place.inside.map((inner) => stepOf(inner, first?.kind, reviews))
  const steps = mapsEnded(inside, last?.state === 'completed')
  const review = reviews.get(place.path)
  const state = stateOf(last, review, steps)
  const endedAt = state === 'completed' || state === 'failed' ? (last?.at ?? latest(steps)) : undefined
  const attempts = largest(
    place.entries.filter((entry) => entry.state !== 'opened').map((entry) => entry.attempt ?? 1),
    1,
  )
  return {
    path: place.path,
    name: nameOf(place.path),
    kind: kindOf(place.path, first?.kind, above),
    state,
    startedAt: earliest([...place.entries, ...steps]),
    ...(endedAt !== undefined && { endedAt }),
    ...(attempts > 1 && { attempts }),
    ...(last?.dueAt !== undefined && { dueAt: last.dueAt }),
    ...(last?.error !== undefined && { error: last.error }),
    ...(last?.value !== undefined && { value: last.value }),
    ...(last?.record !== undefined && { record: last.record }),
    usage: [...place.entries.map((entry) => entry.usage ?? NO_USAGE), ...steps.map((step) => step.usage)].reduce(addUsage, NO_USAGE),
    ...(review !== undefined && { review }),
    steps,
  }
}

/** The end of a map is not journaled: it is over when its items are and the flow has gone on. */
function mapsEnded(steps: readonly TimelineStep[], over: boolean): TimelineStep[] {
  return steps.map((step, index) => {
    const goneOn = over || index < steps.length - 1
    const isOver = step.kind === 'map' && goneOn && step.steps.every((item) => item.state === 'completed')
    return isOver ? { ...step, state: 'completed', endedAt: latest(step.steps) ?? step.startedAt } : step
  })
}

function stateOf(last: Entry | undefined, review: ReviewRecord | undefined, steps: readonly TimelineStep[]): TimelineStep['state'] {
  if (review?.state === 'open' && last?.state !== 'completed' && last?.state !== 'failed') return 'waiting'
  if (last !== undefined) return last.state
  return steps.every((step) => step.state === 'completed') ? 'completed' : 'opened'
}

/** What is written `[key]` is a round of a loop or an item of a map; what stands directly in a race is a branch. */
function kindOf(path: string, own: StepKind | undefined, above: StepKind | undefined): TimelineStep['kind'] {
  if (path.endsWith(']') && own !== 'review') return above === 'map' || own === 'map' ? 'item' : 'round'
  if (own === undefined || own === 'all') return 'branch'
  return own
}

function earliest(begun: readonly { readonly startedAt: number }[]): number {
  return begun.reduce((first, { startedAt }) => Math.min(first, startedAt), Number.POSITIVE_INFINITY)
}

function latest(steps: readonly TimelineStep[]): number | undefined {
  const ends = steps.map((step) => step.endedAt ?? step.startedAt)
  return ends.length === 0 ? undefined : largest(ends, 0)
}

export function pathOf({ scope, name }: { readonly scope: string; readonly name: string }): string {
  return scope === '' ? name : name.startsWith('[') ? scope + name : `${scope}/${name}`
}

function scopeOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf(path.endsWith(']') ? '[' : '/')))
}

function nameOf(path: string): string {
  return path.endsWith(']') ? path.slice(path.lastIndexOf('[')) : path.slice(path.lastIndexOf('/') + 1)
}

/** The steps of a tree that pass, wherever they stand. */
export function* stepsIn(steps: readonly TimelineStep[]): Generator<TimelineStep> {
  for (const step of steps) {
    yield step
    yield* stepsIn(step.steps)
  }
}

/**
 * `run.map`, `run.all`, `run.race`: the same for many items, or different things side by side.
 *
 * Owns: the scopes of items and branches, and what of them is journaled. Never: order by timing.
 * Invariants:
 *   B1. A finished item or branch is one entry; on resume it is not entered again.
 *   B2. A race's winner is journaled before the flow sees it, and stays the winner.
 *   B3. What is left of branches that are no longer needed is stopped: their questions close, their children are cancelled.
 */
import { RondoError } from '../errors.ts'
import { type NewEntry, pathOf, type StepKind } from '../journal/records.ts'
import { encode } from '../json.ts'
import { kept } from './kept.ts'
import { decodeAs, type Ended, type Outcome, recordedOutcome, valueOutcome } from './outcome.ts'
import { turnName } from './path.ts'
import type { Branch, MapOptions, Run } from './run.ts'
import type { Scope } from './scope.ts'
import { ScopedRun } from './scoped-run.ts'

const DEFAULT_CONCURRENCY = 8

export function map<Item, Output>(
  scope: Scope,
  name: string,
  items: readonly Item[],
  body: (item: Item, run: Run) => Output | Promise<Output>,
  options: MapOptions<Item>,
): Promise<Output[]> {
  const recorded = scope.claim(name, 'map')
  const path = pathOf(scope.path, name)
  const keys = keysOf(path, items, options.key)
  return scope.drive.operation(scope, async (): Promise<Ended<Output[]>> => {
    const begun = recorded.some((entry) => entry.state === 'opened')
    const opener: NewEntry = { scope: scope.path, name, kind: 'map', state: 'opened', startedAt: scope.drive.now() }
    const inside = await scope.open(path, { fresh: !begun, ...(!begun && { opener }) })
    const results: Output[] = new Array(items.length)
    let next = 0
    let latest = { seq: recorded.at(-1)?.seq ?? 0, at: recorded.at(-1)?.at ?? scope.drive.learnedAt }
    const worker = async (): Promise<void> => {
      while (next < items.length && !inside.dead) {
        const index = next
        next += 1
        const item = items[index] as Item
        const ended = await branch(inside, turnName(keys[index] ?? ''), 'map', `${path}${turnName(keys[index] ?? '')}`, begun, (run) =>
          body(item, run),
        )
        results[index] = ended.value
        if (ended.seq > latest.seq) latest = { seq: ended.seq, at: ended.at }
      }
    }
    try {
      await Promise.all(Array.from({ length: Math.min(Math.max(1, options.concurrency ?? DEFAULT_CONCURRENCY), items.length) }, worker))
    } catch (error) {
      inside.kill()
      await closeEnds(inside, scope)
      return { kind: 'thrown', error }
    }
    return valueOutcome(latest, results)
  })
}

export function all(scope: Scope, branches: Record<string, Branch<unknown>>): Promise<Record<string, unknown>> {
  const names = Object.keys(branches)
  const recorded = new Map(names.map((name) => [name, scope.claim(name, 'all')]))
  return scope.drive.operation(scope, async (): Promise<Ended<Record<string, unknown>>> => {
    const group = await scope.open(scope.path, { fresh: true })
    let latest = { seq: 0, at: scope.drive.learnedAt }
    const one = async (name: string): Promise<[string, unknown]> => {
      const past = recorded.get(name) ?? []
      const over = recordedOutcome<unknown>(past.at(-1), pathOf(scope.path, name))
      const body = branches[name]
      const ended =
        over?.kind === 'value'
          ? await replayed(group, over)
          : await branch(group, name, 'all', pathOf(scope.path, name), past.length > 0, (run) => body?.(run))
      if (ended.seq > latest.seq) latest = { seq: ended.seq, at: ended.at }
      return [name, ended.value]
    }
    try {
      const ended = await Promise.all(names.map(one))
      return valueOutcome(latest, Object.fromEntries(ended))
    } catch (error) {
      group.kill()
      await closeEnds(group, scope)
      return { kind: 'thrown', error }
    }
  })
}

export function race(scope: Scope, name: string, branches: Record<string, Branch<unknown>>): Promise<{ winner: string; value: unknown }> {
  const recorded = scope.claim(name, 'race')
  const path = pathOf(scope.path, name)
  const over = recordedOutcome<{ winner: string; value: unknown }>(recorded.at(-1), path)
  if (over !== undefined) return scope.drive.replay(scope, over)
  return scope.drive.operation(scope, async (): Promise<Ended<{ winner: string; value: unknown }>> => {
    const begun = recorded.some((entry) => entry.state === 'opened')
    const startedAt = scope.drive.now()
    const entry: NewEntry = { scope: scope.path, name, kind: 'race', state: 'opened', startedAt }
    const inside = await scope.open(path, { fresh: true, ...(!begun && { opener: entry }) })
    try {
      const won = await Promise.race(
        Object.entries(branches).map(async ([winner, body]) => {
          const lane = await inside.open(pathOf(path, winner), { fresh: !begun })
          return { winner, value: await lane.play(() => body(new ScopedRun(lane))) }
        }),
      )
      const ends = inside.openEnds()
      inside.kill()
      const committed = await scope.commit(
        { ...entry, state: 'completed', value: kept(path, won), record: encode({ spent: inside.usage }) },
        needless(ends),
      )
      inside.close()
      return valueOutcome(committed, won)
    } catch (error) {
      inside.kill()
      await closeEnds(inside, scope)
      return { kind: 'thrown', error }
    }
  })
}

interface BranchEnd<Output> {
  readonly seq: number
  readonly at: number
  readonly value: Output
}

/** Runs one item or branch in a scope of its own and journals its result under `name` of `group`. */
async function branch<Output>(
  group: Scope,
  name: string,
  kind: StepKind,
  path: string,
  begun: boolean,
  body: (run: Run) => Output | Promise<Output>,
): Promise<BranchEnd<Output>> {
  const { drive } = group
  const past = group.recordedOf(name).at(-1)
  if (past?.state === 'completed') return replayed(group, valueOutcome(past, decodeAs<Output>(past.value)))
  const startedAt = drive.now()
  const opener: NewEntry = { scope: group.path, name, kind, state: 'opened', startedAt }
  const lane = await group.open(path, { fresh: !begun, ...(kind === 'all' && !begun && { opener }) })
  const value = await lane.play(() => body(new ScopedRun(lane)))
  const committed = await group.commit({
    scope: group.path,
    name,
    kind,
    state: 'completed',
    startedAt,
    value: kept(path, value),
    record: encode({ spent: lane.usage }),
  })
  lane.close()
  await drive.turnOf(group, committed)
  return { ...committed, value }
}

async function replayed<Output>(group: Scope, over: Outcome<Output>): Promise<BranchEnd<Output>> {
  const value = await group.drive.replay(group, over)
  return { seq: over.seq, at: over.at, value }
}

/** Asks the world to forget what a dead scope had opened: its questions and its children. */
async function closeEnds(dead: Scope, alive: Scope): Promise<void> {
  const ends = dead.openEnds()
  if (ends.reviews.length + ends.calls.length > 0) await alive.drive.commit([], needless(ends))
}

function needless(ends: { reviews: readonly string[]; calls: readonly string[] }): {
  endReviews?: { path: string; state: 'closed' }[]
  cancelChildren?: readonly string[]
} {
  return {
    ...(ends.reviews.length > 0 && { endReviews: ends.reviews.map((path) => ({ path, state: 'closed' as const })) }),
    ...(ends.calls.length > 0 && { cancelChildren: ends.calls }),
  }
}

function keysOf<Item>(path: string, items: readonly Item[], key: MapOptions<Item>['key']): (string | number)[] {
  const seen = new Map<string, number>()
  return items.map((item, index) => {
    const own = key === undefined ? naturalKey(item) : key(item)
    if (own === undefined)
      throw new RondoError(
        'invalid_definition',
        `run.map("${path}") needs a key for item ${index}: pass { key: (item) => … } with something that tells the items apart.`,
        { terminal: true },
      )
    const before = seen.get(String(own))
    if (before !== undefined)
      throw new RondoError(
        'name_taken',
        `run.map("${path}") has two items with the key "${own}": items ${before} and ${index}. Give each its own key.`,
        { details: { path, key: own }, terminal: true },
      )
    seen.set(String(own), index)
    return own
  })
}

function naturalKey(item: unknown): string | number | undefined {
  if (typeof item === 'string' || typeof item === 'number') return item
  const id = item !== null && typeof item === 'object' && 'id' in item ? item.id : undefined
  return typeof id === 'string' || typeof id === 'number' ? id : undefined
}

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
import { type Entry, type NewEntry, pathOf } from '../journal/records.ts'
import { encode } from '../json.ts'
import { compared, replayWhole } from './counterfactual.ts'
import { kept } from './kept.ts'
import { decodeAs, type Ended, type Outcome, recordedOutcome, valueOutcome } from './outcome.ts'
import { checkName, LONGEST_NAME, turnName } from './path.ts'
import type { Branch, MapOptions, Run } from './run.ts'
import type { Scope } from './scope.ts'

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
  scope.drive.host.counterfactual?.enters(path, scope.changed)
  const workers = Math.min(concurrencyOf(path, options), items.length)
  return scope.drive.operation(scope, async (): Promise<Ended<Output[]>> => {
    const begun = recorded.some((entry) => entry.state === 'opened')
    const opener: NewEntry = { scope: scope.path, name, kind: 'map', state: 'opened', startedAt: scope.drive.now() }
    const inside = await scope.open(path, { fresh: !begun, ...(!begun && { opener }) })
    const latest = new Latest(recorded.at(-1) ?? { seq: 0, at: scope.drive.learnedAt })
    const results: Output[] = new Array(items.length)
    let next = 0
    const worker = async (): Promise<void> => {
      while (next < items.length && !inside.dead) {
        const index = next
        next += 1
        const turn = turnName(keys[index] ?? '')
        const past = inside.recordedOf(turn).at(-1)
        const lane: Lane = { group: inside, name: turn, kind: 'map', path: `${path}${turn}`, begun, past }
        results[index] = latest.of(await branch(lane, (run) => body(items[index] as Item, run)))
      }
    }
    try {
      await Promise.all(Array.from({ length: workers }, worker))
    } catch (error) {
      inside.fail()
      return { kind: 'thrown', error, differs: inside.touched }
    }
    const wereOthers = scope.drive.host.counterfactual !== undefined && !isRecorded(inside, keys)
    inside.finish()
    return latest.outcome(results, wereOthers)
  })
}

export function all(scope: Scope, branches: Record<string, Branch<unknown>>): Promise<Record<string, unknown>> {
  const names = Object.keys(branches)
  const recorded = new Map(names.map((name) => [name, scope.claim(name, 'all')]))
  return scope.drive.operation(scope, async (): Promise<Ended<Record<string, unknown>>> => {
    const group = await scope.open(scope.path, { fresh: true })
    const latest = new Latest({ seq: 0, at: scope.drive.learnedAt })
    const one = async (name: string): Promise<[string, unknown]> => {
      const past = recorded.get(name) ?? []
      const lane: Lane = { group, name, kind: 'all', path: pathOf(scope.path, name), begun: past.length > 0, past: past.at(-1) }
      return [name, latest.of(await branch(lane, (run) => branches[name]?.(run)))]
    }
    try {
      const ended = await Promise.all(names.map(one))
      group.finish()
      return latest.outcome(Object.fromEntries(ended))
    } catch (error) {
      group.fail()
      return { kind: 'thrown', error, differs: group.touched }
    }
  })
}

export function race(scope: Scope, name: string, branches: Record<string, Branch<unknown>>): Promise<{ winner: string; value: unknown }> {
  const recorded = scope.claim(name, 'race')
  const path = pathOf(scope.path, name)
  const over = recordedOutcome<{ winner: string; value: unknown }>(recorded.at(-1), path)
  const { counterfactual } = scope.drive.host
  const anew = counterfactual?.enters(path, scope.changed) === true
  if (over !== undefined && !anew) return replayWhole(scope, path, over)
  checkRace(path, branches)
  const running = counterfactual !== undefined && over?.kind === 'value' ? onlyWinner(branches, over.value.winner) : branches
  return scope.drive.operation(scope, async (): Promise<Ended<{ winner: string; value: unknown }>> => {
    const begun = recorded.some((entry) => entry.state === 'opened')
    const entry: NewEntry = { scope: scope.path, name, kind: 'race', state: 'opened', startedAt: scope.drive.now() }
    const inside = await scope.open(path, { fresh: true, ...(!begun && { opener: entry }) })
    let won: { winner: string; value: unknown }
    try {
      won = await Promise.race(
        Object.entries(running).map(async ([winner, body]) => {
          const lane = await inside.open(pathOf(path, winner), { fresh: !begun })
          return { winner, value: await lane.play(() => body(scope.drive.runIn(lane))) }
        }),
      )
    } catch (error) {
      inside.fail()
      return { kind: 'thrown', error, differs: inside.touched }
    }
    const left = inside.finish('needless')
    const { text, value } = await kept(scope.drive, path, won)
    const committed = await scope.commit({ ...entry, state: 'completed', value: text, record: encode({ spent: inside.usage }) }, left)
    const ended = valueOutcome(committed, value)
    return counterfactual === undefined ? ended : compared(counterfactual, { path, kind: 'race', recorded }, ended)
  })
}

/** An item or a branch: where its result stands, and whether the journal knows of it. */
interface Lane {
  readonly group: Scope
  readonly name: string
  readonly kind: 'map' | 'all'
  readonly path: string
  readonly begun: boolean
  /** How it stands in the journal. */
  readonly past: Entry | undefined
}

interface LaneEnd<Output> {
  readonly seq: number
  readonly at: number
  readonly value: Output
  readonly differs?: boolean
}

/** Runs one item or branch in a scope of its own and journals its result under its name in the group. */
async function branch<Output>(place: Lane, body: (run: Run) => Output | Promise<Output>): Promise<LaneEnd<Output>> {
  const { group, name, kind, path, begun, past } = place
  const { drive } = group
  const { counterfactual } = drive.host
  const anew = counterfactual?.enters(path, group.changed) === true
  if (past?.state === 'completed' && !anew) {
    if (counterfactual !== undefined) group.spend(counterfactual.spent(path))
    return replayed(group, valueOutcome(past, decodeAs<Output>(past.value)))
  }
  const startedAt = drive.now()
  const opener: NewEntry = { scope: group.path, name, kind, state: 'opened', startedAt }
  const lane = await group.open(path, { fresh: !begun, ...(kind === 'all' && !begun && { opener }) })
  const own = await lane.play(() => body(drive.runIn(lane)))
  const left = lane.finish()
  const { text, value } = await kept(drive, path, own)
  const completed: NewEntry = {
    ...opener,
    state: 'completed',
    value: text,
    record: encode({ spent: lane.usage }),
  }
  const committed = await group.commit(completed, left)
  await drive.turnOf(group, committed)
  if (counterfactual === undefined) return { ...committed, value }
  const ended = compared(counterfactual, { path, kind, recorded: past === undefined ? [] : [past] }, valueOutcome(committed, value))
  return { ...committed, value, differs: ended?.differs === true }
}

async function replayed<Output>(group: Scope, over: Outcome<Output>): Promise<LaneEnd<Output>> {
  const value = await group.drive.replay(group, over)
  return { seq: over.seq, at: over.at, value }
}

/** The place in the journal of the latest result among several: the result of them all has the same. */
class Latest {
  seq: number
  at: number
  #differs = false

  constructor({ seq, at }: { readonly seq: number; readonly at: number }) {
    this.seq = seq
    this.at = at
  }

  of<Output>(end: LaneEnd<Output>): Output {
    if (end.differs === true) this.#differs = true
    if (end.seq > this.seq) {
      this.seq = end.seq
      this.at = end.at
    }
    return end.value
  }

  outcome<Output>(value: Output, differs = false): Outcome<Output> {
    const outcome = valueOutcome(this, value)
    return this.#differs || differs ? { ...outcome, differs: true } : outcome
  }
}

/** Whether the journal holds the items that were gone through, and no others. */
function isRecorded(inside: Scope, keys: readonly (string | number)[]): boolean {
  const names = new Set(keys.map(turnName))
  return names.size === inside.recordedNames.length && inside.recordedNames.every((name) => names.has(name))
}

/** Under a counterfactual who had won wins again: when branches would end is not known. */
function onlyWinner(branches: Record<string, Branch<unknown>>, winner: string): Record<string, Branch<unknown>> {
  const won = branches[winner]
  return won === undefined ? branches : { [winner]: won }
}

function concurrencyOf<Item>(path: string, { concurrency = DEFAULT_CONCURRENCY }: MapOptions<Item>): number {
  if (concurrency >= 1) return Math.floor(concurrency)
  throw new RondoError('invalid_definition', `run.map("${path}") has a concurrency of ${concurrency}; at least 1 is needed.`, {
    terminal: true,
  })
}

function checkRace(path: string, branches: Record<string, Branch<unknown>>): void {
  const names = Object.keys(branches)
  if (names.length === 0)
    throw new RondoError('invalid_definition', `run.race("${path}") has no branches: nobody could win.`, { terminal: true })
  for (const name of names) checkName(name, `A branch of run.race("${path}")`)
}

function keysOf<Item>(path: string, items: readonly Item[], key: MapOptions<Item>['key']): (string | number)[] {
  const seen = new Map<string, number>()
  return items.map((item, index) => {
    const own = key === undefined ? naturalKey(item) : key(item)
    if (own === undefined)
      throw new RondoError(
        'invalid_definition',
        `run.map("${path}") needs a key for item ${index}: pass { key: (item) => … } with something short that tells the items apart.`,
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
  if (typeof item === 'number' || (typeof item === 'string' && item.length <= LONGEST_NAME)) return item
  const id = item !== null && typeof item === 'object' && 'id' in item ? item.id : undefined
  return typeof id === 'string' || typeof id === 'number' ? id : undefined
}

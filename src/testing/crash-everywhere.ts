/**
 * `crashEverywhere`: shows that a flow comes through a crash at any moment.
 *
 * It plays the flow once undisturbed, then again for every journal write there was, dying just before and just after it, and
 * resuming in a new process's place. The result and the visible effects must be the same each time.
 * Owns: the playing and the comparison. Never: a process; the cut is at the store, where nothing comes back any more.
 */
import { isDeepStrictEqual } from 'node:util'
import { createRondo, type Rondo, type RondoOptions } from '../assemble.ts'
import { ManualClock } from '../clock.ts'
import type { Flow } from '../flow/flow.ts'
import { ENDED, type Entry, pathOf } from '../journal/records.ts'
import type { Store } from '../journal/store.ts'
import { openMemoryStore } from '../journal/stores/memory/memory.ts'
import { decode, encode } from '../json.ts'
import type { InboxItem } from '../people/inbox-item.ts'
import { CrashDifference } from './crash-difference.ts'
import { type Kill, killable } from './killable.ts'
import { Outside } from './outside.ts'

/** One playing's world, made anew for each. */
export interface World<Input> {
  readonly input: Input
  /** What the outside world has seen: mails sent, rows written. Compared with the undisturbed playing's. */
  readonly effects?: () => unknown
  /** What people answer, to reviews, decisions and spent budgets; `undefined` leaves a question to its deadline. */
  readonly answer?: (question: InboxItem) => Reply | undefined
  /** Signals that come, each delivered once the run waits and nobody has anything to answer. */
  readonly signals?: readonly { readonly topic: string; readonly value: unknown }[]
  /** More of the system, as `createRondo` takes it: models, the child flows, limits. Store and clock are the test's own. */
  readonly system?: Partial<RondoOptions>
}

/** Accepts the subject of a review or the proposal of a decision; gives another value; or rejects. */
export type Reply = 'accept' | { readonly answer: unknown; readonly note?: string } | { readonly reject: string }

export interface CrashOptions {
  /** At most so many places to die at, spread evenly; all of them unless given. A flow of n writes is played 2n + 1 times. */
  readonly atMost?: number
}

/** How the run ended. */
export type PlayedEnd<Output> = { readonly output: Output } | { readonly failed: string } | { readonly cancelled: string }

export interface CrashReport<Output = unknown> {
  /** Journal writes of the undisturbed playing. */
  readonly writes: number
  readonly kills: readonly CrashTried[]
  /** Kills after which the run had begun and was not over: the ones that prove something. */
  readonly midRun: number
  readonly result: PlayedEnd<Output>
  readonly effects: unknown
}

export interface CrashTried {
  readonly kill: Kill
  /** What was being written, in words. */
  readonly entry: string
  readonly midRun: boolean
  /** Whether a person had to be asked if a `write` had happened. */
  readonly askedWhetherItHappened: boolean
}

const LONGEST_TURNS = 10_000
/** Milliseconds for which work that was under way when the process died is let come to its end. */
const AFTERLIFE_MS = 250

/**
 * Throws a `CrashDifference` that names the write at which the first difference appeared; returns what was tried.
 * Questions whether a `write` happened are answered truthfully: it did if its work had ended when its result was lost.
 */
export async function crashEverywhere<Input, Output>(
  flow: Flow<Input, Output>,
  world: () => World<Input> | Promise<World<Input>>,
  options: CrashOptions = {},
): Promise<CrashReport<Output>> {
  const undisturbed = await playOnce(flow, await world(), undefined)
  const kills: CrashTried[] = []
  for (const kill of killsOf(undisturbed.writes, options.atMost)) {
    const played = await playOnce(flow, await world(), kill)
    if (played.died === undefined)
      throw new Error(
        `"${flow.name}" made ${undisturbed.writes} journal writes at first and fewer than ${kill.at} when it was played again, so it could not be killed there: it is not deterministic. Take time, chance and ids from run, and put the world into steps.`,
      )
    const { entry, midRun, journal } = played.died
    for (const what of ['effects', 'result'] as const) {
      if (isDeepStrictEqual(undisturbed[what], played[what])) continue
      throw new CrashDifference({ flow: flow.name, kill, entry, what, expected: undisturbed[what], actual: played[what], journal })
    }
    kills.push({ kill, entry, midRun, askedWhetherItHappened: played.asked })
  }
  const { writes, result, effects } = undisturbed
  return { writes, kills, midRun: kills.filter((tried) => tried.midRun).length, result: result as PlayedEnd<Output>, effects }
}

function killsOf(writes: number, atMost = Number.POSITIVE_INFINITY): Kill[] {
  const all = Array.from({ length: writes }, (_, index) =>
    (['before', 'after'] as const).map((when): Kill => ({ at: index + 1, when })),
  ).flat()
  const step = Math.max(1, all.length / Math.max(1, atMost))
  return all.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step))
}

interface Played {
  readonly writes: number
  readonly asked: boolean
  readonly result: PlayedEnd<unknown>
  readonly effects: unknown
  /** Where it died, and what was in the journal then. */
  readonly died?: { readonly entry: string; readonly midRun: boolean; readonly journal: readonly string[] }
}

async function playOnce<Input, Output>(flow: Flow<Input, Output>, world: World<Input>, kill: Kill | undefined): Promise<Played> {
  const clock = new ManualClock()
  const ground = openMemoryStore({ clock })
  const open = (store: Store): Promise<Rondo> => {
    const { system } = world
    return createRondo({ warn: () => undefined, ...system, flows: [flow, ...(system?.flows ?? [])], store, clock })
  }
  const doomed = killable(ground, kill)
  const outside = new Outside(world, clock)
  const first = await open(doomed)
  await first.runs.start(flow, world.input, { id: 'run' })
  const end = await Promise.race([carry(first, ground, outside), doomed.death.then(() => undefined)])
  if (end !== undefined) {
    await first.close()
    return { writes: doomed.writes, asked: outside.asked, result: end, effects: world.effects?.() }
  }
  await outside.learn(ground, doomed, AFTERLIFE_MS)
  const journal = await ground.journal.entries('run')
  const over = ENDED.includes((await ground.runs.get('run'))?.status ?? 'queued')
  const died = { entry: inWords(doomed.diedAt?.entries.at(-1)), midRun: journal.length > 0 && !over, journal: journal.map(inWords) }
  const second = await open(ground)
  const result = await carry(second, ground, outside)
  await second.close()
  return { writes: doomed.writes, asked: outside.asked, result, effects: world.effects?.(), died }
}

/** Plays the world's part until the run is over: answers, delivers, and turns the clock when all else waits. */
async function carry(system: Rondo, ground: Store, outside: Outside): Promise<PlayedEnd<unknown>> {
  for (let turn = 0; turn < LONGEST_TURNS; turn += 1) {
    await system.idle()
    const run = await ground.runs.get('run')
    if (run?.status === 'completed') return { output: decode(run.output ?? encode(undefined)) }
    if (run?.status === 'failed') return { failed: run.error?.message ?? 'It did not say why.' }
    if (run?.status === 'cancelled') return { cancelled: run.reason ?? 'Nobody said why.' }
    if (run?.status === 'stopped') throw new Error(`The run was stopped: ${run.error?.message ?? 'it did not say why'}`)
    if (await outside.act(system)) continue
    if (!(await outside.turnTheClock(ground))) throw new Error(await outside.whatIsMissing(ground))
  }
  throw new Error(`The run is not over after ${LONGEST_TURNS} turns of waiting. Does it wait for itself?`)
}

function inWords(entry: Pick<Entry, 'scope' | 'name' | 'kind' | 'state'> | undefined): string {
  return entry === undefined ? 'how the run stands' : `${pathOf(entry.scope, entry.name)} (${entry.kind}, ${entry.state})`
}

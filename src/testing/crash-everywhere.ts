/**
 * `crashEverywhere`: shows that a flow comes through a crash at any moment.
 *
 * It plays the flow once undisturbed, then again for every journal write there was, dying just before and just after it, and
 * resuming in a new process's place. The result and the visible effects must be the same each time.
 * Owns: the playing and the comparison. Never: a process; the cut is at the store, where nothing comes back any more.
 */
import { isDeepStrictEqual } from 'node:util'
import { createRondo, type RondoOptions } from '../assemble.ts'
import { type Clock, ManualClock } from '../clock.ts'
import type { Flow } from '../flow/flow.ts'
import { type Answer, pathOf, type ReviewRecord } from '../journal/records.ts'
import type { Store } from '../journal/store.ts'
import { openMemoryStore } from '../journal/stores/memory/memory.ts'
import { decode, encode } from '../json.ts'
import { type Kill, killable } from './killable.ts'

/** One playing's world, made anew for each. */
export interface World<Input> {
  readonly input: Input
  /** What the outside world has seen: mails sent, rows written. Compared with the undisturbed playing's. */
  readonly effects?: () => unknown
  /** What people answer; `undefined` leaves a question open. */
  readonly answer?: (review: ReviewRecord) => Pick<Answer, 'outcome' | 'value' | 'note'> | undefined
  /** Signals that come, each delivered once the run waits. */
  readonly signals?: readonly { readonly topic: string; readonly value: unknown }[]
  /** More of the system, as createRondo takes it: models, services. */
  readonly system?: Partial<RondoOptions>
}

export interface CrashReport {
  /** Journal writes of the undisturbed playing. */
  readonly writes: number
  readonly kills: readonly { readonly kill: Kill; readonly entry: string; readonly askedWhetherItHappened: boolean }[]
  readonly result: unknown
  readonly effects: unknown
}

const LONGEST_TURNS = 10_000

/**
 * Shows that a flow gives the same result and has the same effects wherever its process dies: it is played once undisturbed, then
 * again for every write to the journal, killed just before that write is on disk and just after, and resumed. Throws an error
 * that names the first write at which something came out otherwise; returns what was tried.
 *
 * All of it happens in memory, on a clock that is turned when everything waits: a flow that sleeps for a week is played in a
 * moment. `world` is called for each playing and makes what the flow touches anew. Whether a `write` that died without a result
 * had happened is answered truthfully. What it cannot kill is code that runs on after its step was told to stop.
 *
 * @example
 * ```ts
 * import { expect, test } from 'vitest'
 * import { crashEverywhere } from 'rondo/testing'
 *
 * test('no customer is charged twice, wherever the process dies', async () => {
 *   const report = await crashEverywhere(checkout, () => {
 *     bank.reset()
 *     return {
 *       input: { order: 'o-17' },
 *       effects: () => bank.charges,
 *       signals: [{ topic: 'paid', value: true }],
 *     }
 *   })
 *   expect(report.kills.length).toBe(2 * report.writes)
 * })
 * ```
 */
export async function crashEverywhere<Input, Output>(
  flow: Flow<Input, Output>,
  world: () => World<Input> | Promise<World<Input>>,
): Promise<CrashReport> {
  const undisturbed = await playOnce(flow, await world(), undefined)
  const kills: CrashReport['kills'][number][] = []
  for (let at = 1; at <= undisturbed.writes; at += 1) {
    for (const when of ['before', 'after'] as const) {
      const kill: Kill = { at, when }
      const played = await playOnce(flow, await world(), kill)
      if (!played.died)
        throw new Error(
          `The flow wrote less than ${at} times when it was played again, so it could not be killed there: it is not deterministic. Put time, chance and the world into steps.`,
        )
      compare('result', undisturbed.result, played.result, kill, played.entry)
      compare('effects', undisturbed.effects, played.effects, kill, played.entry)
      kills.push({ kill, entry: played.entry, askedWhetherItHappened: played.asked })
    }
  }
  return { writes: undisturbed.writes, kills, result: undisturbed.result, effects: undisturbed.effects }
}

interface Played {
  readonly writes: number
  readonly died: boolean
  readonly entry: string
  readonly asked: boolean
  readonly result: unknown
  readonly effects: unknown
}

async function playOnce<Input, Output>(flow: Flow<Input, Output>, world: World<Input>, kill: Kill | undefined): Promise<Played> {
  const clock = new ManualClock()
  const ground = openMemoryStore({ clock })
  const doomed = killable(ground, kill)
  const first = await createRondo({ ...world.system, flows: [flow, ...(world.system?.flows ?? [])], store: doomed, clock })
  await first.runs.start(flow, world.input, { id: 'run' })
  const people = new People(ground, clock, world)
  const end = await Promise.race([carry(doomed, clock, people, first), doomed.death.then(() => undefined)])
  const entry = doomed.diedAt?.entries.at(-1)
  const named = entry === undefined ? 'the end of the run' : `${pathOf(entry.scope, entry.name)} (${entry.kind}, ${entry.state})`
  if (end !== undefined || kill === undefined) {
    await first.close()
    return { writes: doomed.writes, died: false, entry: named, asked: false, result: end, effects: world.effects?.() }
  }
  // What still runs of it is told to stop, which is as near to dead as code in this process gets. It never comes back.
  first.close().catch(() => undefined)
  if (kill.when === 'before' && entry?.state === 'completed' && entry.kind === 'code')
    people.happened.set(pathOf(entry.scope, entry.name), entry.value)
  const second = await createRondo({ ...world.system, flows: [flow, ...(world.system?.flows ?? [])], store: ground, clock })
  const result = await carry(ground, clock, people, second)
  await second.close()
  return { writes: doomed.writes, died: true, entry: named, asked: people.asked, result, effects: world.effects?.() }
}

/** Plays the world's part until the run is over: answers, delivers, and turns the clock when all else waits. */
async function carry(ground: Store, clock: ManualClock, people: People, system: Awaited<ReturnType<typeof createRondo>>): Promise<unknown> {
  for (let turn = 0; turn < LONGEST_TURNS; turn += 1) {
    await system.idle()
    const run = await ground.runs.get('run')
    if (run?.status === 'completed') return { output: decode(run.output ?? encode(undefined)) }
    if (run !== undefined && ['failed', 'stopped', 'cancelled'].includes(run.status))
      return { [run.status]: run.error?.message ?? run.reason }
    if (await people.act((id) => system.engine.wake(id))) continue
    const next = await ground.journal.nextWake()
    if (next === undefined)
      throw new Error(
        'The run waits for something that the world of this test does not give: answer its reviews in `answer`, or send its signals in `signals`.',
      )
    clock.advance(Math.max(0, next - clock.now()))
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error(`The run is not over after ${LONGEST_TURNS} turns of waiting.`)
}

class People {
  /** Writes that died with their result: path and encoded result. */
  readonly happened = new Map<string, string | undefined>()
  asked = false
  readonly #ground: Store
  readonly #clock: Clock
  readonly #world: World<unknown>
  readonly #signals: { topic: string; value: unknown }[]

  constructor(ground: Store, clock: Clock, world: World<unknown>) {
    this.#ground = ground
    this.#clock = clock
    this.#world = world
    this.#signals = [...(world.signals ?? [])]
  }

  /** Does the next thing there is to do, and says whether there was any. */
  async act(wake: (run: string) => void): Promise<boolean> {
    for (const review of await this.#ground.reviews.list({ state: 'open' })) {
      const given = review.kind === 'unknown' ? this.#truth(review) : this.#world.answer?.(review)
      if (given === undefined) continue
      await this.#ground.reviews.change(review.id, (current) => ({
        answer: { by: 'tester', at: this.#clock.now(), ...given },
        state: (current?.answers.length ?? 0) + 1 >= review.quorum ? 'settled' : 'open',
      }))
      wake(review.run)
      return true
    }
    const signal = this.#signals.shift()
    if (signal === undefined) return false
    await this.#ground.runs.signal({ id: `signal-${this.#signals.length}`, run: 'run', topic: signal.topic, value: encode(signal.value) })
    wake('run')
    return true
  }

  #truth(review: ReviewRecord): Pick<Answer, 'outcome' | 'value'> {
    this.asked = true
    if (!this.happened.has(review.path)) return { outcome: 'accepted', value: encode({ happened: false }) }
    const result = this.happened.get(review.path)
    return { outcome: 'accepted', value: encode({ happened: true, result: result === undefined ? undefined : decode(result) }) }
  }
}

function compare(what: string, expected: unknown, actual: unknown, kill: Kill, entry: string): void {
  if (isDeepStrictEqual(expected, actual)) return
  throw new Error(
    `Killed just ${kill.when} journal write ${kill.at}, ${entry}, the ${what} came out otherwise.\n  undisturbed: ${readable(expected)}\n  after the crash: ${readable(actual)}`,
  )
}

function readable(value: unknown): string {
  try {
    return encode(value)
  } catch {
    return String(value)
  }
}

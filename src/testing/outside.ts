/**
 * The world around a run that is played: people who answer, signals that come, time that passes, and an operator who knows
 * whether a write happened.
 *
 * Owns: doing the next thing there is to do. Never: drives the run.
 */
import type { Rondo } from '../assemble.ts'
import type { ManualClock } from '../clock.ts'
import { type Entry, pathOf, reviewId } from '../journal/records.ts'
import type { Store } from '../journal/store.ts'
import { decode } from '../json.ts'
import type { InboxItem } from '../people/inbox-item.ts'
import type { Person } from '../people/person.ts'
import type { Reply, World } from './crash-everywhere.ts'
import type { KillableStore } from './killable.ts'

export class Outside {
  /** Whether anybody had to be asked if a write happened. */
  asked = false
  /** Writes whose work ended when its result was lost, by the id of the question about them: the result. */
  readonly #happened = new Map<string, unknown>()
  readonly #world: World<unknown>
  readonly #clock: ManualClock
  readonly #signals: { topic: string; value: unknown }[]

  constructor(world: World<unknown>, clock: ManualClock) {
    this.#world = world
    this.#clock = clock
    this.#signals = [...(world.signals ?? [])]
  }

  /** Does the next thing there is to do, and says whether there was any. */
  async act(system: Rondo): Promise<boolean> {
    for (const question of await system.inbox.list({ limit: 1000 })) {
      const reply = question.kind === 'unknown' ? this.#truth(question.id) : this.#world.answer?.(question)
      if (reply === undefined) continue
      await give(system, question, reply)
      return true
    }
    const signal = this.#signals.shift()
    if (signal === undefined) return false
    await system.runs.signal('run', signal.topic, signal.value, { id: `signal-${this.#signals.length}` })
    return true
  }

  /** Turns the clock to the next time that something waits for; `false` when nothing does. */
  async turnTheClock(ground: Store): Promise<boolean> {
    const next = await ground.journal.nextWake()
    if (next === undefined) return false
    this.#clock.advance(Math.max(0, next - this.#clock.now()))
    await new Promise((resolve) => setImmediate(resolve))
    return true
  }

  /**
   * After a death: lets the work that was under way come to its end, for this process goes on where a killed one would not, and
   * learns which writes came to theirs without getting on the record.
   */
  async learn(ground: Store, dead: KillableStore, forMs: number): Promise<void> {
    const open = new Set<string>()
    for (const run of await ground.runs.list({ limit: 1000 })) {
      for (const entry of await ground.journal.entries(run.id, { limit: 100_000 })) {
        if (entry.kind !== 'code') continue
        const id = idOf(run.id, entry)
        if (entry.state === 'attempted') open.add(id)
        else open.delete(id)
      }
    }
    // Work begins when it is heard that its attempt is on disk.
    for (const { run, entries } of dead.unheard) for (const entry of entries) if (entry.state === 'attempted') open.delete(idOf(run, entry))
    const until = performance.now() + forMs
    for (let seen = 0; ; await new Promise((resolve) => setTimeout(resolve, 1))) {
      for (const { run, entries } of dead.lost.slice(seen)) {
        for (const entry of entries) {
          const id = idOf(run, entry)
          if (!open.delete(id) || entry.state !== 'completed') continue
          this.#happened.set(id, entry.value === undefined ? undefined : decode(entry.value))
        }
      }
      seen = dead.lost.length
      if (open.size === 0 || performance.now() > until) return
    }
  }

  /** What the run waits for that this world does not give, in words. */
  async whatIsMissing(ground: Store): Promise<string> {
    const questions = (await ground.reviews.list({ state: 'open' })).map(
      ({ path, kind, role, title }) => `the ${kind} "${path}" (${title}; for ${role})`,
    )
    const last = new Map<string, Entry>()
    for (const entry of await ground.journal.entries('run', { limit: 100_000 })) last.set(pathOf(entry.scope, entry.name), entry)
    const signals = [...last]
      .filter(([, { kind, state }]) => kind === 'signal' && state === 'opened')
      .map(([path]) => `the signal "${path}"`)
    const waits = [...questions, ...signals]
    return `The run waits for ${waits.length === 0 ? 'something' : waits.join(' and ')}, and this world gives none. Answer questions in { answer }, send signals in { signals }.`
  }

  #truth(id: string): Reply {
    this.asked = true
    return { answer: this.#happened.has(id) ? { happened: true, result: this.#happened.get(id) } : { happened: false } }
  }
}

/** One person for each answer that is needed: nobody answers twice. */
async function give({ inbox }: Rondo, { id, answers }: InboxItem, reply: Reply): Promise<void> {
  const person: Person = { name: `tester ${answers.length + 1}`, roles: ['*'] }
  if (reply === 'accept') await inbox.accept(id, person)
  else if ('reject' in reply) await inbox.reject(id, person, reply.reject)
  else await inbox.answer(id, person, reply.answer, reply.note === undefined ? {} : { note: reply.note })
}

function idOf(run: string, entry: Pick<Entry, 'scope' | 'name'>): string {
  return reviewId(run, pathOf(entry.scope, entry.name))
}

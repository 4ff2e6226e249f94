/**
 * A running system for tests of people's part: one flow, a clock turned by hand, an inbox, over a real store.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect } from 'vitest'
import { z } from 'zod'
import { createRondo, type Rondo } from '../../src/assemble.ts'
import { ManualClock } from '../../src/clock.ts'
import { RondoError } from '../../src/errors.ts'
import { type Flow, flow } from '../../src/flow/flow.ts'
import type { Run } from '../../src/flow/run.ts'
import type { CaseRecord, Entry } from '../../src/journal/records.ts'
import { openMemoryStore } from '../../src/journal/stores/memory/memory.ts'
import { openSqliteStore } from '../../src/journal/stores/sqlite/store.ts'
import { decode } from '../../src/json.ts'
import { Inbox } from '../../src/people/inbox.ts'

export type Ground = 'memory' | 'sqlite'
export const GROUNDS: readonly Ground[] = ['memory', 'sqlite']

export const ann = { name: 'ann', roles: ['desk'] }
export const bob = { name: 'bob', roles: ['desk'] }
export const cat = { name: 'cat', roles: ['desk'] }
export const lead = { name: 'lea', roles: ['lead'] }
export const anyone = { name: 'root', roles: ['*'] }

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

export class System {
  readonly clock: ManualClock
  readonly rondo: Rondo
  readonly inbox: Inbox
  readonly played: Flow<unknown, unknown>

  constructor(clock: ManualClock, rondo: Rondo, played: Flow<unknown, unknown>) {
    this.clock = clock
    this.rondo = rondo
    this.played = played
    this.inbox = new Inbox({ store: rondo.store, clock, wake: (run) => rondo.engine.wake(run) })
  }

  /** Starts run `r1`, or another, and comes back when it waits or is over. */
  async start(id = 'r1', input: unknown = {}): Promise<void> {
    await this.rondo.runs.start(this.played, input, { id })
    await this.rondo.idle()
  }

  async result(id = 'r1'): Promise<unknown> {
    await this.rondo.idle()
    const run = await this.rondo.runs.get(id)
    expect(run?.error?.message).toBeUndefined()
    expect(run?.status).toBe('completed')
    return run?.output === undefined ? undefined : decode(run.output)
  }

  async status(id = 'r1'): Promise<string | undefined> {
    await this.rondo.idle()
    return (await this.rondo.runs.get(id))?.status
  }

  /** Moves time on, and waits until what fell due has been done. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms)
    await new Promise((resolve) => setImmediate(resolve))
    await this.rondo.idle()
  }

  async last(path: string, id = 'r1'): Promise<Entry | undefined> {
    const entries = await this.rondo.runs.journal(id, { limit: 1000 })
    return entries.findLast(({ scope, name }) => (scope === '' ? name : `${scope}/${name}`) === path)
  }

  cases(decision: string): Promise<CaseRecord[]> {
    return this.rondo.store.cases.list({ decision })
  }
}

/** A system that plays one flow; with `hotRuns: 0` every wake is a resume from the journal. */
export async function play(
  ground: Ground,
  body: (run: Run, input: unknown) => Promise<unknown>,
  options: { hotRuns?: number } = {},
): Promise<System> {
  const clock = new ManualClock()
  const folder = ground === 'sqlite' ? mkdtempSync(join(tmpdir(), 'rondo-people-')) : undefined
  const store = folder === undefined ? openMemoryStore({ clock }) : await openSqliteStore({ file: join(folder, 'rondo.db'), clock })
  if (folder !== undefined) ends.push(() => rmSync(folder, { recursive: true, force: true }))
  const played = flow({ name: 'played', input: z.unknown(), output: z.unknown(), run: body })
  const rondo = await createRondo({ flows: [played], store, clock, hotRuns: options.hotRuns ?? 0 })
  ends.push(() => rondo.close())
  return new System(clock, rondo, played)
}

/** What a promise is refused with: the code and the message of a `RondoError`. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (error instanceof RondoError) return `${error.code}: ${error.message}`
    throw error
  }
  throw new Error('It was not refused.')
}

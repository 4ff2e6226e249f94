/**
 * What the embedded engine adds to the contract of engines: turns, places, what stays in memory, and what it does when its store
 * fails it.
 */
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createRondo, type Rondo, type RondoOptions } from '../../../assemble.ts'
import { ManualClock } from '../../../clock.ts'
import { type AnyFlow, flow } from '../../../flow/flow.ts'
import type { Run } from '../../../flow/run.ts'
import type { JournalStore, Store } from '../../../journal/store.ts'
import { openMemoryStore } from '../../../journal/stores/memory/memory.ts'

const open: Rondo[] = []
afterEach(async () => {
  for (const rondo of open.splice(0)) await rondo.close()
})

interface Opened {
  readonly rondo: Rondo
  readonly clock: ManualClock
  readonly warnings: string[]
}

async function opened(flows: readonly AnyFlow[], more: Partial<RondoOptions> = {}, clock = new ManualClock()): Promise<Opened> {
  const warnings: string[] = []
  const store = more.store ?? openMemoryStore({ clock })
  const rondo = await createRondo({ flows, clock, retention: false, warn: (message) => warnings.push(message), ...more, store })
  open.push(rondo)
  return { rondo, clock, warnings }
}

function played(name: string, body: (run: Run) => Promise<unknown>): AnyFlow {
  return flow({ name, input: z.unknown(), output: z.unknown(), run: body })
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function until(so: () => boolean): Promise<void> {
  for (let turns = 0; !so(); turns += 1) {
    if (turns > 5000) throw new Error(`It did not come about: ${so}`)
    await turn()
  }
}

/** A store whose journal does some things otherwise. */
function withJournal(store: Store, over: Partial<JournalStore>): Store {
  const journal = new Proxy(store.journal, {
    get: (target, name) => Reflect.get(Reflect.has(over, name) ? over : target, name),
  })
  return new Proxy(store, {
    get: (target, name) => (name === 'journal' ? journal : (Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name))),
  })
}

test('flows take turns: one with a long queue does not hold up another', async () => {
  const order: string[] = []
  const does = (name: string): AnyFlow => played(name, async (run) => run.step('work', () => void order.push(name), { effect: 'none' }))
  const [many, few] = [does('many'), does('few')]
  const { rondo } = await opened([many, few], { concurrency: 1 })
  await Promise.all(Array.from({ length: 20 }, () => rondo.runs.start(many, {})))
  await Promise.all(Array.from({ length: 3 }, () => rondo.runs.start(few, {})))
  await rondo.idle()
  expect(order).toHaveLength(23)
  const started = order.indexOf('few')
  expect(order.slice(started, started + 5).filter((name) => name === 'few')).toHaveLength(3)
})

test('no more runs are busy at once than there are places, and a run that only waits holds none', async () => {
  let busy = 0
  let most = 0
  const works = played('works', (run) =>
    run.step(
      'work',
      async () => {
        busy += 1
        most = Math.max(most, busy)
        for (let turns = 0; turns < 5; turns += 1) await turn()
        busy -= 1
      },
      { effect: 'none' },
    ),
  )
  const waits = played('waits', (run) => run.signal('never'))
  const { rondo } = await opened([works, waits], { concurrency: 3 })
  for (let index = 0; index < 6; index += 1) await rondo.runs.start(waits, {})
  await Promise.all(Array.from({ length: 12 }, () => rondo.runs.start(works, {})))
  await rondo.idle()
  expect(most).toBe(3)
  expect((await rondo.runs.list({ flow: 'works', status: ['completed'] })).length).toBe(12)
})

test('as many waiting runs stay in memory as may; the others are re-run from their journals, and go on the same', async () => {
  const begun: string[] = []
  const waits = played('waits', async (run) => {
    begun.push(run.id)
    return run.signal('go')
  })
  const { rondo } = await opened([waits], { hotRuns: 2 })
  for (const id of ['a', 'b', 'c', 'd']) {
    await rondo.runs.start(waits, {}, { id })
    await rondo.idle()
  }
  for (const id of ['a', 'b', 'c', 'd']) expect(await signalled(rondo, id)).toBe(id)
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'a', 'b'])
})

async function signalled(rondo: Rondo, id: string): Promise<unknown> {
  await rondo.runs.signal(id, 'go', id)
  return rondo.runs.result(id)
}

test('who waits for a run when the system is closed is told so, and how to ask again', async () => {
  const clock = new ManualClock()
  const kept = openMemoryStore({ clock })
  const store = new Proxy(kept, { get: (target, name) => (name === 'close' ? async () => undefined : Reflect.get(target, name)) })
  const waits = played('waits', (run) => run.signal('go'))
  const { rondo } = await opened([waits], { store }, clock)
  const { result } = await rondo.runs.start(waits, {}, { id: 'r' })
  await rondo.idle()
  const told = Promise.allSettled([result(), rondo.runs.ended('r')])
  await turn()
  await rondo.close()
  const refusal = { code: 'stopped', message: expect.stringMatching(/closed before run r was over.*runs\.result\("r"\)/) }
  expect(await told).toEqual([
    { status: 'rejected', reason: expect.objectContaining(refusal) },
    { status: 'rejected', reason: expect.objectContaining(refusal) },
  ])
  await expect(rondo.runs.result('r')).rejects.toMatchObject(refusal)
  const again = await opened([waits], { store }, clock)
  expect(await signalled(again.rondo, 'r')).toBe('r')
})

test('runs of a flow that the code does not know wait, which is said once, and go on when it does', async () => {
  const clock = new ManualClock()
  const store = openMemoryStore({ clock })
  const known = played('known', (run) => run.step('x', () => 1))
  const { rondo, warnings } = await opened([known], { store }, clock)
  for (const id of ['one', 'two']) await store.runs.start({ id, flow: 'later', input: '1', inputPrint: '1' })
  rondo.engine.wake('one')
  await rondo.runs.start(known, {}, { id: 'k' })
  expect(await rondo.runs.result('k')).toBe(1)
  await rondo.idle()
  expect(warnings).toEqual([expect.stringContaining('no flow of that name')])
  await rondo.engine.stop()
  const later = await opened([known, played('later', (run) => run.step('y', () => 2))], { store }, clock)
  await later.rondo.idle()
  expect(await later.rondo.runs.result('two')).toBe(2)
})

test('a run can be cancelled though the code knows no flow of its name', async () => {
  const clock = new ManualClock()
  const store = openMemoryStore({ clock })
  const { rondo } = await opened([], { store }, clock)
  for (const id of ['one', 'two']) await store.runs.start({ id, flow: 'gone', input: '1', inputPrint: '1' })
  await rondo.runs.cancel('one', 'its flow is gone')
  expect(await rondo.runs.ended('one')).toMatchObject({ status: 'cancelled', reason: 'its flow is gone' })
  expect((await rondo.runs.get('two'))?.status).toBe('queued')
})

test('a cancel is not hidden by more runs than fit of a flow that the code does not know', async () => {
  const clock = new ManualClock()
  const store = openMemoryStore({ clock })
  for (let n = 1; n <= 9; n += 1) {
    await store.runs.start({ id: `r${n}`, flow: 'gone', input: '1', inputPrint: '1' })
    clock.advance(1)
  }
  const { rondo } = await opened([], { store, concurrency: 2 }, clock)
  await rondo.idle()
  for (const id of ['r9', 'r8', 'r7', 'r6', 'r5']) await rondo.runs.cancel(id)
  await rondo.idle()
  const left = await rondo.runs.list({ status: ['queued'] })
  expect(left.map(({ id }) => id).sort()).toEqual(['r1', 'r2', 'r3', 'r4'])
})

test('one timer serves all runs: whoever is due first is woken first, however far ahead', async () => {
  const woken: string[] = []
  const sleeps = (name: string, ms: number): AnyFlow =>
    played(name, async (run) => {
      await run.sleep('nap', ms)
      woken.push(name)
    })
  const flows = [sleeps('last', 3 * 2 ** 31), sleeps('first', 1000), sleeps('second', 2000)]
  const { rondo, clock } = await opened(flows, { hotRuns: 1 })
  for (const one of flows) await rondo.runs.start(one, {})
  await rondo.idle()
  for (const ms of [999, 1, 1000, 3 * 2 ** 31]) {
    clock.advance(ms)
    await turn()
    await rondo.idle()
    woken.push('|')
  }
  expect(woken.join(' ')).toBe('| first | second | last |')
})

test('a write that the store refuses ends that drive and no other, and the run is driven again once the store is well', async () => {
  let broken = true
  const clock = new ManualClock()
  const ground = openMemoryStore({ clock })
  const store = withJournal(ground, {
    commit: async (write) => {
      if (broken && write.run === 'unlucky' && write.entries.length > 0) throw new Error('the disk is full')
      return ground.journal.commit(write)
    },
    recover: async () => {
      if (broken && warnings.length > 0) throw new Error('the disk is still full')
      return ground.journal.recover()
    },
  })
  const warnings: string[] = []
  const warn = (message: string): void => void warnings.push(message)
  const does = played('does', (run) => run.step('work', () => 'done', { effect: 'idempotent' }))
  const { rondo } = await opened([does], { store, warn }, clock)
  for (const id of ['unlucky', 'lucky']) await rondo.runs.start(does, {}, { id })
  expect(await rondo.runs.result('lucky')).toBe('done')
  await until(() => warnings.length > 0)
  expect(warnings[0]).toMatch(/unlucky could not be driven on: the disk is full/)
  clock.advance(1000)
  await until(() => warnings.length > 1)
  expect(warnings[1]).toMatch(/trying again in a second/)
  broken = false
  clock.advance(1000)
  expect(await rondo.runs.result('unlucky')).toBe('done')
})

test('a run that cannot be taken is left alone for a while, and others are not', async () => {
  let claims = 0
  const clock = new ManualClock()
  const ground = openMemoryStore({ clock })
  const store = withJournal(ground, {
    claim: async (id, now) => {
      if (id !== 'unlucky') return ground.journal.claim(id, now)
      claims += 1
      throw new Error('the disk is full')
    },
  })
  const does = played('does', (run) => run.step('work', () => 'done', { effect: 'idempotent' }))
  const { rondo } = await opened([does], { store }, clock)
  for (const id of ['unlucky', 'lucky', 'luckier']) await rondo.runs.start(does, {}, { id })
  for (const id of ['lucky', 'luckier']) expect(await rondo.runs.result(id)).toBe('done')
  for (let turns = 0; turns < 100; turns += 1) await turn()
  expect(claims).toBe(1)
  clock.advance(1000)
  await until(() => claims > 1)
})

test('a store that cannot say what is due is asked again after a while', async () => {
  let broken = false
  const clock = new ManualClock()
  const ground = openMemoryStore({ clock })
  const store = withJournal(ground, {
    due: async (...given) => {
      if (broken) throw new Error('locked')
      return ground.journal.due(...given)
    },
  })
  const does = played('does', (run) => run.step('work', () => 'done', { effect: 'none' }))
  const { rondo, warnings } = await opened([does], { store }, clock)
  await rondo.idle()
  broken = true
  const { id } = await rondo.runs.start(does, {})
  await until(() => warnings.length > 0)
  broken = false
  clock.advance(1000)
  expect(await rondo.runs.result(id)).toBe('done')
})

test('stopping waits for a write under way, tells other work to stop, and drives nothing further', async () => {
  let begun = 0
  let told = false
  const works = played('works', async (run) => {
    const reads = run.step('read', ({ signal }) => new Promise(() => signal.addEventListener('abort', () => (told = true))), {
      effect: 'read',
    })
    await run.step('write', async () => {
      begun += 1
      for (let turns = 0; turns < 50; turns += 1) await turn()
      return 'written'
    })
    await run.step('next', () => 'never here')
    return reads
  })
  const clock = new ManualClock()
  const store = openMemoryStore({ clock })
  const { rondo } = await opened([works], { store }, clock)
  const { id } = await rondo.runs.start(works, {})
  await until(() => begun === 1)
  await rondo.engine.stop()
  await rondo.engine.stop()
  expect(told).toBe(true)
  const entries = await store.journal.entries(id)
  expect(entries.map(({ name, state }) => `${name} ${state}`)).toEqual(['write attempted', 'write completed'])
})

test('a hot run that goes on by itself counts as busy, and its next time is kept', async () => {
  const gate = Promise.withResolvers<void>()
  const seen: string[] = []
  const waits = played('waits', (run) => {
    const aside = async (): Promise<void> => {
      await gate.promise
      await run.step('work', () => void seen.push('worked'), { effect: 'none' })
      await run.sleep('nap', '1h')
      seen.push('slept')
    }
    return Promise.all([run.signal('never'), aside()])
  })
  const { rondo, clock } = await opened([waits])
  const { id } = await rondo.runs.start(waits, {})
  await rondo.idle()
  expect((await rondo.runs.get(id))?.status).toBe('waiting')
  gate.resolve()
  await turn()
  await rondo.idle()
  expect(seen).toEqual(['worked'])
  clock.advance(3_600_000)
  await turn()
  await rondo.idle()
  expect(seen).toEqual(['worked', 'slept'])
})

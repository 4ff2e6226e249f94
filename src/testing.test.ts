import { expect, test } from 'vitest'
import { z } from 'zod'
import { flow } from './flow/flow.ts'
import { openMemoryStore } from './journal/stores/memory/memory.ts'
import { crashEverywhere, killable, ManualClock } from './testing.ts'

const NUMBER = { input: z.number(), output: z.unknown() }

test('a flow that charges twice when its process dies is found, at the write where it begins', async () => {
  let charges = 0
  const careless = flow({
    name: 'careless',
    ...NUMBER,
    run: (run) => run.step('charge', () => `charge ${++charges}`.slice(0, 6), { effect: 'read' }),
  })
  const world = () => {
    charges = 0
    return { input: 1, effects: () => charges }
  }
  await expect(crashEverywhere(careless, world)).rejects.toThrow(
    /"careless" does not come through a crash: killed just before journal write 1, charge \(code, completed\), its effects came out otherwise/,
  )
})

test('a flow that looks at the world outside of a step is found', async () => {
  let looks = 0
  const fickle = flow({
    name: 'fickle',
    ...NUMBER,
    async run(run) {
      looks += 1
      await run.step('one', () => 1, { effect: 'none' })
      return looks
    },
  })
  const world = () => {
    looks = 0
    return { input: 1 }
  }
  await expect(crashEverywhere(fickle, world)).rejects.toThrow(/its result came out otherwise/)
})

test('a flow that waits for what its world does not give says so', async () => {
  const waits = flow({ name: 'waits', ...NUMBER, run: (run) => run.signal('never') })
  await expect(crashEverywhere(waits, () => ({ input: 1 }))).rejects.toThrow(
    /The run waits for the signal "never", and this world gives none/,
  )
})

test('every write of a sound flow is tried twice, and a write that died with its result is asked about', async () => {
  const sent: string[] = []
  const sound = flow({
    name: 'sound',
    ...NUMBER,
    async run(run, amount) {
      await run.sleep('a while', '7d')
      await run.step('send', () => sent.push(`mail ${amount}`))
      return run.signal('paid')
    },
  })
  const report = await crashEverywhere(sound, () => {
    sent.length = 0
    return { input: 7, effects: () => [...sent], signals: [{ topic: 'paid', value: true }] }
  })
  expect(report.kills).toHaveLength(2 * report.writes)
  expect(report.kills.filter((kill) => kill.askedWhetherItHappened).length).toBeGreaterThan(0)
  expect([report.result, report.effects]).toEqual([{ output: true }, ['mail 7']])
})

test('a killed store never comes back, and what it was asked last is on disk or not, as was said', async () => {
  for (const when of ['before', 'after'] as const) {
    const ground = openMemoryStore({ clock: new ManualClock() })
    await ground.runs.start({ id: 'r', flow: 'f', input: '1', inputPrint: '1' })
    const doomed = killable(ground, { at: 1, when })
    const claim = await doomed.journal.claim('r', 0)
    let came = false
    const write = {
      run: 'r',
      epoch: claim?.run.epoch ?? 0,
      entries: [{ scope: '', name: 'x', kind: 'code', state: 'completed', startedAt: 0 }],
    } as const
    void doomed.journal.commit(write).then(() => (came = true))
    await doomed.death
    void doomed.runs.get('r').then(() => (came = true))
    expect(await ground.journal.entries('r')).toHaveLength(when === 'before' ? 0 : 1)
    expect([came, doomed.diedAt]).toEqual([false, write])
  }
})

/**
 * Proofs about who drives: due runs, claims, epochs, and that no wake is lost (J2, J4, J5).
 */
import { expect } from 'vitest'
import { encode } from '../../json.ts'
import { DONE, Driver, ERROR, entry, type Proof, type StoreBench, WAITING } from './bench.ts'

export function drivingProofs(proof: Proof): void {
  proof('what is due comes oldest first, so many of each flow, none of those held', async (bench) => {
    for (const [id, flow] of [
      ['a1', 'a'],
      ['b1', 'b'],
      ['a2', 'a'],
      ['a3', 'a'],
      ['b2', 'b'],
    ] as const) {
      await bench.start(id, { flow })
      bench.clock.advance(1)
    }
    const due = async (perFlow: number, ...except: string[]): Promise<string> =>
      (await bench.store.journal.due(bench.clock.now(), perFlow, new Set(except))).map(({ id }) => id).join(' ')
    expect(await due(10)).toBe('a1 b1 a2 a3 b2')
    expect(await due(1)).toBe('a1 b1')
    expect(await due(2, 'a1', 'b1')).toBe('a2 a3 b2')
    expect(await due(0)).toBe('')
  })

  proof('what is to be cancelled is due behind any queue, and takes no place of what is older', async (bench) => {
    for (const id of ['1', '2', '3', '4', '5']) {
      await bench.start(id, { flow: 'a' })
      bench.clock.advance(1)
    }
    for (const id of ['1', '4', '5']) await bench.store.runs.request(id, { kind: 'cancel' })
    await bench.store.runs.request('3', { kind: 'pause' })
    const due = async (perFlow: number, ...except: string[]): Promise<string> =>
      (await bench.store.journal.due(bench.clock.now(), perFlow, new Set(except)))
        .map(({ id, cancel }) => `${id}${cancel ? 'x' : ''}`)
        .join(' ')
    expect(await due(1)).toBe('1x 4x')
    expect(await due(2)).toBe('1x 2 4x 5x')
    expect(await due(1, '1', '4')).toBe('2 5x')
    expect(await due(9)).toBe('1x 2 3 4x 5x')
    await bench.claim('5')
    expect(await due(1)).toBe('1x 4x')
    expect(await due(1, '1', '4')).toBe('2')
  })

  proof('a claim takes the run and its due mark, raises the epoch, and is refused when nothing is due', async (bench) => {
    await bench.start('r')
    const { run, fresh, arrivals } = await bench.claim('r')
    expect([run.status, run.epoch, run.startedAt, fresh]).toEqual(['running', 1, bench.clock.now(), true])
    expect(arrivals).toEqual({ reviews: [], signals: [], children: [] })
    expect(await bench.due()).toEqual([])
    expect(await bench.store.journal.claim('r', bench.clock.now())).toBeUndefined()
    expect(await bench.store.journal.claim('nobody', bench.clock.now())).toBeUndefined()
    const driver = new Driver(bench, 'r', 1)
    await driver.settle(DONE)
    expect(await bench.store.journal.claim('r', bench.clock.now())).toBeUndefined()
  })

  proof('a later claim is not fresh, and keeps the time of the first start', async (bench) => {
    const driver = await bench.drive('r')
    const startedAt = bench.clock.now()
    await driver.settle({ status: 'waiting', wakeAt: startedAt + 1000 })
    bench.clock.advance(1000)
    expect(await bench.claim('r')).toMatchObject({ fresh: false, run: { epoch: 2, startedAt } })
  })

  proof('a write under an epoch that is past changes nothing, whatever is in it', async (bench) => {
    const old = await bench.drive('r')
    await old.settle({ status: 'waiting', wakeAt: bench.clock.now() })
    const held = new Driver(bench, 'r', (await bench.claim('r')).run.epoch)
    await bench.store.runs.signal({ run: 'r', id: 's', topic: 't', value: '1' })
    const before = await bench.store.runs.get('r')
    const fenced = await old.commit([entry('late')], {
      openReview: { path: 'late', kind: 'review', role: 'desk', title: '', question: '1', quorum: 1 },
      takeSignal: 's',
      startChild: { id: 'child', flow: 'flow', input: '{}', inputPrint: 'x' },
      newCase: { decision: 'd', question: '1', answer: '1', probability: 1, origin: 'audit' },
      settle: DONE,
    })
    expect(fenced).toEqual({ kind: 'fenced' })
    expect(await bench.store.journal.absorb('r', old.epoch)).toBeUndefined()
    expect(await bench.store.runs.get('r')).toEqual(before)
    expect(await held.entries()).toEqual([])
    expect(await bench.store.reviews.get('r:late')).toBeUndefined()
    expect(await bench.store.runs.get('child')).toBeUndefined()
    expect(await bench.store.cases.list({ decision: 'd' })).toEqual([])
    expect((await bench.store.journal.absorb('r', held.epoch))?.signals).toHaveLength(1)
  })

  proof('a run that is over, held or stopped is nobody’s to write to, under its last epoch either', async (bench) => {
    for (const [id, settle] of [
      ['over', DONE],
      ['held', { status: 'paused' }],
      ['stopped', { status: 'stopped', error: ERROR }],
    ] as const) {
      const driver = await bench.drive(id)
      await driver.settle(settle)
      expect(await driver.commit([entry('late')])).toEqual({ kind: 'fenced' })
      expect(await bench.store.journal.absorb(id, driver.epoch)).toBeUndefined()
      expect(await driver.entries()).toEqual([])
    }
    expect(await new Driver(bench, 'nobody', 0).commit([entry('x')])).toEqual({ kind: 'fenced' })
  })

  proof('a run wakes at its time, or its deadline if that is earlier, and the next time is known', async (bench) => {
    const start = bench.clock.now()
    const { journal, runs } = bench.store
    expect(await journal.nextWake()).toBeUndefined()
    await (await bench.drive('late')).settle({ status: 'waiting', wakeAt: start + 3 * 2 ** 31 })
    await (await bench.drive('deadline', { deadlineAt: start + 2000 })).settle({ status: 'waiting', wakeAt: start + 5000 })
    await (await bench.drive('only deadline', { deadlineAt: start + 4000 })).settle(WAITING)
    await (await bench.drive('never')).settle(WAITING)
    expect(await journal.nextWake()).toBe(start + 2000)
    expect((await runs.get('late'))?.wakeAt).toBe(start + 3 * 2 ** 31)
    expect(await bench.due()).toEqual([])
    bench.clock.advance(2000)
    expect(await bench.due()).toEqual(['deadline'])
    await bench.claim('deadline')
    expect((await runs.get('deadline'))?.wakeAt).toBeUndefined()
    expect(await journal.nextWake()).toBe(start + 4000)
    bench.clock.advance(3 * 2 ** 31)
    expect(await bench.due()).toEqual(['only deadline', 'late'])
  })

  proof('whatever comes to a waiting run makes it due, and is there when it is taken', async (bench) => {
    const comings: Record<string, (bench: StoreBench, id: string) => Promise<unknown>> = {
      signal: (_, id) => bench.store.runs.signal({ run: id, id: 's', topic: 't', value: '1' }),
      answer: (_, id) => answer(bench, `${id}:review`, 'settled'),
      request: (_, id) => bench.store.runs.request(id, { kind: 'pause' }),
      child: async (_, id) => new Driver(bench, `${id} child`, (await bench.claim(`${id} child`)).run.epoch).settle(DONE),
    }
    for (const [id, come] of Object.entries(comings)) {
      const driver = await bench.drive(id)
      await driver.ask('review')
      await driver.commit([], {
        startChild: { id: `${id} child`, flow: 'flow', input: '{}', inputPrint: 'x', parent: { run: id, path: 'c' } },
      })
      await driver.settle(WAITING)
      await come(bench, id)
      expect(await bench.due()).toContain(id)
      const { arrivals } = await bench.claim(id)
      const came = [arrivals.signals.length, arrivals.reviews.length, arrivals.request === undefined ? 0 : 1, arrivals.children.length]
      expect(came).toEqual(['signal', 'answer', 'request', 'child'].map((kind) => (kind === id ? 1 : 0)))
    }
  })

  proof('a wake that comes while the run is driven is kept until it is absorbed, also past going to wait', async (bench) => {
    const driver = await bench.drive('r')
    await bench.store.runs.signal({ run: 'r', id: 's', topic: 't', value: '1' })
    await driver.settle(WAITING)
    expect(await bench.due()).toEqual(['r'])
    expect((await bench.store.journal.absorb('r', driver.epoch))?.signals).toHaveLength(1)
    expect(await bench.due()).toEqual([])
    expect((await bench.store.runs.get('r'))?.status).toBe('running')
  })

  proof('a driver that writes beside its waits does not lose what came to the run meanwhile', async (bench) => {
    const driver = await bench.drive('r')
    await driver.settle(WAITING)
    await bench.store.runs.signal({ run: 'r', id: 's', topic: 't', value: '1' })
    expect(await driver.commit([entry('beside')])).toMatchObject({ kind: 'committed' })
    expect((await bench.store.runs.get('r'))?.status).toBe('running')
    expect(await bench.due()).toEqual(['r'])
  })

  proof('what was driven when the owner died is due again after recovery, and nothing else', async (bench) => {
    await bench.drive('driven')
    await (await bench.drive('waits')).settle(WAITING)
    await (await bench.drive('paused')).settle({ status: 'paused' })
    await (await bench.drive('over')).settle(DONE)
    const absorbed = await bench.drive('absorbed', { flow: 'other' })
    await absorbed.settle(WAITING)
    await bench.store.journal.absorb('absorbed', absorbed.epoch)
    expect(await bench.due()).toEqual([])
    await bench.open()
    expect(await bench.store.journal.recover(new Set(['waits', 'nobody']))).toBe(0)
    expect(await bench.store.journal.recover(new Set(['driven', 'over']))).toBe(1)
    expect(await bench.due()).toEqual(['driven'])
    expect(await bench.store.journal.recover()).toBe(2)
    expect((await bench.due()).sort()).toEqual(['absorbed', 'driven'])
    expect((await bench.claim('driven')).run.epoch).toBe(2)
  })

  proof('a run that ends closes its questions, wakes its parent and asks its children to cancel', async (bench) => {
    const parent = await bench.drive('parent')
    await parent.commit([], {
      startChild: { id: 'middle', flow: 'flow', input: '{}', inputPrint: 'x', parent: { run: 'parent', path: 'm' } },
    })
    await parent.settle(WAITING)
    const middle = new Driver(bench, 'middle', (await bench.claim('middle')).run.epoch)
    for (const path of ['open', 'answered']) await middle.ask(path)
    await answer(bench, 'middle:answered', 'settled')
    await answer(bench, 'middle:early', undefined)
    for (const id of ['asleep', 'done']) {
      await middle.commit([], { startChild: { id, flow: 'flow', input: '{}', inputPrint: 'x', parent: { run: 'middle', path: id } } })
      const driver = new Driver(bench, id, (await bench.claim(id)).run.epoch)
      await driver.settle(id === 'done' ? DONE : WAITING)
    }
    await middle.settle({ status: 'failed', error: { ...ERROR, code: 'x', details: { a: 1 } } })
    expect(await bench.store.runs.get('middle')).toMatchObject({
      status: 'failed',
      error: { ...ERROR, code: 'x', details: { a: 1 } },
      endedAt: bench.clock.now(),
    })
    for (const path of ['open', 'answered', 'early']) expect((await bench.store.reviews.get(`middle:${path}`))?.state).toBe('closed')
    expect((await bench.due()).sort()).toEqual(['asleep', 'parent'])
    expect((await bench.claim('asleep')).arrivals.request?.kind).toBe('cancel')
    const { arrivals } = await bench.claim('parent')
    expect(arrivals.children.map(({ id, status }) => [id, status])).toEqual([['middle', 'failed']])
    await new Driver(bench, 'parent', 2).commit([entry('m', { kind: 'call' })], { takeChild: 'middle' })
    expect((await bench.store.journal.absorb('parent', 2))?.children).toEqual([])
  })
}

async function answer(bench: StoreBench, id: string, state: 'settled' | undefined): Promise<void> {
  await bench.store.reviews.change(id, () => ({
    answer: { by: 'ann', at: bench.clock.now(), outcome: 'accepted', value: encode('yes') },
    ...(state !== undefined && { state }),
  }))
}

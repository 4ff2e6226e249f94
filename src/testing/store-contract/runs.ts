/**
 * Proofs about runs from outside: started once, found, counted, asked, signalled.
 */
import { expect } from 'vitest'
import { encode } from '../../json.ts'
import { DONE, Driver, ERROR, entry, type Proof, WAITING } from './bench.ts'

export function runProofs(proof: Proof): void {
  proof('a run is started once by its id: again with the same input it is as it stands, with another it is refused', async (bench) => {
    const { runs } = bench.store
    await bench.start('r', { value: { a: 1 } })
    const again = await runs.start({ id: 'r', flow: 'flow', input: 'ignored', inputPrint: (await runs.get('r'))?.inputPrint ?? '' })
    expect(again).toMatchObject({ started: false, run: { id: 'r', input: encode({ a: 1 }), status: 'queued', epoch: 0 } })
    await expect(bench.start('r', { value: { a: 2 } })).rejects.toMatchObject({ code: 'run_conflict', details: { run: 'r' } })
    await expect(bench.start('r', { value: { a: 1 }, flow: 'other' })).rejects.toMatchObject({ code: 'run_conflict' })
  })

  proof('a key is taken once in its flow, and free in others', async (bench) => {
    await bench.start('one', { key: 'k' })
    const { inputPrint } = (await bench.store.runs.get('one')) ?? { inputPrint: '' }
    expect(await bench.store.runs.start({ id: 'two', flow: 'flow', key: 'k', input: '{}', inputPrint })).toMatchObject({
      started: false,
      run: { id: 'one' },
    })
    await expect(bench.start('three', { key: 'k', value: 3 })).rejects.toMatchObject({ code: 'run_conflict' })
    await bench.start('four', { key: 'k', value: 4, flow: 'other' })
    expect((await bench.store.runs.get('four'))?.key).toBe('k')
  })

  proof('what a run was started with comes back, after reopening too', async (bench) => {
    const long = encode('a long input, a long input. '.repeat(1000))
    await bench.start('r', {
      key: 'k',
      input: long,
      release: 'v7',
      deadlineAt: bench.clock.now() + 5000,
      parent: { run: 'above', path: 'loop[2]/child' },
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    })
    await bench.open()
    expect(await bench.store.runs.get('r')).toMatchObject({
      flow: 'flow',
      key: 'k',
      input: long,
      release: 'v7',
      deadlineAt: bench.clock.now() + 5000,
      parent: { run: 'above', path: 'loop[2]/child' },
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      createdAt: bench.clock.now(),
      usage: { inputTokens: 0, outputTokens: 0, microUsd: 0, attentionMs: 0 },
    })
    expect(await bench.store.runs.get('nobody')).toBeUndefined()
  })

  proof('runs are listed newest first, by flow, status and parent, a page at a time', async (bench) => {
    for (let index = 0; index < 12; index += 1)
      await bench.start(`r${index}`, { flow: index % 3 === 0 ? 'a' : 'b', ...(index > 9 && { parent: { run: 'p', path: 'x' } }) })
    await new Driver(bench, 'r3', (await bench.claim('r3')).run.epoch).settle(DONE)
    const ids = async (filter: Parameters<typeof bench.store.runs.list>[0]): Promise<string> =>
      (await bench.store.runs.list(filter)).map(({ id }) => id).join(' ')
    expect(await ids({})).toBe('r11 r10 r9 r8 r7 r6 r5 r4 r3 r2 r1 r0')
    expect(await ids({ flow: 'a' })).toBe('r9 r6 r3 r0')
    expect(await ids({ flow: 'a', status: ['queued'] })).toBe('r9 r6 r0')
    expect(await ids({ status: ['completed', 'failed'] })).toBe('r3')
    expect(await ids({ parent: 'p' })).toBe('r11 r10')
    expect(await ids({ parent: 'p', flow: 'b', status: ['queued'] })).toBe('r11 r10')
    expect(await ids({ limit: 2 })).toBe('r11 r10')
    expect(await ids({ limit: 2, before: 'r10' })).toBe('r9 r8')
    expect(await ids({ flow: 'b', before: 'r9', limit: 3 })).toBe('r8 r7 r5')
    expect(await ids({ flow: 'nothing' })).toBe('')
    expect(await ids({ status: [] })).toBe('')
  })

  proof('runs are counted by flow and status', async (bench) => {
    for (const id of ['a', 'b', 'c']) await bench.start(id)
    await bench.start('d', { flow: 'other' })
    await new Driver(bench, 'a', (await bench.claim('a')).run.epoch).settle(DONE)
    const counted = (await bench.store.runs.count()).map(({ flow, status, count }) => `${flow} ${status} ${count}`).sort()
    expect(counted).toEqual(['flow completed 1', 'flow queued 2', 'other queued 1'])
  })

  proof('a request is granted or refused by how the run stands', async (bench) => {
    const { runs } = bench.store
    await expect(runs.request('nobody', { kind: 'cancel' })).rejects.toMatchObject({ code: 'run_unknown' })
    const driver = await bench.drive('r')
    await expect(runs.request('r', { kind: 'resume' })).rejects.toMatchObject({ code: 'run_state' })
    await expect(runs.request('r', { kind: 'retry', paths: [] })).rejects.toMatchObject({
      code: 'run_state',
      details: { status: 'running' },
    })
    await driver.settle(DONE)
    for (const kind of ['cancel', 'pause', 'resume'] as const)
      await expect(runs.request('r', { kind })).rejects.toMatchObject({ code: 'run_state', message: expect.stringContaining('It is over') })
  })

  proof('a request makes its run due and is among what comes to its driver', async (bench) => {
    const driver = await bench.drive('r')
    await driver.settle(WAITING)
    expect(await bench.due()).toEqual([])
    await bench.store.runs.request('r', { kind: 'pause', reason: 'lunch' })
    expect(await bench.due()).toEqual(['r'])
    expect((await bench.store.journal.absorb('r', driver.epoch))?.request).toEqual({ kind: 'pause', reason: 'lunch' })
    await driver.settle({ status: 'paused' })
    expect(await bench.store.runs.get('r')).toMatchObject({ status: 'paused', reason: 'lunch' })
    expect(await bench.due()).toEqual([])
    await bench.store.runs.request('r', { kind: 'resume' })
    expect(await bench.due()).toEqual(['r'])
    expect((await bench.claim('r')).arrivals.request).toBeUndefined()
    expect((await bench.store.runs.get('r'))?.reason).toBeUndefined()
  })

  proof('a pause that was taken back before its driver settled does not hold the run', async (bench) => {
    const driver = await bench.drive('r')
    await bench.store.runs.request('r', { kind: 'pause' })
    expect((await bench.store.journal.absorb('r', driver.epoch))?.request?.kind).toBe('pause')
    await bench.store.runs.request('r', { kind: 'resume' })
    await driver.settle({ status: 'paused' })
    expect((await bench.store.runs.get('r'))?.status).toBe('waiting')
    expect((await bench.claim('r')).arrivals.request).toBeUndefined()
  })

  proof('a cancel stands, whatever is asked later, also over a run that is paused or stopped meanwhile', async (bench) => {
    const { runs } = bench.store
    for (const [id, settle] of [
      ['paused', { status: 'paused' }],
      ['stopped', { status: 'stopped', error: ERROR }],
    ] as const) {
      const driver = await bench.drive(id)
      await runs.request(id, { kind: 'cancel', reason: 'enough' })
      await runs.request(id, { kind: 'pause', reason: 'no, wait' })
      await expect(runs.request(id, { kind: 'resume' })).rejects.toMatchObject({ code: 'run_state' })
      await driver.settle(settle)
      expect(await bench.due()).toEqual([id])
      const claim = await bench.claim(id)
      expect(claim.arrivals.request).toEqual({ kind: 'cancel', reason: 'enough' })
      await new Driver(bench, id, claim.run.epoch).settle({ status: 'cancelled', reason: 'enough' })
      expect(await runs.get(id)).toMatchObject({ status: 'cancelled', reason: 'enough' })
      expect(await bench.due()).toEqual([])
    }
  })

  proof('a run that stands still can be cancelled: it is taken once more for that', async (bench) => {
    for (const [id, settle] of [
      ['paused', { status: 'paused' }],
      ['stopped', { status: 'stopped', error: ERROR }],
    ] as const) {
      await (await bench.drive(id)).settle(settle)
      expect(await bench.due()).toEqual([])
      await bench.store.runs.request(id, { kind: 'cancel' })
      expect(await bench.due()).toEqual([id])
      expect((await bench.claim(id)).arrivals.request?.kind).toBe('cancel')
    }
  })

  proof('a retry takes back the failures at its paths, once, and the run goes on without its error', async (bench) => {
    const driver = await bench.drive('r')
    const failed = entry('step', { state: 'failed', error: ERROR, kind: 'ask' })
    await driver.commit([entry('fine'), failed, { ...failed, scope: 'loop[2]' }])
    await driver.settle({ status: 'failed', error: ERROR })
    const { runs } = bench.store
    await expect(runs.request('r', { kind: 'retry', paths: ['fine'] })).rejects.toMatchObject({
      code: 'run_state',
      details: { path: 'fine' },
    })
    await expect(runs.request('r', { kind: 'retry', paths: ['step', 'no'] })).rejects.toMatchObject({ code: 'run_state' })
    expect(await driver.entries()).toHaveLength(3)
    const after = await runs.request('r', { kind: 'retry', paths: ['step', 'loop[2]/step', 'step'] })
    expect([after.status, after.error, after.endedAt]).toEqual(['waiting', undefined, undefined])
    expect((await driver.entries()).slice(3)).toMatchObject([
      { scope: '', name: 'step', kind: 'ask', state: 'retracted' },
      { scope: 'loop[2]', name: 'step', kind: 'ask', state: 'retracted' },
    ])
    expect(await bench.due()).toEqual(['r'])
  })

  proof('a signal is delivered once by its id in its run, before the run is there too, and taken in the order it came', async (bench) => {
    const { runs } = bench.store
    const signal = (run: string, id: string, value: unknown) => runs.signal({ run, id, topic: 't', value: encode(value) })
    expect(await signal('r', 's1', 1)).toBe(true)
    expect(await signal('r', 's1', 'again')).toBe(false)
    expect(await signal('other', 's1', 'not mine')).toBe(true)
    const driver = await bench.drive('r')
    await signal('r', 's2', 'long '.repeat(500))
    const arrivals = await bench.store.journal.absorb('r', driver.epoch)
    expect(arrivals?.signals).toEqual([
      { id: 's1', run: 'r', topic: 't', value: encode(1), at: bench.clock.now() },
      { id: 's2', run: 'r', topic: 't', value: encode('long '.repeat(500)), at: bench.clock.now() },
    ])
    await driver.commit([entry('got')], { takeSignal: 's1' })
    expect((await bench.store.journal.absorb('r', driver.epoch))?.signals.map(({ id }) => id)).toEqual(['s2'])
    expect(await signal('r', 's1', 'once more')).toBe(false)
  })

  proof('pruning removes what ended before a time with all that was its own, and spares the rest', async (bench) => {
    const { store, clock } = bench
    for (const id of ['old', 'new', 'waits']) {
      const driver = await bench.drive(id, { key: id })
      await driver.commit([entry('step', { value: encode(`${id} `.repeat(100)) })])
      await driver.ask('review')
      await store.runs.signal({ run: id, id: 's', topic: 't', value: '1' })
      if (id === 'waits') await driver.settle(WAITING)
      else await driver.settle(DONE)
      clock.advance(1000)
    }
    const pruned = await store.runs.prune({ endedBefore: clock.now() - 2500 })
    expect(pruned.runs).toBe(1)
    expect(await Promise.all(['old', 'new', 'waits'].map(async (id) => (await store.runs.get(id))?.status))).toEqual([
      undefined,
      'completed',
      'waiting',
    ])
    expect(await store.journal.entries('old')).toEqual([])
    expect(await store.reviews.get('old:review')).toBeUndefined()
    expect(await store.runs.signal({ run: 'old', id: 's', topic: 't', value: '1' })).toBe(true)
    await bench.start('old again', { key: 'old', value: 'other' })
    expect((await store.journal.entries('new')).map(({ value }) => value)).toEqual([encode('new '.repeat(100))])
  })

  proof('pruning keeps a child while its parent goes on, keeps to a flow, and to a number, oldest first', async (bench) => {
    const { store, clock } = bench
    const parent = await bench.drive('parent')
    await (await bench.drive('child', { parent: { run: 'parent', path: 'c' } })).settle(DONE)
    for (const id of ['a', 'b', 'c']) {
      await (await bench.drive(id, { flow: 'other' })).settle(DONE)
      clock.advance(10)
    }
    const endedBefore = clock.now() + 1
    expect((await store.runs.prune({ endedBefore, flow: 'flow' })).runs).toBe(0)
    expect((await store.runs.prune({ endedBefore, limit: 2 })).runs).toBe(2)
    expect((await store.runs.get('c'))?.status).toBe('completed')
    await parent.settle(DONE)
    expect((await store.runs.prune({ endedBefore: clock.now() + 1 })).runs).toBe(3)
    expect(await store.runs.list({})).toEqual([])
  })
}

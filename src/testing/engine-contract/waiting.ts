/**
 * Proofs about waiting: for signals, people and times, whatever comes first, and however often the process dies meanwhile.
 */
import { expect } from 'vitest'
import { asking, DAY, output, type Proof, played, turn, until } from './bench.ts'

export function waitingProofs(proof: Proof): void {
  proof('signals count that come before the run, before the wait, and twice', async (bench) => {
    const subject = played(async (run) => [
      await run.signal('first'),
      await run.signal('second'),
      await run.signal('again', { topic: 'first', within: '1h' }),
    ])
    await bench.open(subject)
    expect(await bench.rondo.runs.signal('r', 'first', 1, { id: 's1' })).toBe(true)
    expect(await bench.rondo.runs.signal('r', 'first', 1, { id: 's1' })).toBe(false)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    await bench.rondo.idle()
    await bench.rondo.runs.signal('r', 'second', 2)
    await bench.settled('r')
    await bench.turn(DAY)
    expect(output(await bench.settled('r'))).toEqual([1, 2, undefined])
  })

  proof('two signals of one topic are taken in the order they came', async (bench) => {
    const subject = played(async (run) => [await run.signal('one', { topic: 't' }), await run.signal('two', { topic: 't' })])
    await bench.open(subject)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    await bench.rondo.runs.signal('r', 't', 'first')
    await bench.rondo.runs.signal('r', 't', 'second')
    expect(await bench.rondo.runs.result('r')).toEqual(['first', 'second'])
  })

  proof('timers beyond 2^31 ms keep their time, across a crash too', async (bench) => {
    const subject = played(async (run) => {
      await run.sleep('long', '60d')
      return run.now().getTime()
    })
    await bench.open(subject)
    const start = bench.clock.now()
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    await bench.rondo.idle()
    await bench.turn(59 * DAY)
    expect((await bench.settled('r')).status).toBe('waiting')
    await bench.crash(subject)
    await bench.turn(10 * DAY)
    expect(output(await bench.settled('r'))).toBeGreaterThanOrEqual(start + 60 * DAY)
  })

  proof('a status is one of a few words, whatever the run waits for', async (bench) => {
    const flows = [
      played(async () => 'out', 'completed'),
      played((run) => run.signal('x'), 'waiting'),
      played(() => Promise.reject(new Error('x')), 'failed'),
      played(async (run) => Promise.all([run.step('x', () => 1), run.step('x', () => 2)]), 'stopped'),
    ]
    await bench.open(...flows)
    for (const subject of flows) await bench.rondo.runs.start(subject, {}, { id: subject.name })
    for (const subject of flows) expect((await bench.settled(subject.name)).status).toBe(subject.name)
    await bench.rondo.runs.pause('waiting')
    expect((await bench.settled('waiting')).status).toBe('paused')
    await bench.rondo.runs.signal('waiting', 'x', 1)
    expect((await bench.settled('waiting')).status).toBe('paused')
    await bench.rondo.runs.resume('waiting')
    expect((await bench.settled('waiting')).status).toBe('completed')
  })

  proof('a run fails when its deadline passes, asleep or in the middle of a step', async (bench) => {
    const sleeps = played((run) => run.sleep('long', '2d'), 'sleeps')
    const works = played((run) => run.step('work', () => new Promise(() => undefined), { effect: 'read' }), 'works')
    await bench.open(sleeps, works)
    await bench.rondo.runs.start(sleeps, {}, { id: 'sleeps', within: '1d' })
    await bench.rondo.runs.start(works, {}, { id: 'works', within: '1d' })
    while ((await bench.rondo.runs.get('works'))?.status !== 'running') await turn()
    await turn()
    await bench.turn(DAY)
    for (const id of ['sleeps', 'works'])
      expect(await bench.settled(id)).toMatchObject({ status: 'failed', error: { code: 'deadline_passed' } })
  })

  proof('what fell due while no process ran is done as soon as one does', async (bench) => {
    const subject = played(async (run) => {
      await run.sleep('long', '60d')
      return run.signal('late', { within: '30d' })
    })
    await bench.open(subject)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    await bench.rondo.idle()
    await bench.shut()
    bench.clock.advance(61 * DAY)
    await bench.open(subject)
    expect((await bench.settled('r')).wakeAt).toBe(bench.clock.now() + 30 * DAY)
    await bench.shut()
    bench.clock.advance(31 * DAY)
    await bench.open(subject)
    expect(await bench.settled('r')).toMatchObject({ status: 'completed' })
  })

  proof('a question counts that is answered before the run, before it is asked, after a crash, and only once', async (bench) => {
    const subject = played(async (run) => {
      const first = await run.decide(asking('first'), {})
      await run.signal('go')
      const rest = await Promise.all([run.decide(asking('second'), {}), run.decide(asking('third'), {})])
      return [first, ...rest]
    })
    await bench.open(subject)
    await bench.answer('r:first', 1)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    await bench.rondo.idle()
    expect((await bench.rondo.store.reviews.get('r:first'))?.state).toBe('taken')
    await bench.answer('r:first', 'too late')
    await bench.answer('r:second', 2)
    await bench.rondo.runs.signal('r', 'go', null)
    expect((await bench.settled('r')).status).toBe('waiting')
    await bench.crash(subject)
    expect((await bench.rondo.store.reviews.list({ run: 'r', state: 'open' })).map(({ path }) => path)).toEqual(['third'])
    await bench.answer('r:third', 3)
    expect(output(await bench.settled('r'))).toEqual([1, 2, 3])
  })

  proof('two questions of one run are answered in any order, and as many people are waited for as were asked', async (bench) => {
    const subject = played((run) => Promise.all([run.decide(asking('one'), {}), run.decide(asking('two', { quorum: 2 }), {})]))
    await bench.open(subject)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    await bench.rondo.idle()
    await bench.answer('r:two', 'first')
    expect((await bench.settled('r')).status).toBe('waiting')
    await bench.answer('r:two', 'second')
    await bench.crash(subject)
    expect((await bench.settled('r')).status).toBe('waiting')
    await bench.answer('r:one', 'last')
    expect(output(await bench.settled('r'))).toEqual(['last', 'second'])
  })

  proof('a question goes to the next who is asked when its time is over, and then has no answer', async (bench) => {
    const stages = [
      { role: 'desk', withinMs: DAY },
      { role: 'lead', withinMs: DAY },
    ]
    const subject = played((run) => run.decide(asking('folder', { stages }), {}))
    await bench.open(subject)
    for (const id of ['answered', 'expired']) await bench.rondo.runs.start(subject, {}, { id })
    await bench.rondo.idle()
    await bench.turn(DAY)
    await bench.crash(subject)
    await bench.rondo.idle()
    expect((await bench.rondo.store.reviews.list({ state: 'open' })).map(({ role }) => role)).toEqual(['lead', 'lead'])
    await bench.answer('answered:folder', 'list')
    await bench.turn(DAY)
    expect(output(await bench.settled('answered'))).toBe('list')
    expect(output(await bench.settled('expired'))).toBe('nobody')
    expect((await bench.rondo.store.reviews.get('expired:folder'))?.state).toBe('closed')
  })

  proof('while one branch works, the others of its run learn what has come: an early answer, a child that ended', async (bench) => {
    const seen: string[] = []
    const saw = (what: string) => (value: unknown) => void seen.push(`${what} ${value}`)
    const ended = Promise.withResolvers<string>()
    const child = played((run) => run.step('x', () => 'done'), 'child')
    const parent = played(async (run) => {
      const works = run.step('works', () => ended.promise, { effect: 'read' })
      await Promise.all([run.decide(asking('early'), {}).then(saw('answer')), run.call(child, {}).then(saw('child'))])
      return works
    }, 'parent')
    await bench.open(parent, child)
    await bench.answer('p:early', 'yes')
    await bench.rondo.runs.start(parent, {}, { id: 'p' })
    await until(() => seen.length === 2)
    expect(seen.sort()).toEqual(['answer yes', 'child done'])
    expect((await bench.rondo.runs.get('p'))?.status).toBe('running')
    ended.resolve('worked')
    expect(output(await bench.settled('p'))).toBe('worked')
  })
}

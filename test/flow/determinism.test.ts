import { expect, test } from 'vitest'
import { z } from 'zod'
import { flow } from '../../src/flow/flow.ts'
import type { Run } from '../../src/flow/run.ts'
import { HOUR, played, Stage, turn, until } from './stage.ts'

test('time, chance and ids are the same again on replay: in the flow, in branches, items and rounds', async () => {
  const drawn = new Map<string, string[]>()
  const draw = (place: string, run: Run): void => {
    drawn.set(place, [...(drawn.get(place) ?? []), [run.now().getTime(), run.random(), run.random(), run.uuid()].join()])
  }
  const subject = played(async (run) => {
    draw('at first', run)
    await run.step('a', () => 1)
    draw('after a step', run)
    await run.all({
      left: async (inner) => {
        draw('in a branch', inner)
        await inner.sleep('nap', '1h')
        draw('later in a branch', run)
        await run.sleep('more', '2h')
      },
      right: () =>
        run.map('items', [1, 2], async (item, inner) => {
          draw(`in item ${item}`, inner)
          await run.sleep('nap', '3h')
          draw(`later in item ${item}`, run)
          await run.sleep('more', '2h')
        }),
    })
    await run.loop('rounds', {}, 0, async (turn) => {
      draw(`in round ${turn.round}`, run)
      await run.sleep('nap', '1h')
      return turn.round === 1 ? turn.done(0) : turn.again(0)
    })
    draw('at last', run)
    await run.sleep('end', '1h')
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  for (let hours = 0; hours < 9; hours += 1) {
    await stage.crash(subject)
    await stage.pass(HOUR)
  }
  await stage.output()
  expect(drawn.size).toBe(11)
  for (const draws of drawn.values()) {
    expect(draws.length).toBeGreaterThan(1)
    expect(new Set(draws).size).toBe(1)
  }
  expect(new Set([...drawn.values()].map(([first]) => first)).size).toBe(11)
})

test('now is the time of the last thing the run learned, whatever the clock says', async () => {
  const times: number[][] = []
  const subject = played(async (run) => {
    const here = [run.now().getTime()]
    await run.sleep('nap', '1h')
    here.push(run.now().getTime())
    await run.step('a', () => 1)
    here.push(run.now().getTime())
    times.push(here)
    await run.signal('go')
    return here
  })
  const stage = await Stage.open([subject])
  const began = stage.clock.now()
  await stage.start(subject)
  await stage.pass(HOUR)
  await stage.pass(3 * HOUR)
  await stage.crash(subject)
  await stage.signal('go')
  expect(await stage.output()).toEqual([began, began + HOUR, began + HOUR])
  expect(times[1]).toEqual(times[0])
})

test('chance drawn inside the work of a step does not move the flow’s own draws', async () => {
  const drawnBy: string[] = []
  const subject = played(async (run) => {
    await run.step('a', () => drawnBy.push(`step ${run.random()} ${run.uuid()}`), { effect: 'read' })
    drawnBy.push(`flow ${run.random()} ${run.uuid()}`)
    await run.signal('go')
    return run.random()
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.settled()
  await stage.crash(subject)
  await stage.signal('go')
  await stage.output()
  expect(drawnBy).toHaveLength(3)
  expect(drawnBy[2]).toBe(drawnBy[1])
})

test('Promise.race and shared variables take the same way again: results come in the order they were journaled', async () => {
  const ways: string[][] = []
  const subject = played(async (run) => {
    const way: string[] = []
    const note = (name: string) => () => void way.push(name)
    const steps = ['c', 'a', 'b'].map((name, index) =>
      run.step(name, () => (index === 0 ? turn().then(turn).then(turn) : turn()), { effect: 'read' }).then(note(name)),
    )
    const nap = run.sleep('nap', '1h').then(note('nap'))
    const signal = run.signal('s').then(note('signal'))
    const first = await Promise.race([nap.then(() => 'nap'), signal.then(() => 'signal')])
    await Promise.all([...steps, nap, signal])
    ways.push([...way, first])
    await run.signal('go')
    return first
  })
  const stage = await Stage.open([subject], { hotRuns: 10 })
  await stage.start(subject)
  await stage.settled()
  await stage.signal('s')
  await stage.pass(HOUR)
  expect((await stage.settled()).status).toBe('waiting')
  await stage.crash(subject)
  await stage.signal('go')
  expect(await stage.output()).toBe('signal')
  expect(ways[1]).toEqual(ways[0])
  expect(ways[0]).toEqual(['a', 'b', 'c', 'signal', 'nap', 'signal'])
})

test('nothing new begins before the journal is replayed: a branch that had lost does not act on resume', async () => {
  const calls: string[] = []
  const subject = played(async (run) => {
    const won = await run
      .all({
        fails: async () => {
          await run.step('x', () => 1, { effect: 'read' })
          await run.signal('now')
          throw new Error('failed')
        },
        acts: async () => {
          await run.step('y', () => 1, { effect: 'read' })
          await run.step('act', () => new Promise(() => void calls.push('act')), { effect: 'read' })
        },
      })
      .catch((error: Error) => error.message)
    await run.signal('go')
    return won
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await until(() => calls.length === 1)
  await stage.signal('now')
  expect((await stage.settled()).status).toBe('waiting')
  await stage.crash(subject)
  await stage.signal('go')
  expect(await stage.output()).toBe('failed')
  expect(calls).toEqual(['act'])
})

test('what comes while the journal is being replayed is not lost', async () => {
  const subject = played(async (run) => {
    for (let index = 0; index < 30; index += 1) await run.step(`s${index}`, () => index, { effect: 'none' })
    return [await run.signal('one'), await run.signal('two')]
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.settled()
  await stage.crash(subject)
  for (let turns = 0; turns < 12; turns += 1) {
    await stage.signal(turns % 2 === 0 ? 'one' : 'two', turns)
    await turn()
  }
  expect(await stage.output()).toEqual([0, 1])
})

test('a flow that throws fails its run with the error, its causes and where it came from', async () => {
  const subject = played(() => {
    throw new RangeError('out of range', { cause: new Error('a cause') })
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  const run = await stage.settled()
  expect(run).toMatchObject({ status: 'failed', error: { name: 'RangeError', message: 'out of range', cause: { message: 'a cause' } } })
  expect(run.error?.stack).toMatch(/determinism\.test\.ts/)
})

test('an output that the schema refuses fails the run and names the field; one that fits is parsed', async () => {
  const output = z.object({ lines: z.array(z.object({ amount: z.number() })), note: z.string().default('none') })
  const code = (amount: unknown) =>
    flow({ name: 'played', input: z.unknown(), output, run: async () => ({ lines: [{ amount }] }) as never })
  const stage = await Stage.open([code('three')])
  await stage.start(code('three'))
  const failed = await stage.settled()
  expect(failed).toMatchObject({ status: 'failed', error: { code: 'invalid_output' } })
  expect(failed.error?.message).toMatch(/lines\[0\]\.amount: /)
  await stage.crash(code(3))
  await stage.rondo.runs.retry('r')
  expect(await stage.output()).toEqual({ lines: [{ amount: 3 }], note: 'none' })
})

test('an input that the flow refuses starts nothing and names the field; neither does an unknown flow or a poor id', async () => {
  const subject = flow({
    name: 'played',
    input: z.object({ to: z.object({ zip: z.string() }) }),
    output: z.unknown(),
    run: async (_, input) => input,
  })
  const stage = await Stage.open([subject])
  await expect(stage.rondo.runs.start(subject, { to: { zip: 1 } } as never)).rejects.toMatchObject({
    code: 'invalid_input',
    message: expect.stringMatching(/Flow "played" does not take this input\. to\.zip: /),
  })
  await expect(stage.rondo.runs.start(subject, 'x' as never)).rejects.toThrow(/\(the input\): /)
  await expect(stage.rondo.runs.start('other', {})).rejects.toMatchObject({ code: 'flow_unknown' })
  await expect(
    stage.rondo.runs.start(
      played(async () => 1, { name: 'unregistered' }),
      {},
    ),
  ).rejects.toMatchObject({ code: 'flow_unknown' })
  for (const id of ['', 'a:b', 'a b', 'x'.repeat(201)])
    await expect(stage.rondo.runs.start(subject, { to: { zip: '1' } }, { id })).rejects.toMatchObject({ code: 'invalid_input' })
  expect(await stage.rondo.runs.list()).toEqual([])
})

test('whoever waits for a stopped run is told, and may wait again once it was mended', async () => {
  const code = (name: string) => played((run) => Promise.all([run.step('a', () => 1), run.step(name, () => 2)]))
  const stage = await Stage.open([code('a')])
  await stage.start(code('a'))
  await expect(stage.rondo.runs.result('r')).rejects.toMatchObject({ code: 'name_taken' })
  await stage.crash(code('b'))
  await stage.rondo.runs.retry('r')
  expect(await stage.rondo.runs.result('r')).toEqual([1, 2])
})

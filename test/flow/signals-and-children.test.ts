import { expect, test } from 'vitest'
import { z } from 'zod'
import { flow } from '../../src/flow/flow.ts'
import { HOUR, played, Stage } from './stage.ts'

test('signals that came before the run, before the wait and while it was down are taken in the order they came', async () => {
  const subject = played(async (run) => {
    const one = await run.signal('one', { topic: 't' })
    await run.sleep('nap', '1h')
    const rest = [await run.signal('two', { topic: 't' }), await run.signal('three', { topic: 't' })]
    return [one, ...rest]
  })
  const stage = await Stage.open([subject])
  await stage.signal('t', 'early')
  await stage.start(subject)
  await stage.settled()
  await stage.signal('t', 'before the wait')
  await stage.crash(subject)
  await stage.signal('t', 'last')
  await stage.pass(HOUR)
  expect(await stage.output()).toEqual(['early', 'before the wait', 'last'])
})

test('two that wait for one topic get one signal each, in the order they began to wait', async () => {
  const subject = played((run) => Promise.all([run.signal('a', { topic: 't' }), run.signal('b', { topic: 't' })]))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.settled()
  await stage.signal('t', 1)
  expect((await stage.settled()).status).toBe('waiting')
  await stage.crash(subject)
  await stage.signal('t', 2)
  expect(await stage.output()).toEqual([1, 2])
})

test('a wait with an end gives undefined when nothing came, and a signal that comes later stays for the next', async () => {
  const subject = played(async (run) => {
    const first = await run.signal('first', { topic: 't', within: '1h' })
    await run.sleep('nap', '1h')
    return [first, await run.signal('second', { topic: 't', within: '1h' })]
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.pass(HOUR)
  await stage.signal('t', 'late')
  await stage.pass(HOUR)
  expect(await stage.output()).toEqual([undefined, 'late'])
})

test('the end of a wait stands from when it began, whatever crashes come between', async () => {
  const subject = played((run) => run.signal('s', { within: '1h' }))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.pass(HOUR / 2)
  await stage.crash(subject)
  await stage.pass(HOUR / 2)
  expect(await stage.output()).toBeUndefined()
})

test('a signal that does not fit its schema fails the step, naming the field, and is not taken again', async () => {
  const schema = z.object({ lines: z.array(z.object({ amount: z.number() })) })
  const subject = played(async (run) => {
    const wrong = await run
      .signal('wrong', { topic: 't', schema })
      .catch((error: Error & { code: string }) => `${error.code}: ${error.message}`)
    return [wrong, await run.signal('right', { topic: 't', schema })]
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.signal('t', { lines: [{ amount: 'three' }] })
  await stage.settled()
  await stage.crash(subject)
  await stage.signal('t', { lines: [{ amount: 3 }], more: true })
  expect(await stage.output()).toEqual([
    expect.stringMatching(/^invalid_input: .*"wrong".*lines\[0\]\.amount: /),
    { lines: [{ amount: 3 }] },
  ])
})

test('one signal id is delivered once', async () => {
  const subject = played((run) => run.signal('a', { topic: 't' }).then(() => run.signal('b', { topic: 't', within: '1h' })))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  expect(await stage.rondo.runs.signal('r', 't', 1, { id: 'x' })).toBe(true)
  expect(await stage.rondo.runs.signal('r', 't', 1, { id: 'x' })).toBe(false)
  await stage.pass(HOUR)
  expect(await stage.output()).toBeUndefined()
})

test('a child is one run, whatever crashes come, and gives its parsed output', async () => {
  const child = flow({
    name: 'child',
    input: z.object({ n: z.coerce.number() }),
    output: z.object({ twice: z.number() }),
    run: async (run, { n }) => {
      await run.signal('go')
      return { twice: 2 * n }
    },
  })
  const parent = played((run) => run.map('m', ['1', '2'], (n) => run.call(child, { n } as never)))
  const stage = await Stage.open([parent, child])
  await stage.start(parent)
  await stage.settled()
  await stage.crash(parent, child)
  const children = await stage.rondo.runs.list({ parent: 'r' })
  expect(children).toHaveLength(2)
  for (const { id } of children) await stage.signal('go', null, id)
  expect(await stage.output()).toEqual([{ twice: 2 }, { twice: 4 }])
  expect(await stage.rondo.runs.list({ parent: 'r' })).toHaveLength(2)
})

test('a child that fails, is cancelled, or is given what it refuses fails the call, and says why', async () => {
  const child = flow({
    name: 'child',
    input: z.object({ how: z.enum(['fail', 'wait']) }),
    output: z.unknown(),
    run: (run, { how }) => (how === 'fail' ? run.step('x', () => Promise.reject(new Error('no luck'))) : run.signal('never')),
  })
  const say = (error: Error & { code: string }) => `${error.code}: ${error.message}`
  const parent = played((run) =>
    run.all({
      fails: () => run.call(child, { how: 'fail' }).catch(say),
      cancelled: () => run.call(child, { how: 'wait' }).catch(say),
      refused: () => run.call(child, { how: 'dance' } as never).catch(say),
    }),
  )
  const stage = await Stage.open([parent, child])
  await stage.start(parent)
  await stage.settled()
  const waiting = (await stage.rondo.runs.list({ parent: 'r' })).find(({ status }) => status === 'waiting')
  await stage.rondo.runs.cancel(waiting?.id ?? '', 'not today')
  expect(await stage.output()).toEqual({
    fails: expect.stringMatching(/^child_failed: Child run .* of flow "child", called at "fails\/child", failed: no luck/),
    cancelled: expect.stringMatching(/^child_failed: .* was cancelled \(not today\)/),
    refused: expect.stringMatching(/^invalid_input: .*how: /),
  })
})

test('a parent that failed of its child is retried with a new child; a step of its own that is called the same stands', async () => {
  let broken = true
  const calls: string[] = []
  const child = played((run) => run.step('x', () => (broken ? Promise.reject(new Error('down')) : 'fine')), { name: 'child' })
  const parent = played(async (run) => {
    await run.step('x', () => Promise.reject(new Error(`expected ${calls.push('x')}`))).catch(() => undefined)
    return run.call(child, {})
  })
  const stage = await Stage.open([parent, child])
  await stage.start(parent)
  expect((await stage.settled()).status).toBe('failed')
  broken = false
  await stage.rondo.runs.retry('r')
  expect(await stage.output()).toBe('fine')
  expect(await stage.rondo.runs.list({ parent: 'r' })).toHaveLength(2)
  expect(calls).toEqual(['x'])
})

test('a child of a flow that nobody knows waits and is warned about; the parent is cancelled with it', async () => {
  const child = played((run) => run.signal('x'), { name: 'child' })
  const parent = played((run) => run.call(child, {}))
  const stage = await Stage.open([parent])
  await stage.start(parent)
  expect((await stage.settled()).status).toBe('waiting')
  expect(stage.warnings).toEqual([expect.stringMatching(/"child" are due, but the code knows no flow of that name/)])
})

test('measures are kept, and one outside [0,1] stops the run', async () => {
  for (const [value, status] of [
    [0, 'completed'],
    [1, 'completed'],
    [-0.1, 'stopped'],
    [1.01, 'stopped'],
    [Number.NaN, 'stopped'],
  ] as const) {
    const subject = played((run) => run.measure('quality', value))
    const stage = await Stage.open([subject])
    await stage.start(subject)
    expect((await stage.settled()).status).toBe(status)
    if (status === 'completed') expect(await stage.entries()).toMatchObject([{ kind: 'measure', state: 'completed', value: `${value}` }])
  }
})

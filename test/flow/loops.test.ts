import { expect, test } from 'vitest'
import { z } from 'zod'
import { HOUR, played, Stage } from './stage.ts'

test('a resumed loop starts at its last finished round, from the state it recorded', async () => {
  const bodies: string[] = []
  const subject = played((run) =>
    run.loop('rounds', {}, { sum: 0 }, async (turn, state) => {
      bodies.push(`${turn.round}:${state.sum}`)
      await run.sleep('nap', '1h')
      return turn.round === 3 ? turn.done(state.sum) : turn.again({ sum: state.sum + turn.round })
    }),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  for (let round = 0; round < 4; round += 1) await stage.pass(HOUR)
  expect(await stage.output()).toBe(3)
  expect(bodies).toEqual(['0:0', '0:0', '1:0', '1:0', '2:1', '2:1', '3:3', '3:3'])
})

test('the state comes back as it was, undefined and dates included', async () => {
  const states: unknown[] = []
  const subject = played((run) =>
    run.loop('rounds', {}, undefined as unknown, async (turn, state) => {
      states.push(state)
      await run.sleep('nap', '1h')
      return turn.round === 2 ? turn.done(null) : turn.again(turn.round === 0 ? { at: new Date(5), big: 7n } : undefined)
    }),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  for (let round = 0; round < 3; round += 1) await stage.pass(HOUR)
  expect(await stage.output()).toBeNull()
  const first = { at: new Date(5), big: 7n }
  expect(states).toEqual([undefined, undefined, first, first, undefined, undefined])
})

test('what a round leaves unfinished is taken up inside that round', async () => {
  const calls: string[] = []
  const subject = played((run) =>
    run.loop('rounds', {}, 0, async (turn, sum: number) => {
      const one = await run.step('one', () => calls.push(`one ${turn.round}`))
      await run.signal('go')
      const two = await run.step('two', () => calls.push(`two ${turn.round}`))
      return turn.round === 1 ? turn.done(sum + one + two) : turn.again(sum + one + two)
    }),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.settled()
  await stage.crash(subject)
  await stage.signal('go')
  await stage.settled()
  await stage.crash(subject)
  await stage.signal('go')
  expect(await stage.output()).toBe(1 + 2 + 3 + 4)
  expect(calls).toEqual(['one 0', 'two 0', 'one 1', 'two 1'])
})

test('loops in loops, maps in loops and loops in maps keep what they had, at any depth', async () => {
  let calls = 0
  const subject = played((run) =>
    run.loop('outer', {}, [] as number[][], async (turn, rows) => {
      const row = await run.map('cells', [0, 1], (cell) =>
        run.loop('inner', {}, 0, async (inner, sum: number) => {
          await run.sleep('nap', '1h')
          const more = await run.step('add', () => {
            calls += 1
            return sum + 10 * turn.round + cell
          })
          return inner.round === 1 ? inner.done(more) : inner.again(more)
        }),
      )
      return turn.round === 1 ? turn.done([...rows, row]) : turn.again([...rows, row])
    }),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  for (let naps = 0; naps < 4; naps += 1) {
    await stage.crash(subject)
    await stage.pass(HOUR)
  }
  expect(await stage.output()).toEqual([
    [0, 2],
    [20, 22],
  ])
  expect(calls).toBe(8)
})

test('a turn that throws fails the loop, and what it had asked people is closed', async () => {
  const subject = played(async (run) => {
    const failed = await run
      .loop('rounds', {}, 0, async () => {
        void run.review('open', { subject: 1 })
        await run.sleep('a while', '1h')
        throw new Error('not this time')
      })
      .catch((error: Error) => error.message)
    await run.signal('go')
    return failed
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.settled()
  expect(await stage.questions()).toHaveLength(1)
  await stage.pass(HOUR)
  expect((await stage.settled()).status).toBe('waiting')
  expect(await stage.questions()).toEqual([])
  await stage.crash(subject)
  await stage.signal('go')
  expect(await stage.output()).toBe('not this time')
  expect(await stage.questions()).toEqual([])
})

test.each([
  ['nothing', undefined],
  ['something else', { kind: 'maybe' }],
])('a turn that returns %s stops the run and says what it must return', async (_, returned) => {
  const subject = played((run) => run.loop('rounds', {}, 0, (async () => returned) as never))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  const run = await stage.settled()
  expect(run).toMatchObject({ status: 'stopped', error: { code: 'invalid_definition' } })
  expect(run.error?.message).toMatch(/"rounds" must return turn\.done\(…\) or turn\.again\(…\)/)
})

test('a state that cannot be kept stops the run, and mended code goes on from the round before', async () => {
  const calls: number[] = []
  const code = (state: unknown) =>
    played((run) =>
      run.loop('rounds', {}, 0 as unknown, async (turn) => {
        await run.step('call', () => void calls.push(turn.round))
        return turn.round === 1 ? turn.done('done') : turn.again(state)
      }),
    )
  const stage = await Stage.open([code(() => 1)])
  await stage.start(code(1))
  expect(await stage.settled()).toMatchObject({ status: 'stopped', error: { code: 'not_serialisable' } })
  await stage.crash(code(1))
  await stage.rondo.runs.retry('r')
  expect(await stage.output()).toBe('done')
  expect(calls).toEqual([0, 1])
})

test('a flow of many rounds reads and keeps no more for each than for the first', async () => {
  const subject = played(
    (run) =>
      run.loop('rounds', {}, 0, async (turn, sum: number) => {
        const next = await run.step('add', () => sum + 1, { effect: 'none' })
        if (next === 500) await run.signal('go')
        return next === 1000 ? turn.done(next) : turn.again(next)
      }),
    { output: z.number() },
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.settled()
  const before = (await stage.entries()).length
  await stage.crash(subject)
  const loaded: string[] = []
  const { journal } = stage.rondo.store
  const { load } = journal
  journal.load = (run, scope) => {
    loaded.push(scope)
    return load(run, scope)
  }
  await stage.signal('go')
  expect(await stage.output()).toBe(1000)
  expect(before).toBe(1 + 2 * 499 + 2)
  expect(loaded.sort()).toEqual(['', 'rounds/$budget', 'rounds[499]'])
})

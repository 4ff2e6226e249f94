import { expect, test } from 'vitest'
import { aborted, DAY, HOUR, played, Stage, turn, until } from './stage.ts'

test('Promise.all over single steps with names of their own resumes each where it was', async () => {
  const calls: string[] = []
  const subject = played(async (run) => {
    const all = await Promise.all([
      run.step('a', () => calls.push('a')),
      run.signal('b'),
      run.step('c', () => calls.push('c')).then(() => run.step('d', () => calls.push('d'))),
      run.sleep('e', '1h'),
    ])
    await run.step('after', () => calls.push('after'))
    return all
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.settled()
  await stage.crash(subject)
  await stage.signal('b', 'b')
  await stage.settled()
  await stage.crash(subject)
  await stage.pass(HOUR)
  expect(await stage.output()).toEqual([1, 'b', 3, undefined])
  expect(calls).toEqual(['a', 'c', 'd', 'after'])
})

test('map does so many at a time as it may, and gives the results in the order of the items', async () => {
  let now = 0
  let most = 0
  const subject = played((run) =>
    run.map(
      'items',
      [5, 3, 1, 4, 2],
      async (item) => {
        now += 1
        most = Math.max(most, now)
        await run.step('work', () => turn(), { effect: 'read' })
        now -= 1
        return item * 10
      },
      { concurrency: 2 },
    ),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  expect(await stage.output()).toEqual([50, 30, 10, 40, 20])
  expect(most).toBe(2)
})

test('finished items are not entered again, and the others go on where they were', async () => {
  const entered: string[] = []
  const subject = played((run) =>
    run.map('items', [{ id: 'a' }, { id: 'b' }], async ({ id }) => {
      entered.push(id)
      if (id === 'b') await run.signal('go')
      return id
    }),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.settled()
  await stage.crash(subject)
  await stage.signal('go')
  expect(await stage.output()).toEqual(['a', 'b'])
  expect(entered).toEqual(['a', 'b', 'b'])
})

test.each([
  ['two items of one key', ['a', 'b', 'a'], /two items with the key "a": items 0 and 2/, 'name_taken'],
  ['a number and a text that look the same', [1, '1'], /two items with the key "1"/, 'name_taken'],
  ['items without a key', [{ name: 'x' }], /needs a key for item 0/, 'invalid_definition'],
  ['texts too long to be keys', ['x'.repeat(500)], /needs a key for item 0/, 'invalid_definition'],
])('%s stop the run with the reason', async (_, items, message, code) => {
  const subject = played((run) => run.map<unknown, unknown>('items', items, (item) => item))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  const run = await stage.settled()
  expect(run).toMatchObject({ status: 'stopped', error: { code } })
  expect(run.error?.message).toMatch(message)
})

test('a concurrency below one stops the run', async () => {
  const subject = played((run) => run.map('items', [1], (item) => item, { concurrency: 0 }))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  expect(await stage.settled()).toMatchObject({ status: 'stopped', error: { code: 'invalid_definition' } })
})

test('no items, and no branches, are nothing to do', async () => {
  const subject = played(async (run) => [await run.map('none', [], () => 1), await run.all({})])
  const stage = await Stage.open([subject])
  await stage.start(subject)
  expect(await stage.output()).toEqual([[], {}])
})

test('an item that fails fails the map, stops the others and closes their questions; resumed, it fails the same way', async () => {
  let stopped = 0
  const calls: string[] = []
  const subject = played(async (run) => {
    const failed = await run
      .map(
        'items',
        ['asks', 'works', 'fails', 'later'],
        async (item) => {
          calls.push(item)
          if (item === 'asks') await run.review('question', { subject: 1 })
          if (item === 'works')
            await run.step('long', ({ signal }) => aborted(signal).then(() => Promise.reject(new Error(`${++stopped}`))), {
              effect: 'read',
            })
          if (item === 'fails') {
            await run.sleep('nap', '1h')
            throw new Error('no luck')
          }
        },
        { concurrency: 3 },
      )
      .catch((error: Error) => error.message)
    await run.signal('go')
    return failed
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await until(async () => (await stage.questions()).length === 1)
  await turn()
  stage.clock.advance(HOUR)
  expect((await stage.settled()).status).toBe('waiting')
  expect([stopped, await stage.questions(), calls.includes('later')]).toEqual([1, [], false])
  await stage.crash(subject)
  await stage.signal('go')
  expect(await stage.output()).toBe('no luck')
  expect(await stage.questions()).toEqual([])
})

test('the first branch of all that fails is what fails it; the child of another is cancelled', async () => {
  const child = played((run) => run.signal('never'), { name: 'child' })
  const subject = played((run) =>
    run
      .all({
        calls: () => run.call(child, {}),
        fails: () => run.sleep('nap', '1h').then(() => Promise.reject(new RangeError('out'))),
      })
      .catch((error: Error) => `${error.name}: ${error.message}`),
  )
  const stage = await Stage.open([subject, child])
  await stage.start(subject)
  await stage.settled()
  const [begun] = await stage.rondo.runs.list({ parent: 'r' })
  expect(begun?.status).toBe('waiting')
  await stage.pass(HOUR)
  expect(await stage.output()).toBe('RangeError: out')
  expect((await stage.settled(begun?.id)).status).toBe('cancelled')
})

test('what a branch or item returns that cannot be kept stops the run: no catch can mend it', async () => {
  const of = {
    map: played((run) => run.map('x', [1], () => () => 1).catch(() => 'caught'), { name: 'map' }),
    all: played((run) => run.all({ x: () => () => 1 }).catch(() => 'caught'), { name: 'all' }),
    race: played((run) => run.race('x', { y: () => () => 1 }).catch(() => 'caught'), { name: 'race' }),
  }
  const stage = await Stage.open(Object.values(of))
  for (const [id, subject] of Object.entries(of)) {
    await stage.start(subject, {}, { id })
    expect(await stage.settled(id)).toMatchObject({ status: 'stopped', error: { code: 'not_serialisable' } })
  }
})

test('a race keeps its winner, closes the questions of the others, cancels their children and tells their work to stop', async () => {
  let told = false
  const child = played((run) => run.signal('never'), { name: 'child' })
  const code = (winner: string) =>
    played(async (run) => {
      const won = await run.race('race', {
        asks: () => run.review('question', { subject: 1 }),
        calls: () => run.call(child, {}),
        works: () =>
          run.step('long', async ({ signal }) => {
            await aborted(signal)
            told = true
          }),
        naps: () => run.sleep('nap', winner === 'naps' ? '1h' : '2d').then(() => 'slept'),
      })
      await run.signal('go')
      return won
    })
  const stage = await Stage.open([code('naps'), child])
  await stage.start(code('naps'))
  await until(async () => (await stage.journal()).filter((line) => line.startsWith('race/')).length >= 4)
  await turn()
  const [begun] = await stage.rondo.runs.list({ parent: 'r' })
  stage.clock.advance(HOUR)
  expect((await stage.settled()).status).toBe('waiting')
  expect(told).toBe(true)
  expect(await stage.questions()).toEqual([])
  expect((await stage.settled(begun?.id)).status).toBe('cancelled')
  expect(await stage.journal()).toContain('race/works/long completed')
  await stage.crash(code('asks'), child)
  await stage.signal('go')
  expect(await stage.output()).toEqual({ winner: 'naps', value: 'slept' })
})

test('a race fails with a branch that fails first, and a race without branches is refused', async () => {
  const fails = played(
    (run) =>
      run
        .race('r', { a: () => Promise.reject(new Error('first')), b: () => run.sleep('nap', '1h') })
        .catch((error: Error) => error.message),
    { name: 'fails' },
  )
  const empty = played((run) => run.race('r', {}), { name: 'empty' })
  const stage = await Stage.open([fails, empty])
  await stage.start(fails, {}, { id: 'fails' })
  expect(await stage.output('fails')).toBe('first')
  await stage.start(empty, {}, { id: 'empty' })
  expect(await stage.settled('empty')).toMatchObject({ status: 'stopped', error: { code: 'invalid_definition' } })
})

test('what came to a branch that had lost before the crash is not taken by it on resume', async () => {
  const subject = played(async (run) => {
    const first = await run
      .race('race', {
        listens: () => run.signal('mail'),
        fails: () => run.sleep('nap', '1h').then(() => Promise.reject(new Error('late'))),
      })
      .catch((error: Error) => error.message)
    await run.sleep('rest', '1d')
    return [first, await run.signal('again', { topic: 'mail' })]
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.pass(HOUR)
  await stage.signal('mail', 'for the second')
  await stage.crash(subject)
  await stage.pass(DAY)
  expect(await stage.output()).toEqual(['late', 'for the second'])
})

test('branches, maps and races nest in each other and come through crashes', async () => {
  const calls: string[] = []
  const subject = played((run) =>
    run.all({
      left: () =>
        run.map('items', ['a', 'b'], (item) =>
          run.race('quick', {
            slow: () => run.sleep('nap', item === 'a' ? '1h' : '3h').then(() => 'slow'),
            signal: () => run.signal('s', { topic: item }).then(String),
          }),
        ),
      right: () =>
        run.loop('rounds', {}, 0, async (turn) => {
          await run.all({ x: () => run.sleep('nap', '2h'), y: () => run.step('y', () => void calls.push(`y${turn.round}`)) })
          return turn.round === 1 ? turn.done('right') : turn.again(0)
        }),
    }),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.settled()
  await stage.crash(subject)
  await stage.signal('b', 'told')
  for (let hours = 0; hours < 4; hours += 1) {
    await stage.pass(HOUR)
    await stage.crash(subject)
  }
  expect(await stage.output()).toEqual({
    left: [
      { winner: 'slow', value: 'slow' },
      { winner: 'signal', value: 'told' },
    ],
    right: 'right',
  })
  expect(calls).toEqual(['y0', 'y1'])
})

test('code of a branch that had lost may come to its end, and writes nothing by that', async () => {
  let release: () => void = () => undefined
  const subject = played(async (run) => {
    const won = await run.race('race', {
      stray: () =>
        run.loop('loop', {}, 0, async (round) => {
          await new Promise<void>((resolve) => {
            release = resolve
          })
          return round.again(1)
        }),
      nap: () => run.sleep('nap', '1h'),
    })
    await run.signal('go')
    return won
  })
  const stage = await Stage.open([subject], { hotRuns: 1 })
  await stage.start(subject)
  await until(async () => (await stage.journal()).includes('race/nap/nap opened'))
  await turn()
  stage.clock.advance(HOUR)
  await stage.settled()
  const before = await stage.journal()
  release()
  await stage.signal('go')
  expect(await stage.output()).toEqual({ winner: 'nap', value: undefined })
  expect(await stage.journal()).toEqual([...before, 'go completed'])
})

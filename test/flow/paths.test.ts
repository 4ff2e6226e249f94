import { expect, test } from 'vitest'
import type { Run } from '../../src/flow/run.ts'
import { played, Stage } from './stage.ts'

const HERE = /paths\.test\.ts:\d+:\d+/g

test('a name met twice stops the run, names both places, and cannot be caught', async () => {
  let caught = false
  const subject = played(async (run) => {
    await run.step('same', () => 1)
    try {
      await run.sleep('same', '1h')
    } catch {
      caught = true
    } finally {
      caught = true
    }
  })
  const other = played((run) => run.step('fine', () => 1), { name: 'other' })
  const stage = await Stage.open([subject, other])
  await stage.start(subject)
  await stage.start(other, {}, { id: 'o' })
  const run = await stage.settled()
  expect(run).toMatchObject({ status: 'stopped', error: { code: 'name_taken', details: { path: 'same' } } })
  expect(run.error?.message).toMatch(/a code at .* and a sleep at /)
  expect(run.error?.message.match(HERE)).toHaveLength(2)
  expect(new Set(run.error?.message.match(HERE)).size).toBe(2)
  expect(caught).toBe(false)
  expect(await stage.output('o')).toBe(1)
})

test('a name met twice deep inside branches is named with its whole path', async () => {
  const subject = played((run) =>
    run.map('files', ['a/b'], () =>
      run.all({
        left: async () => {
          await run.step('read', () => 1)
          await run.step('read', () => 2)
        },
      }),
    ),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  expect((await stage.settled()).error?.details).toEqual({ path: 'files[a%2fb]/left/read' })
})

test('a branch and a step of one name in one scope are two of a name', async () => {
  const subject = played(async (run) => {
    await run.step('left', () => 1)
    await run.all({ left: () => 2 })
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  expect(await stage.settled()).toMatchObject({ status: 'stopped', error: { code: 'name_taken' } })
})

test('the same name in two rounds, two items and two branches is two steps', async () => {
  const subject = played(async (run) => {
    const rounds = await run.loop('rounds', {}, '', async (turn, text) => {
      const more = await run.step('x', () => `${text}${turn.round}`)
      return turn.round === 1 ? turn.done(more) : turn.again(more)
    })
    const items = await run.map('items', [1, 2], (item) => run.step('x', () => item))
    const branches = await run.all({ a: () => run.step('x', () => 'a'), b: (branch) => branch.step('x', () => 'b') })
    return [rounds, items, branches, await run.step('x', () => 'root')]
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  expect(await stage.output()).toEqual(['01', [1, 2], { a: 'a', b: 'b' }, 'root'])
  expect((await stage.journal()).filter((line) => line.endsWith('x completed'))).toEqual([
    'rounds[0]/x completed',
    'rounds[1]/x completed',
    'items[1]/x completed',
    'items[2]/x completed',
    'a/x completed',
    'b/x completed',
    'x completed',
  ])
})

test('a recorded path that the code makes another kind stops the run, names the place and the entry, and loses nothing', async () => {
  const calls: string[] = []
  const code = (kind: 'step' | 'signal') =>
    played(async (run) => {
      await run.step('before', () => void calls.push('before'))
      if (kind === 'step') await run.step('it', () => void calls.push('it'))
      else await run.signal('it')
      await run.signal('go')
      return 'done'
    })
  const stage = await Stage.open([code('step')])
  await stage.start(code('step'))
  await stage.settled()
  await stage.crash(code('signal'))
  await stage.signal('go')
  const stopped = await stage.settled()
  expect(stopped).toMatchObject({
    status: 'stopped',
    error: { code: 'diverged', details: { path: 'it', recorded: 'code', code: 'signal' } },
  })
  expect(stopped.error?.message).toMatch(/holds "it" as a code \(entry \d+, 20.*paths\.test\.ts:\d+:\d+ makes it a signal/)
  await stage.crash(code('step'))
  await stage.rondo.runs.retry('r')
  expect(await stage.output()).toBe('done')
  expect(calls).toEqual(['before', 'it'])
})

test('siblings may be added, removed, moved and put around recorded steps', async () => {
  const calls: string[] = []
  const step = (run: Run, name: string) => run.step(name, () => calls.push(name))
  const before = played(async (run) => {
    await step(run, 'a')
    await step(run, 'b')
    await step(run, 'gone')
    await run.map('items', ['x', 'y'], (item) => run.step('do', () => calls.push(item)))
    await run.signal('go')
  })
  const after = played(async (run) => {
    await step(run, 'first')
    const items = await run.map('items', ['new', 'y', 'x'], (item) => run.step('do', () => calls.push(item)))
    const b = await step(run, 'b')
    const a = await step(run, 'a')
    await step(run, 'between')
    await run.signal('go')
    return [a, b, items]
  })
  const stage = await Stage.open([before])
  await stage.start(before)
  await stage.settled()
  await stage.crash(after)
  await stage.signal('go')
  expect(await stage.output()).toEqual([1, 2, [7, 5, 4]])
  expect(calls).toEqual(['a', 'b', 'gone', 'x', 'y', 'first', 'new', 'between'])
})

test.each(['', 'a/b', 'a[b', 'a]b', 'a\nb', '$budget', 'x'.repeat(201)])('the name %j is refused, and the run stops', async (name) => {
  const subject = played((run) => run.step(name, () => 1))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  expect(await stage.settled()).toMatchObject({ status: 'stopped', error: { code: 'invalid_definition' } })
})

test('the run of a branch that is over takes no more steps: that is said, and does not hang', async () => {
  let kept: Run | undefined
  const subject = played(async (run) => {
    await run.all({
      branch: (inner) => {
        kept = inner
      },
    })
    await kept?.step('late', () => 1)
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  const run = await stage.settled()
  expect(run.status).toBe('stopped')
  expect(run.error?.message).toMatch(/run\.step\("late"\) was called on the run of "branch", which is over/)
})

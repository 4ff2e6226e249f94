import { expect, test, vi } from 'vitest'
import type { Run } from '../../src/flow/run.ts'
import { aborted, ann, DAY, HOUR, played, Stage, turn, until } from './stage.ts'

test.each<[string, (run: Run) => Promise<unknown>]>([
  ['sleep', (run) => run.sleep('x', '1h')],
  ['signal', (run) => run.signal('x')],
  ['review', (run) => run.review('x', { subject: 1 })],
  ['map of waits', (run) => run.map('x', [1, 2], () => run.signal('y'))],
  ['race of waits', (run) => run.race('x', { a: () => run.sleep('y', '1h'), b: () => run.signal('z') })],
  ['loop that waits', (run) => run.loop('x', {}, 0, async (turn) => turn.done(await run.signal('y')))],
  ['spent budget', (run) => run.loop('x', { rounds: 0 }, 0, async (turn) => turn.done(1))],
])('no catch and no finally around a %s runs when the run is let go, cancelled or abandoned', async (_, wait) => {
  const seen: string[] = []
  const subject = played(async (run) => {
    try {
      await wait(run)
    } catch {
      seen.push('catch')
    } finally {
      seen.push('finally')
    }
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  expect((await stage.settled()).status).toBe('waiting')
  await stage.restart(subject)
  await stage.signal('nobody listens')
  expect((await stage.settled()).status).toBe('waiting')
  await stage.rondo.runs.cancel('r')
  expect((await stage.settled()).status).toBe('cancelled')
  for (let turns = 0; turns < 20; turns += 1) await turn()
  expect(seen).toEqual([])
})

test('a catch around a step that is under way when the run is cancelled does not run', async () => {
  const seen: string[] = []
  const subject = played(async (run) => {
    try {
      await run.step('long', ({ signal }) => aborted(signal).then(() => Promise.reject(signal.reason)))
    } catch {
      seen.push('catch')
    } finally {
      seen.push('finally')
    }
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await until(async () => (await stage.journal()).length === 1)
  await stage.rondo.runs.cancel('r', 'enough')
  expect(await stage.settled()).toMatchObject({ status: 'cancelled', reason: 'enough' })
  await turn()
  expect(seen).toEqual([])
})

test('a failure is caught, and finally runs, live and on replay', async () => {
  const seen: string[] = []
  const subject = played(async (run) => {
    let message = ''
    try {
      await run.step('fails', () => Promise.reject(Object.assign(new TypeError('no'), { code: 'E1' })), {
        effect: 'read',
        retry: { attempts: 1 },
      })
    } catch (error) {
      message = error instanceof Error ? `${error.name} ${error.message} ${'code' in error ? error.code : ''}` : ''
    } finally {
      seen.push('finally')
    }
    await run.signal('go')
    return message
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.settled()
  await stage.crash(subject)
  await stage.signal('go')
  expect(await stage.output()).toBe('TypeError no E1')
  expect(seen).toEqual(['finally', 'finally'])
})

test('steps that nobody awaits do not harm the process, and an effect among them that was begun gets on the record', async () => {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  try {
    let finish: (value: string) => void = () => undefined
    const subject = played(async (run) => {
      void run.step('fails', () => Promise.reject(new Error('nobody looks')), { effect: 'read', retry: { attempts: 1 } })
      void run.step('writes', () => new Promise<string>((resolve) => (finish = resolve)))
      void run.signal('never')
      void run.review('open', { subject: 1 })
      await run.step('awaited', () => 1)
      return 'done'
    })
    const stage = await Stage.open([subject])
    await stage.start(subject)
    await until(async () => (await stage.journal()).includes('awaited completed'))
    await turn()
    expect((await stage.record()).status).toBe('running')
    finish('sent')
    expect(await stage.output()).toBe('done')
    expect(await stage.journal()).toEqual(expect.arrayContaining(['writes completed', 'fails failed']))
    expect(await stage.questions()).toEqual([])
    await turn()
    expect(unhandled).not.toHaveBeenCalled()
  } finally {
    process.off('unhandledRejection', unhandled)
  }
})

test('a step whose failure is awaited only later fails there, and not the process', async () => {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  try {
    const subject = played(async (run) => {
      const early = run.step('early', () => Promise.reject(new Error('early failed')), { effect: 'read', retry: { attempts: 1 } })
      await run.sleep('meanwhile', '1h')
      return early.catch((error: Error) => error.message)
    })
    const stage = await Stage.open([subject])
    await stage.start(subject)
    await stage.pass(HOUR)
    expect(await stage.output()).toBe('early failed')
    expect(unhandled).not.toHaveBeenCalled()
  } finally {
    process.off('unhandledRejection', unhandled)
  }
})

test('what a branch leaves going when it returns is let go: its question closes, its child is cancelled', async () => {
  const child = played((run) => run.signal('never'), { name: 'child' })
  const subject = played(async (run) => {
    await run.all({
      hasty: async () => {
        void run.review('question', { subject: 1 })
        void run.call(child, {})
        await run.sleep('a while', '1h')
      },
    })
    await run.signal('go')
    return 'done'
  })
  const stage = await Stage.open([subject, child])
  await stage.start(subject)
  await stage.settled()
  expect(await stage.questions()).toHaveLength(1)
  await stage.pass(HOUR)
  expect((await stage.settled()).status).toBe('waiting')
  expect(await stage.questions()).toEqual([])
  const [begun] = await stage.rondo.runs.list({ parent: 'r' })
  expect((await stage.settled(begun?.id)).status).toBe('cancelled')
  await stage.signal('go')
  expect(await stage.output()).toBe('done')
})

test('a flow may await what is no step: it is done again on resume, and does not hold up a cancel', async () => {
  let awaited = 0
  let release: () => void = () => undefined
  const subject = played(async (run) => {
    awaited += 1
    await new Promise<void>((resolve) => (release = resolve))
    await run.signal('go')
    return 'done'
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await until(() => awaited === 1)
  release()
  await until(async () => (await stage.record()).status === 'waiting')
  await stage.signal('go')
  await until(() => awaited === 2)
  release()
  expect(await stage.output()).toBe('done')
  await stage.start(subject, {}, { id: 'other' })
  await until(() => awaited === 3)
  await stage.rondo.runs.cancel('other')
  expect((await stage.settled('other')).status).toBe('cancelled')
})

test('a sleep comes due while other work of the run is under way', async () => {
  const subject = played((run) =>
    run.race('first', {
      work: () => run.step('long', () => new Promise(() => undefined), { effect: 'read' }),
      late: () => run.sleep('limit', '1h').then(() => 'too late'),
    }),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await until(async () => (await stage.journal()).includes('first/late/limit opened'))
  await turn()
  stage.clock.advance(HOUR)
  await until(async () => (await stage.record()).status === 'completed')
  expect(await stage.output()).toEqual({ winner: 'late', value: 'too late' })
})

test('two questions of one run are answered in any order, also by a hot run', async () => {
  for (const hotRuns of [0, 10]) {
    const subject = played((run) =>
      run.all({
        a: () => run.review('x', { subject: 1 }).then(({ outcome }) => outcome),
        b: () => run.review('x', { subject: 2 }).then(({ outcome }) => outcome),
      }),
    )
    const stage = await Stage.open([subject], { hotRuns })
    await stage.start(subject)
    await stage.settled()
    await stage.rondo.inbox.reject('r:b/x', ann, 'no')
    expect((await stage.settled()).status).toBe('waiting')
    await stage.rondo.inbox.accept('r:a/x', ann)
    expect(await stage.output()).toEqual({ a: 'accepted', b: 'rejected' })
  }
})

test('two hundred waits of one run are woken one after the other', async () => {
  const subject = played((run) =>
    run.map(
      'waits',
      Array.from({ length: 200 }, (_, index) => index),
      (index) => run.sleep('nap', 1000 * (index + 1)).then(() => index),
      {
        concurrency: 1000,
      },
    ),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.pass(DAY)
  expect(await stage.output()).toHaveLength(200)
})

import { expect, test } from 'vitest'
import { z } from 'zod'
import { flow } from '../../src/flow/flow.ts'
import type { Run } from '../../src/flow/run.ts'
import { aborted, ann, DAY, HOUR, played, Stage, turn, until } from './stage.ts'

const WAITS: [string, (run: Run) => Promise<unknown>][] = [
  ['asleep', (run) => run.sleep('x', '1h')],
  ['waiting for a signal', (run) => run.signal('x')],
  ['waiting for a person', (run) => run.review('x', { subject: 1 })],
  [
    'waiting for a retry',
    (run) => run.step('x', () => Promise.reject(new Error('no')), { effect: 'read', retry: { first: '1h', longest: '1h' } }),
  ],
  ['waiting for its budget', (run) => run.loop('x', { rounds: 0 }, 0, async (turn) => turn.done(1))],
]

test.each(WAITS)('a run that is %s is cancelled, its questions close, and it stays so', async (_, wait) => {
  const subject = played(wait)
  const stage = await Stage.open([subject])
  await stage.start(subject)
  expect((await stage.settled()).status).toBe('waiting')
  await stage.rondo.runs.cancel('r', 'enough')
  expect(await stage.settled()).toMatchObject({ status: 'cancelled', reason: 'enough' })
  expect(await stage.questions()).toEqual([])
  await stage.pass(DAY)
  expect((await stage.settled()).status).toBe('cancelled')
  await expect(stage.rondo.runs.cancel('r')).rejects.toMatchObject({ code: 'run_state' })
})

test.each(WAITS)('a run that is %s is paused, holds through a day and a crash, and goes on when it is let', async (_, wait) => {
  const subject = played(async (run) => {
    await Promise.race([wait(run).catch(() => undefined), run.signal('go')])
    return 'done'
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await stage.settled()
  await stage.rondo.runs.pause('r', 'lunch')
  expect((await stage.settled()).status).toBe('paused')
  await stage.pass(DAY)
  await stage.crash(subject)
  await stage.signal('go')
  expect((await stage.settled()).status).toBe('paused')
  await stage.rondo.runs.resume('r')
  expect(await stage.output()).toBe('done')
})

test('a run that is queued is paused or cancelled before its first step', async () => {
  const calls: string[] = []
  const subject = played((run) => run.step('x', () => calls.push('x')))
  const stage = await Stage.open([subject])
  for (const id of ['paused', 'cancelled']) await stage.rondo.store.runs.start({ id, flow: 'played', input: '{}', inputPrint: '' })
  await stage.rondo.runs.pause('paused')
  await stage.rondo.runs.cancel('cancelled')
  for (const id of ['paused', 'cancelled']) expect((await stage.settled(id)).status).toBe(id)
  expect(calls).toEqual([])
  await stage.rondo.runs.resume('paused')
  expect(await stage.output('paused')).toBe(1)
})

test('a pause in the middle of a write lets it finish; nothing runs twice', async () => {
  const calls: string[] = []
  let finish: () => void = () => undefined
  const subject = played(async (run) => {
    await run.step('first', () => {
      calls.push('first')
      return new Promise<void>((resolve) => {
        finish = resolve
      })
    })
    await run.step('second', () => void calls.push('second'))
    return 'done'
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await until(() => calls.length === 1)
  await stage.rondo.runs.pause('r')
  for (let turns = 0; turns < 10; turns += 1) await turn()
  finish()
  expect((await stage.settled()).status).toBe('paused')
  expect(await stage.journal()).toEqual(['first attempted', 'first completed'])
  await stage.rondo.runs.resume('r')
  expect(await stage.output()).toBe('done')
  expect(calls).toEqual(['first', 'second'])
})

test('a cancel in the middle of a write tells it to stop; what it still did is on the record', async () => {
  const subject = played((run) => run.step('charge', ({ signal }) => aborted(signal).then(() => 'was through already')))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await until(async () => (await stage.journal()).length === 1)
  await turn()
  await stage.rondo.runs.cancel('r')
  expect((await stage.settled()).status).toBe('cancelled')
  expect(await stage.entries()).toMatchObject([{ state: 'attempted' }, { state: 'completed', value: '"was through already"' }])
})

test('a stopped run is cancelled, and does not run for that', async () => {
  let calls = 0
  const subject = played(async (run) => {
    calls += 1
    await Promise.all([run.step('x', () => 1), run.step('x', () => 2)])
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  expect((await stage.settled()).status).toBe('stopped')
  await stage.rondo.runs.cancel('r', 'no use')
  expect(await stage.settled()).toMatchObject({ status: 'cancelled', reason: 'no use' })
  expect(calls).toBe(1)
})

test('cancelling a run cancels its children and theirs', async () => {
  const leaf = played((run) => run.review('x', { subject: 1 }), { name: 'leaf' })
  const middle = played((run) => run.call(leaf, {}), { name: 'middle' })
  const top = played((run) => run.call(middle, {}), { name: 'top' })
  const stage = await Stage.open([top, middle, leaf])
  await stage.start(top)
  await stage.settled()
  await stage.rondo.runs.cancel('r')
  await stage.settled()
  expect((await stage.rondo.runs.list()).map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled'])
  expect(await stage.rondo.inbox.list({ person: ann })).toEqual([])
})

test('a run fails when its deadline passes, wherever it is, and is not late before', async () => {
  const subject = played((run) => run.sleep('x', '2d'))
  const works = played((run) => run.step('x', () => new Promise(() => undefined), { effect: 'read' }), { name: 'works' })
  const stage = await Stage.open([subject, works], { hotRuns: 10 })
  await stage.start(subject, {}, { within: '1d' })
  await stage.start(works, {}, { id: 'works', within: '1d' })
  await until(async () => (await stage.record('works')).status === 'running')
  for (let turns = 0; turns < 10; turns += 1) await turn()
  stage.clock.advance(DAY - 1)
  await turn()
  expect(['waiting', 'running']).toEqual([(await stage.record()).status, (await stage.record('works')).status])
  stage.clock.advance(1)
  for (const id of ['r', 'works']) expect(await stage.settled(id)).toMatchObject({ status: 'failed', error: { code: 'deadline_passed' } })
})

test('the deadline of a flow counts from the start of each run, and holds for those that call it', async () => {
  const child = flow({ name: 'child', input: z.unknown(), output: z.unknown(), within: '1h', run: (run) => run.signal('never') })
  const parent = played((run) =>
    run
      .sleep('later', '1d')
      .then(() => run.call(child, {}))
      .catch((error: Error) => error.message),
  )
  const stage = await Stage.open([parent, child])
  await stage.start(parent)
  await stage.pass(DAY)
  expect((await stage.settled()).status).toBe('waiting')
  await stage.pass(HOUR)
  expect(await stage.output()).toMatch(/failed: The run was not over by its deadline/)
})

test('a journal that cannot be written or read does not fail the run: it is driven again', async () => {
  const calls: string[] = []
  const subject = played(async (run) => {
    await run.step('one', () => calls.push('one'), { effect: 'read' })
    await run.signal('go')
    return run.step('two', () => calls.push('two'), { effect: 'read' })
  })
  const stage = await Stage.open([subject])
  let failing = true
  stage.onCommit = ({ entries }) => {
    if (failing && entries.length > 0) throw new Error('the disk is full')
  }
  await stage.start(subject)
  await stage.settled()
  expect((await stage.record()).status).toBe('running')
  expect(stage.warnings.join()).toMatch(/could not be driven on: the disk is full/)
  failing = false
  await stage.pass(1000)
  expect((await stage.settled()).status).toBe('waiting')
  await stage.signal('go')
  expect(await stage.output()).toBe(3)
  expect(calls).toEqual(['one', 'one', 'two'])
})

test('a paused run is cancelled; one that is let go on at once goes on', async () => {
  const subject = played((run) => run.signal('go'))
  const stage = await Stage.open([subject])
  for (const id of ['held', 'let']) {
    await stage.start(subject, {}, { id })
    await stage.settled(id)
  }
  await stage.rondo.runs.pause('held')
  expect((await stage.settled('held')).status).toBe('paused')
  await stage.rondo.runs.cancel('held', 'no use')
  expect(await stage.settled('held')).toMatchObject({ status: 'cancelled', reason: 'no use' })
  await stage.rondo.runs.pause('let')
  await stage.rondo.runs.resume('let')
  await stage.signal('go', 1, 'let')
  expect(await stage.output('let')).toBe(1)
})

test('a run that is paused in the middle of a read does it again when it is let go on', async () => {
  let calls = 0
  const subject = played((run) =>
    run.step(
      'read',
      ({ signal }) => {
        calls += 1
        return calls === 1 ? aborted(signal).then(() => Promise.reject(signal.reason)) : 'read'
      },
      { effect: 'read' },
    ),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await until(() => calls === 1)
  await stage.rondo.runs.pause('r')
  expect((await stage.settled()).status).toBe('paused')
  expect(await stage.journal()).toEqual([])
  await stage.rondo.runs.resume('r')
  expect(await stage.output()).toBe('read')
})

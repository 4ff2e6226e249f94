/**
 * The deploy check: unfinished runs under the code that is here, in which nothing may be executed.
 */
import { afterEach, expect, test } from 'vitest'
import { checkDeploy } from '../../src/change/check.ts'
import type { AnyFlow } from '../../src/flow/flow.ts'
import type { Run } from '../../src/flow/run.ts'
import { openMemoryStore } from '../../src/journal/stores/memory/memory.ts'
import { closeAll } from '../support/asking-system.ts'
import { closeDesks, desk, playing, post, type World, world } from './desk.ts'

afterEach(async () => {
  await closeDesks()
  await closeAll()
})

type Body = (run: Run, out: World) => Promise<unknown>

/** Runs that wait under one code, looked at under another. */
async function checked(before: Body, after: Body, name = 'flow') {
  const out = await world()
  const store = openMemoryStore()
  const flowOf = (called: string, body: Body): AnyFlow => playing(called, (run) => body(run, out))
  const was = flowOf('flow', before)
  const { rondo } = await desk([was], { store })
  for (const id of ['a', 'b']) await rondo.runs.start(was, {}, { id })
  await rondo.idle()
  const journal = await store.journal.entries('a')
  const seen = out.seen.length
  const { rondo: here } = await desk([flowOf(name, after)], { store, drive: false })
  const report = await checkDeploy(here)
  expect(out.seen.length).toBe(seen)
  expect(await store.journal.entries('a')).toEqual(journal)
  return report
}

const charged: Body = async (run, out) => {
  await run.step('charge', () => post(out, 'charge'))
  const answer = await run.review('approve', { subject: 'the bill' })
  await run.step('send', () => post(out, 'bill'))
  return answer.outcome
}

test('runs go on unchanged under the same code, and nothing is executed', async () => {
  expect(await checked(charged, charged)).toEqual({ runs: 2, unchanged: 2, diverging: [], unused: [], unknownFlows: [] })
})

test('steps that come after what is recorded may be added, renamed and removed', async () => {
  const report = await checked(charged, async (run, out) => {
    await run.step('charge', () => post(out, 'charge'))
    await run.review('approve', { subject: 'the bill' })
    return run.step('send by post', () => post(out, 'bill'))
  })
  expect(report).toMatchObject({ unchanged: 2, diverging: [] })
})

test('a write under another name would be done twice: the run diverges there, and what is lost is named', async () => {
  const report = await checked(charged, async (run, out) => {
    await run.step('charge the card', () => post(out, 'charge'))
    return run.review('approve', { subject: 'the bill' })
  })
  expect(report.unchanged).toBe(0)
  expect(report.diverging).toMatchObject([
    { run: expect.any(String), flow: 'flow', status: 'waiting', how: 'skips', at: 'charge the card', lost: ['charge', 'approve'] },
    { how: 'skips' },
  ])
})

test('a question that stands in the inbox and is not asked any more is left behind', async () => {
  const report = await checked(charged, async (run, out) => {
    await run.step('charge', () => post(out, 'charge'))
    return 'done'
  })
  expect(report.diverging).toMatchObject([{ how: 'leaves', at: 'approve' }, { how: 'leaves' }])
})

test('another kind under the same name breaks the run, and code that throws over its journal fails it', async () => {
  const broken = await checked(charged, async (run) => {
    await run.sleep('charge', '1h')
  })
  expect(broken.diverging).toMatchObject([{ how: 'breaks', at: 'charge', why: expect.stringContaining('as a code') }, { how: 'breaks' }])
  const failing = await checked(charged, async (run, out) => {
    await run.step('charge', () => post(out, 'charge'))
    throw new Error('no such field')
  })
  expect(failing.diverging).toMatchObject([{ how: 'fails', why: 'It would fail: no such field' }, { how: 'fails' }])
})

test('a recorded step that is not asked for any more is said to be unused', async () => {
  const before: Body = async (run) => {
    await run.step('look', () => 1, { effect: 'none' })
    return run.review('approve', { subject: 'the bill' })
  }
  const report = await checked(before, (run) => run.review('approve', { subject: 'the bill' }))
  expect(report).toMatchObject({ unchanged: 2, unused: [{ flow: 'flow', step: 'look', runs: 2 }] })
})

test('loops go on after their last finished round, and items and branches are looked into', async () => {
  const body =
    (name: string): Body =>
    (run) =>
      run.all({
        turns: (inner) =>
          inner.loop('turns', {}, 0, async (turn, sum: number) => {
            await run.step('count', () => sum, { effect: 'none' })
            if (turn.round === 3) await run.sleep('rest', '1d')
            return turn.round === 4 ? turn.done(sum) : turn.again(sum + 1)
          }),
        items: (inner) =>
          inner.map('items', ['x', 'y'], async (item, each) => {
            await each.step(name, () => item, { effect: 'none' })
            return item === 'y' ? each.signal('paid') : item
          }),
      })
  expect(await checked(body('read'), body('read'))).toMatchObject({ unchanged: 2, diverging: [] })
  expect((await checked(body('read'), body('read anew'))).diverging).toMatchObject([
    { how: 'skips', at: 'items/items[y]/read anew', lost: ['items/items[y]/read', 'items/items[y]/paid'] },
    { how: 'skips' },
  ])
})

test('flows that are not here are named: their runs stand still', async () => {
  expect(await checked(charged, charged, 'other')).toMatchObject({ runs: 2, unchanged: 0, unknownFlows: [{ flow: 'flow', runs: 2 }] })
})

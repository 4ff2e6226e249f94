/**
 * The language's own guard under a replay: whatever a counterfactual rules, nothing that changes the world runs.
 */
import { afterEach, expect, test } from 'vitest'
import type { Counterfactual, Met } from '../../src/flow/counterfactual.ts'
import { driveOver, ReplayClock, ReplayHost } from '../../src/learn/backtest/replay.ts'
import { NO_USAGE } from '../../src/money.ts'
import { closeAll } from '../support/asking-system.ts'
import { closeDesks, desk, playing, post, world } from './desk.ts'

afterEach(async () => {
  await closeDesks()
  await closeAll()
})

test('a counterfactual that lets everything run sees reads run, and no write, question, child or signal', async () => {
  const out = await world()
  const child = playing('child', async (run) => run.step('write', () => post(out, 'child')))
  const parts = {
    read: async () => 'looked',
    write: () => post(out, 'write'),
  }
  const flow = playing('flow', async (run) => {
    await run.all({
      read: (inner) => inner.step('look', parts.read, { effect: 'read' }),
      write: (inner) => inner.step('send', parts.write),
      idempotent: (inner) => inner.step('put', parts.write, { effect: 'idempotent' }),
      child: (inner) => inner.call(child, {}),
      people: (inner) => inner.review('approve', { subject: 'it' }),
      signal: (inner) => inner.signal('paid'),
    })
  })
  const { rondo } = await desk([flow, child])
  await rondo.runs.start(flow, {}, { id: 'r' })
  await rondo.runs.signal('r', 'paid', 1)
  await rondo.idle()
  await rondo.inbox.accept('r:people/approve', { name: 'ann', roles: ['*'] })
  await rondo.idle()
  expect(out.seen).toHaveLength(3)
  const run = await rondo.runs.get('r')
  if (run === undefined) throw new Error('The run is gone.')
  const ran: string[] = []
  const lenient: Counterfactual = {
    rule: (_: Met) => ({ kind: 'run', changed: true }),
    enters: () => true,
    came: (path) => ran.push(path),
    measured: () => undefined,
    asked: () => undefined,
    spent: () => NO_USAGE,
    services: () => rondo.services,
  }
  const before = await rondo.runs.list()
  const host = new ReplayHost(rondo.store, new ReplayClock(run.createdAt), lenient, rondo.services)
  const { settled } = await driveOver(run, flow, host)
  expect(settled).toBeUndefined()
  expect(ran).toEqual(['read/look', 'read'])
  expect(out.seen).toHaveLength(3)
  expect(await rondo.runs.list()).toEqual(before)
})

import { expect, test } from 'vitest'
import { z } from 'zod'
import { flow } from '../../src/flow/flow.ts'
import { crashEverywhere } from '../../src/testing/crash-everywhere.ts'

test('a flow of every kind comes through a crash at every journal write with the same result and effects', async () => {
  let sent: string[] = []
  const played = flow({
    name: 'played',
    input: z.object({ amount: z.number() }),
    output: z.unknown(),
    async run(run, { amount }) {
      const order = await run.step('order', () => ({ id: run.id, amount }), { effect: 'none' })
      await run.step('charge', () => void sent.push(`charge ${order.amount}`))
      const paid = await run.signal('paid')
      const total = await run.loop('rounds', { rounds: 5 }, 0, async (turn, sum) => {
        const more = await run.step('more', () => sum + 2, { effect: 'read' })
        return turn.round === 2 ? turn.done(more) : turn.again(more)
      })
      const lines = await run.map(
        'lines',
        ['a', 'b', 'c'],
        async (item) => {
          await run.sleep('nap', '1h')
          return run.step('write', () => `${sent.push(`line ${item}`) > 0 ? item : ''}!`)
        },
        { concurrency: 2 },
      )
      const both = await run.all({ left: () => run.step('x', () => 1, { effect: 'idempotent' }), right: () => run.sleep('y', '2d') })
      const first = await run.race('first', { slow: () => run.sleep('z', '3d'), quick: () => run.step('q', () => 'q', { effect: 'none' }) })
      return { paid, total, lines, both, first, at: run.now(), id: run.uuid() }
    },
  })
  const report = await crashEverywhere(played, () => {
    sent = []
    return { input: { amount: 3 }, effects: () => [...sent].sort(), signals: [{ topic: 'paid', value: 'yes' }] }
  })
  expect(report.writes).toBeGreaterThan(25)
  expect(report.kills.some((kill) => kill.askedWhetherItHappened)).toBe(true)
})

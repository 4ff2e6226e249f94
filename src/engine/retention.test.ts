import { expect, test } from 'vitest'
import { ManualClock } from '../clock.ts'
import { Retention } from './retention.ts'

const DAY = 86_400_000

test('runs that ended long ago are removed a minute after the start and every day from then on', async () => {
  const clock = new ManualClock()
  const asked: number[] = []
  const retention = new Retention({
    clock,
    keepMs: 30 * DAY,
    runs: { prune: async ({ endedBefore }) => ({ runs: asked.push(clock.now() - endedBefore), payloads: 0 }) },
    warn: () => undefined,
  })
  retention.start()
  expect(asked).toEqual([])
  clock.advance(60_000)
  clock.advance(2 * DAY)
  await retention.stop()
  clock.advance(5 * DAY)
  expect(asked).toEqual([30 * DAY, 30 * DAY, 30 * DAY])
})

test('a store that cannot prune is complained about, and asked again', async () => {
  const clock = new ManualClock()
  const complaints: string[] = []
  let calls = 0
  const retention = new Retention({
    clock,
    keepMs: DAY,
    runs: {
      prune: async () => {
        calls += 1
        throw new Error('the disk is full')
      },
    },
    warn: (message) => complaints.push(message),
  })
  retention.start()
  clock.advance(60_000)
  clock.advance(DAY)
  await retention.stop()
  expect(calls).toBe(2)
  expect(complaints).toHaveLength(2)
})

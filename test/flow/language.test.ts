import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createRondo } from '../../src/assemble.ts'
import { flow } from '../../src/flow/flow.ts'
import type { Run } from '../../src/flow/run.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const system of open.splice(0)) await system.close()
})

async function play<Output>(body: (run: Run, input: unknown) => Promise<Output>, input: unknown = {}) {
  const played = flow({ name: 'played', input: z.unknown(), output: z.unknown(), run: body })
  const rondo = await createRondo({ database: ':memory:', flows: [played], hotRuns: 0 })
  open.push(rondo)
  const handle = await rondo.runs.start(played, input)
  return { rondo, handle }
}

test('steps run once and their results come back', async () => {
  const calls: string[] = []
  const { handle } = await play(async (run) => {
    const one = await run.step('one', () => calls.push('one'))
    const two = await run.step('two', async () => calls.push('two'))
    return [one, two]
  })
  expect(await handle.result()).toEqual([1, 2])
})

test('a signal wakes a run that was let go, and its earlier steps do not run again', async () => {
  const calls: string[] = []
  const { rondo, handle } = await play(async (run) => {
    await run.step('before', () => void calls.push('before'))
    const value = await run.signal('go')
    await run.step('after', () => void calls.push('after'))
    return value
  })
  await rondo.engine.idle()
  expect((await rondo.runs.get(handle.id))?.status).toBe('waiting')
  await rondo.runs.signal(handle.id, 'go', 42)
  expect(await handle.result()).toBe(42)
  expect(calls).toEqual(['before', 'after'])
})

test('loops, maps, branches and races', async () => {
  const { handle } = await play(async (run) => {
    const sum = await run.loop('count', { rounds: 10 }, 0, async (turn, state) => {
      const more = await run.step('add', () => state + turn.round)
      return turn.round === 4 ? turn.done(more) : turn.again(more)
    })
    const squares = await run.map('squares', [1, 2, 3], (item) => run.step('square', () => item * item))
    const both = await run.all({ left: (branch) => branch.step('x', () => 'l'), right: () => run.step('x', () => 'r') })
    const first = await run.race('first', {
      slow: (branch) => branch.sleep('nap', '1h').then(() => 'slow'),
      fast: () => run.step('x', () => 'fast'),
    })
    const [a, b] = await Promise.all([run.step('a', () => 1), run.step('b', () => 2)])
    return { sum, squares, both, first, a, b, at: run.now() instanceof Date, chance: run.random() < 1 }
  })
  expect(await handle.result()).toEqual({
    sum: 10,
    squares: [1, 4, 9],
    both: { left: 'l', right: 'r' },
    first: { winner: 'fast', value: 'fast' },
    a: 1,
    b: 2,
    at: true,
    chance: true,
  })
})

test('a name met twice stops the run and names both places', async () => {
  const { rondo, handle } = await play(async (run) => {
    await run.step('same', () => 1)
    try {
      await run.step('same', () => 2)
    } catch {
      return 'caught'
    }
  })
  await rondo.engine.idle()
  const run = await rondo.runs.get(handle.id)
  expect(run?.status).toBe('stopped')
  expect(run?.error?.message).toMatch(/language\.test\.ts:\d+.*language\.test\.ts:\d+/)
})

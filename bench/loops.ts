/**
 * What it costs to resume a loop after 10, 1,000 and 100,000 rounds: from the answer that wakes it to its next step.
 */
import { join } from 'node:path'
import { createRondo, flow } from 'rondo'
import { z } from 'zod'
import { type Figure, inFolder, median } from './measure.ts'

const ROUNDS = [10, 1000, 100_000]
const REPEATS = 21

let stepped: (() => void) | undefined

const loops = flow({
  name: 'loops',
  input: z.object({ rounds: z.number() }),
  output: z.number(),
  run: (run, { rounds }) =>
    run.loop('rounds', {}, 0, async (turn, sum) => {
      if (turn.round >= rounds) {
        await run.signal('go')
        await run.step('woken', () => stepped?.(), { effect: 'none' })
      }
      return turn.round > rounds + REPEATS ? turn.done(sum) : turn.again(sum + 1)
    }),
})

export async function measureLoops(): Promise<Figure[]> {
  const figures: Figure[] = []
  // Once for nothing, so that the first figure is not that of cold code.
  await inFolder((folder) => resumeCost(join(folder, 'rondo.db'), 100))
  let first = Number.NaN
  for (const rounds of ROUNDS) {
    const ms = await inFolder((folder) => resumeCost(join(folder, 'rondo.db'), rounds))
    if (Number.isNaN(first)) first = ms
    const last = rounds === ROUNDS.at(-1)
    figures.push({
      name: `resume after ${rounds.toLocaleString('en')} rounds`,
      value: `${ms.toFixed(2)} ms`,
      ratio: `${(ms / first).toFixed(2)}× of after 10`,
      ...(last && { bar: '≤ 2×', met: ms / first <= 2 }),
    })
  }
  return figures
}

async function resumeCost(database: string, rounds: number): Promise<number> {
  // No run stays in memory, so each signal re-runs the flow from its journal.
  const rondo = await createRondo({ database, flows: [loops], hotRuns: 0 })
  const { id } = await rondo.runs.start(loops, { rounds })
  await rondo.idle()
  const times: number[] = []
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const woken = new Promise<void>((resolve) => (stepped = resolve))
    const start = performance.now()
    await rondo.runs.signal(id, 'go', null)
    await woken
    times.push(performance.now() - start)
    await rondo.idle()
  }
  await rondo.close()
  return median(times)
}

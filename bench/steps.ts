/**
 * Durable steps a second: one run alone, and 64 at once, against one-row commits of the same SQLite on the same disk.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createRondo, flow } from 'rondo'
import { z } from 'zod'
import { type Figure, inFolder, median, seconds } from './measure.ts'

const STEPS = 2000
const RUNS = 64
const REPEATS = 3

const steps = flow({
  name: 'steps',
  input: z.object({ steps: z.number(), effect: z.enum(['none', 'write']) }),
  output: z.number(),
  async run(run, { steps, effect }) {
    let sum = 0
    for (let index = 0; index < steps; index += 1) sum += await run.step(`step ${index}`, () => index, { effect })
    return sum
  },
})

export async function measureSteps(): Promise<Figure[]> {
  const raw: number[] = []
  const alone: number[] = []
  const writes: number[] = []
  const together: number[] = []
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    raw.push(await inFolder(rawCommits))
    alone.push(await inFolder((folder) => rate(folder, 1, STEPS, 'none')))
    writes.push(await inFolder((folder) => rate(folder, 1, STEPS / 2, 'write')))
    together.push(await inFolder((folder) => rate(folder, RUNS, STEPS / 4, 'none')))
  }
  const [limit, one, write, many] = [median(raw), median(alone), median(writes), median(together)]
  return [
    { name: 'raw one-row commits', value: `${Math.round(limit)}/s` },
    {
      name: 'steps of one run',
      value: `${Math.round(one)}/s`,
      ratio: `${percent(one / limit)} of raw commits`,
      bar: '≥ 70 %',
      met: one / limit >= 0.7,
    },
    { name: 'steps with effect write', value: `${Math.round(write)}/s`, ratio: `${percent((2 * write) / limit)} of raw, two commits each` },
    {
      name: `steps of ${RUNS} runs at once`,
      value: `${Math.round(many)}/s`,
      ratio: `${(many / one).toFixed(1)}× one run`,
      bar: '≥ 8×',
      met: many / one >= 8,
    },
  ]
}

async function rawCommits(folder: string): Promise<number> {
  const database = new DatabaseSync(join(folder, 'raw.db'))
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE entry (seq INTEGER PRIMARY KEY, value TEXT)')
  const insert = database.prepare('INSERT INTO entry (value) VALUES (?)')
  const time = await seconds(() => {
    for (let index = 0; index < STEPS; index += 1) insert.run(`{"index":${index}}`)
  })
  database.close()
  return STEPS / time
}

async function rate(folder: string, runs: number, count: number, effect: 'none' | 'write'): Promise<number> {
  const rondo = await createRondo({ database: join(folder, 'rondo.db'), flows: [steps] })
  const warm = await rondo.runs.start(steps, { steps: 50, effect })
  await warm.result()
  const time = await seconds(async () => {
    const handles = await Promise.all(Array.from({ length: runs }, () => rondo.runs.start(steps, { steps: count, effect })))
    await Promise.all(handles.map((handle) => handle.result()))
  })
  await rondo.close()
  return (runs * count) / time
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

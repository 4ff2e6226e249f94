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
const REPEATS = 5
/** Commits before any are counted, so that code is warm and the write-ahead log has its full size: it grows slower than it is written again. */
const WARM = 1200

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
  // Each ratio is of what was measured one after the other: a disk that others use is not the same for long.
  const share = ratio(alone, raw)
  const times = ratio(together, alone)
  return [
    { name: 'raw one-row commits', value: perSecond(raw) },
    {
      name: 'steps of one run',
      value: perSecond(alone),
      ratio: `${percent(share)} of raw commits`,
      bar: '≥ 70 %',
      met: share >= 0.7,
    },
    { name: 'steps with effect write', value: perSecond(writes), ratio: `${percent(2 * ratio(writes, raw))} of raw, two commits each` },
    {
      name: `steps of ${RUNS} runs at once`,
      value: perSecond(together),
      ratio: `${times.toFixed(1)}× one run`,
      bar: '≥ 8×',
      met: times >= 8,
    },
  ]
}

async function rawCommits(folder: string): Promise<number> {
  const database = new DatabaseSync(join(folder, 'raw.db'))
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE entry (seq INTEGER PRIMARY KEY, value TEXT)')
  const insert = database.prepare('INSERT INTO entry (value) VALUES (?)')
  const commits = (count: number): void => {
    for (let index = 0; index < count; index += 1) insert.run(`{"index":${index}}`)
  }
  commits(WARM)
  const time = await seconds(() => commits(STEPS))
  database.close()
  return STEPS / time
}

async function rate(folder: string, runs: number, count: number, effect: 'none' | 'write'): Promise<number> {
  const rondo = await createRondo({ database: join(folder, 'rondo.db'), flows: [steps] })
  const warm = await rondo.runs.start(steps, { steps: WARM, effect })
  await warm.result()
  const time = await seconds(async () => {
    const handles = await Promise.all(Array.from({ length: runs }, () => rondo.runs.start(steps, { steps: count, effect })))
    await Promise.all(handles.map((handle) => handle.result()))
  })
  await rondo.close()
  return (runs * count) / time
}

function ratio(rates: readonly number[], others: readonly number[]): number {
  return median(rates.map((rate, index) => rate / (others[index] ?? Number.NaN)))
}

function perSecond(rates: readonly number[]): string {
  return `${Math.round(median(rates))}/s`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

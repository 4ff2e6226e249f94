/**
 * Durable steps a second: one run alone, and 64 at once, against one-row commits of the same SQLite on the same disk.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createRondo, flow, type Rondo } from 'rondo'
import { z } from 'zod'
import { type Figure, inFolder, seconds } from './measure.ts'

const RUNS = 64
const CHUNK = 400
/** All four are measured in turns, so that a disk or machine that others use at times is the same for each. */
const TURNS = 12
/** Commits before any are counted, so that code is warm and the write-ahead log has its full size: it grows slower than it is written again. */
const WARM = 1500

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
  const { raw, alone, writes, together } = await inFolder(measure)
  return [
    { name: 'raw one-row commits', value: perSecond(raw) },
    {
      name: 'steps of one run',
      value: perSecond(alone),
      ratio: `${percent(alone / raw)} of raw commits`,
      bar: '≥ 70 %',
      met: alone / raw >= 0.7,
    },
    { name: 'steps with effect write', value: perSecond(writes), ratio: `${percent((2 * writes) / raw)} of raw, two commits each` },
    {
      name: `steps of ${RUNS} runs at once`,
      value: perSecond(together),
      ratio: `${(together / alone).toFixed(1)}× one run`,
      bar: '≥ 8×',
      met: together / alone >= 8,
    },
  ]
}

/** Each in a second. */
async function measure(folder: string): Promise<{ raw: number; alone: number; writes: number; together: number }> {
  const rondo = await createRondo({ database: join(folder, 'rondo.db'), flows: [steps] })
  const { commit, close } = rawCommits(join(folder, 'raw.db'))
  const spent = { raw: 0, alone: 0, writes: 0, together: 0 }
  commit(WARM)
  await takeSteps(rondo, 1, WARM, 'none')
  for (let turn = 0; turn < TURNS; turn += 1) {
    spent.raw += await seconds(() => commit(CHUNK))
    spent.alone += await seconds(() => takeSteps(rondo, 1, CHUNK, 'none'))
    spent.writes += await seconds(() => takeSteps(rondo, 1, CHUNK, 'write'))
    spent.together += await seconds(() => takeSteps(rondo, RUNS, CHUNK, 'none'))
  }
  close()
  await rondo.close()
  const all = TURNS * CHUNK
  return { raw: all / spent.raw, alone: all / spent.alone, writes: all / spent.writes, together: (RUNS * all) / spent.together }
}

async function takeSteps(rondo: Rondo, runs: number, count: number, effect: 'none' | 'write'): Promise<void> {
  const handles = await Promise.all(Array.from({ length: runs }, () => rondo.runs.start(steps, { steps: count, effect })))
  await Promise.all(handles.map((handle) => handle.result()))
}

function rawCommits(file: string): { commit: (count: number) => void; close: () => void } {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE entry (seq INTEGER PRIMARY KEY, value TEXT)')
  const insert = database.prepare('INSERT INTO entry (value) VALUES (?)')
  return {
    commit: (count) => {
      for (let index = 0; index < count; index += 1) insert.run(`{"index":${index}}`)
    },
    close: () => database.close(),
  }
}

function perSecond(rate: number): string {
  return `${Math.round(rate)}/s`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

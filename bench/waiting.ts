/**
 * A hundred thousand runs that wait for a person: bytes of memory and of database for each, how long the system takes to
 * start on them, and how long from an answer to the next step.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { createRondo, flow, type Rondo } from 'rondo'
import { z } from 'zod'
import { type Figure, inFolder, percentile } from './measure.ts'

const RUNS = 100_000
/** Memory is measured from here on, when all that a system keeps whatever waits is there. */
const FIRST = 50_000
const ANSWERS = 2000
const PERSON = { name: 'bench', roles: ['*'] }

let stepped: (() => void) | undefined

const waits = flow({
  name: 'waits',
  input: z.object({ mail: z.string() }),
  output: z.string(),
  async run(run, { mail }) {
    const length = await run.step('read', () => mail.length, { effect: 'none' })
    const review = await run.review('approve', { subject: { length }, role: 'desk' })
    await run.step('after', () => stepped?.(), { effect: 'none' })
    return review.outcome
  },
})

export async function measureWaiting(): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const database = join(folder, 'rondo.db')
    let rondo = await createRondo({ database, flows: [waits] })
    await startRuns(rondo, 0, FIRST)
    const before = await heap()
    await startRuns(rondo, FIRST, RUNS)
    const memory = ((await heap()) - before) / (RUNS - FIRST)
    await mustWait(rondo)
    await rondo.close()
    const bytes = statSync(database).size / RUNS
    const start = performance.now()
    rondo = await createRondo({ database, flows: [waits] })
    await rondo.idle()
    const startUp = performance.now() - start
    const latencies = await answer(rondo)
    await rondo.close()
    return [
      { name: 'memory of one more waiting run', value: `${Math.max(0, memory).toFixed(0)} B`, bar: '≤ 200 B', met: memory <= 200 },
      { name: 'database of a waiting run', value: `${bytes.toFixed(0)} B`, bar: '≤ 4096 B', met: bytes <= 4096 },
      {
        name: `start-up on ${RUNS.toLocaleString('en')} of them`,
        value: `${startUp.toFixed(0)} ms`,
        bar: '≤ 3000 ms',
        met: startUp <= 3000,
      },
      { name: 'answer to next step, p50', value: `${percentile(latencies, 0.5).toFixed(2)} ms` },
      { name: 'answer to next step, p99', value: `${percentile(latencies, 0.99).toFixed(2)} ms` },
    ]
  })
}

async function startRuns(rondo: Rondo, first: number, end: number): Promise<void> {
  const batch = 500
  for (let from = first; from < end; from += batch) {
    await Promise.all(
      Array.from({ length: batch }, (_, index) =>
        rondo.runs.start(waits, { mail: `mail ${from + index} ${'x'.repeat(80)}` }, { id: `run-${from + index}` }),
      ),
    )
    await rondo.idle()
  }
}

/** A figure about runs that do not wait would mean nothing. */
async function mustWait(rondo: Rondo): Promise<void> {
  const counts = await rondo.store.runs.count()
  if (counts.length !== 1 || counts[0]?.status !== 'waiting' || counts[0].count !== RUNS)
    throw new Error(`Not all runs wait: ${JSON.stringify(counts)}`)
}

async function answer(rondo: Rondo): Promise<number[]> {
  const latencies: number[] = []
  for (let index = 0; index < ANSWERS; index += 1) {
    const id = `run-${(index * 7919) % RUNS}`
    const woken = new Promise<void>((resolve) => (stepped = resolve))
    const start = performance.now()
    await rondo.inbox.accept(`${id}:approve`, PERSON)
    await woken
    latencies.push(performance.now() - start)
  }
  return latencies
}

/** Bytes in use once all that can be let go is let go. */
async function heap(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('Run with node --expose-gc, so that memory is measured and not guessed.')
  for (let turn = 0; turn < 5; turn += 1) {
    globalThis.gc()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

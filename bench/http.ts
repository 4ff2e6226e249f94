/**
 * Runs started over HTTP a second, against a bare Hono endpoint that does the same commit: parse JSON, one durable row, answer with an id.
 *
 * Both serve from this process and are called by the same client in a thread of its own, over the same number of connections.
 */
import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { createRondo, flow } from 'rondo'
import { serveHttp } from 'rondo/http'
import { z } from 'zod'
import { type Figure, inFolder, median } from './measure.ts'

const WARM_MS = 500
const MEASURED_MS = 1500
const REPEATS = 3
const TOKEN = 'a-token-of-the-benchmark'

const echo = flow({
  name: 'echo',
  input: z.object({ text: z.string() }),
  output: z.object({ text: z.string() }),
  run: async (_, { text }) => ({ text }),
})

export async function measureHttp(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const connections of [1, 32]) {
    const [bare, grouped, started, driven]: [number[], number[], number[], number[]] = [[], [], [], []]
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      bare.push(await inFolder((folder) => bareRate(folder, connections, false)))
      grouped.push(await inFolder((folder) => bareRate(folder, connections, true)))
      started.push(await inFolder((folder) => rondoRate(folder, connections, false)))
      driven.push(await inFolder((folder) => rondoRate(folder, connections, true)))
    }
    figures.push(...figuresOf(connections, median(bare), median(grouped), median(started), median(driven)))
  }
  return figures
}

function figuresOf(connections: number, bare: number, grouped: number, started: number, driven: number): Figure[] {
  const where = connections === 1 ? '1 connection' : `${connections} connections`
  const rate = (value: number): string => `${Math.round(value)}/s`
  const met = started / bare >= 0.6
  return [
    { name: `bare endpoint, ${where}`, value: rate(bare) },
    { name: 'the same, its commits grouped', value: rate(grouped) },
    {
      name: 'runs started',
      value: rate(started),
      ratio: `${percent(started / bare)} of bare, ${percent(started / grouped)} of grouped`,
      bar: '≥ 60 % of bare',
      met,
    },
    { name: 'runs started, and driven by the same process', value: rate(driven), ratio: `${percent(driven / bare)} of bare` },
  ]
}

async function bareRate(folder: string, connections: number, grouped: boolean): Promise<number> {
  const database = new DatabaseSync(join(folder, 'bare.db'))
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE run (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, input TEXT)',
  )
  const insert = database.prepare('INSERT INTO run (id, input) VALUES (?, ?)')
  const commit = grouped ? groupCommit(database) : (write: () => void): void => write()
  const app = new Hono()
  app.post('/api/flows/:flow/runs', async (context) => {
    const { input } = z.object({ input: echo.input }).parse(await context.req.json())
    const id = randomUUID()
    await commit(() => insert.run(id, JSON.stringify(input)))
    return context.json({ id, flow: context.req.param('flow'), status: 'queued', started: true }, 201)
  })
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const rate = await load(address !== null && typeof address === 'object' ? address.port : 0, connections)
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
  database.close()
  return rate
}

/** The writes of one turn of the event loop in one transaction, as Rondo's store has it. */
function groupCommit(database: DatabaseSync): (write: () => void) => Promise<void> {
  let waiting: { write: () => void; done: () => void }[] = []
  const flush = (): void => {
    const now = waiting
    waiting = []
    // The last requests were cut off with their connections.
    if (!database.isOpen) return
    database.exec('BEGIN IMMEDIATE')
    for (const { write } of now) write()
    database.exec('COMMIT')
    for (const { done } of now) done()
  }
  return (write) =>
    new Promise((done) => {
      if (waiting.push({ write, done }) === 1) setImmediate(flush)
    })
}

/** `drive: false`: what a door beside the owner does, one commit for each run, as the bare endpoint. */
async function rondoRate(folder: string, connections: number, drive: boolean): Promise<number> {
  const rondo = await createRondo({ database: join(folder, 'rondo.db'), flows: [echo], drive })
  const served = await serveHttp(rondo, { port: 0, token: TOKEN, console: false })
  const rate = await load(served.port, connections)
  await served.shutDown()
  return rate
}

/** Requests a second that were answered with 201, over keep-alive connections, one request at a time on each. */
function load(port: number, connections: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./http-load.ts', import.meta.url), {
      workerData: { port, connections, token: TOKEN, warmMs: WARM_MS, measuredMs: MEASURED_MS },
    })
    worker.once('message', (rate: number) => resolve(rate))
    worker.once('error', reject)
  })
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

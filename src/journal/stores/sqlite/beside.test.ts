/**
 * A system beside the owner of its database: what it starts, answers and asks is done by the owner, and it sees how that ends.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createRondo, type Rondo, type RondoOptions } from '../../../assemble.ts'
import { ManualClock } from '../../../clock.ts'
import { type AnyFlow, flow } from '../../../flow/flow.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const asks = flow({
  name: 'asks',
  input: z.object({ mail: z.string() }),
  output: z.unknown(),
  async run(run, { mail }) {
    const shown = await run.step('read', () => mail.toUpperCase(), { effect: 'none' })
    const { outcome } = await run.review('approve', { subject: shown })
    return { shown, outcome, note: await run.signal('note') }
  },
})

async function two(
  flows: readonly AnyFlow[] = [asks],
): Promise<{ clock: ManualClock; owner: Rondo; beside: Rondo; open: (more: Partial<RondoOptions>) => Promise<Rondo> }> {
  const folder = mkdtempSync(join(tmpdir(), 'rondo-beside-'))
  ends.push(() => rmSync(folder, { recursive: true, force: true }))
  const clock = new ManualClock()
  const open = async (more: Partial<RondoOptions>): Promise<Rondo> => {
    const rondo = await createRondo({ flows, database: join(folder, 'rondo.db'), clock, warn: () => undefined, ...more })
    ends.push(() => rondo.close())
    return rondo
  }
  return { clock, owner: await open({}), beside: await open({ drive: false }), open }
}

test('what is started, answered and signalled beside the owner is done by the owner, and its end is seen', async () => {
  const { clock, owner, beside } = await two()
  const waits = async (what: () => Promise<boolean>): Promise<void> => {
    for (let turns = 0; !(await what()); turns += 1) {
      if (turns > 1000) throw new Error(`It did not come about: ${what}`)
      clock.advance(200)
      await new Promise((resolve) => setImmediate(resolve))
      await owner.idle()
    }
  }
  const { id, result } = await beside.runs.start(asks, { mail: 'hello' })
  const over = result()
  await waits(async () => (await beside.inbox.list({})).length === 1)
  await beside.inbox.accept(`${id}:approve`, { name: 'ann', roles: ['*'] })
  await beside.runs.signal(id, 'note', 'thanks')
  await waits(async () => (await beside.runs.get(id))?.status === 'completed')
  clock.advance(200)
  expect(await over).toEqual({ shown: 'HELLO', outcome: 'accepted', note: 'thanks' })
})

test('a run that is at work sees what is answered and asked of it beside the owner', async () => {
  const told: unknown[] = []
  const works = flow({
    name: 'works',
    input: z.object({}),
    output: z.unknown(),
    async run(run) {
      const work = run.step('work', ({ signal }) => new Promise(() => signal.addEventListener('abort', () => told.push('stop'))), {
        effect: 'read',
      })
      told.push((await run.review('look', { subject: 1 })).outcome)
      return work
    },
  })
  const { clock, owner, beside } = await two([works])
  await owner.runs.start(works, {}, { id: 'r' })
  const waits = async (so: () => Promise<boolean>): Promise<void> => {
    for (let turns = 0; !(await so()); turns += 1) {
      if (turns > 1000) throw new Error(`It did not come about: ${so}`)
      clock.advance(200)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await waits(async () => (await beside.inbox.list({})).length === 1)
  await beside.inbox.accept('r:look', { name: 'ann', roles: ['*'] })
  await waits(async () => told.length === 1)
  await beside.runs.cancel('r', 'enough')
  await waits(async () => (await beside.runs.get('r'))?.status === 'cancelled')
  expect(told).toEqual(['accepted', 'stop'])
})

test('a second system that would drive is told who does, and one that only reads sees all and changes nothing', async () => {
  const { owner, open } = await two()
  await expect(open({})).rejects.toMatchObject({ code: 'database_owned', message: expect.stringContaining(`process ${process.pid}`) })
  const { id } = await owner.runs.start(asks, { mail: 'hello' })
  await owner.idle()
  const reader = await open({ readOnly: true })
  expect((await reader.runs.journal(id)).map(({ name }) => name)).toContain('read')
  expect(await reader.inbox.list({})).toHaveLength(1)
  await expect(reader.runs.cancel(id)).rejects.toMatchObject({
    code: 'database_failed',
    message: expect.stringContaining('only to be read'),
  })
})

test('when the owner goes, another may take over, and goes on where it was', async () => {
  const { owner, beside, open } = await two()
  const { id } = await owner.runs.start(asks, { mail: 'hello' })
  await owner.idle()
  await owner.close()
  await beside.inbox.accept(`${id}:approve`, { name: 'ann', roles: ['*'] })
  await beside.runs.signal(id, 'note', 1)
  const next = await open({})
  expect(await next.runs.result(id)).toEqual({ shown: 'HELLO', outcome: 'accepted', note: 1 })
})

import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createRondo, type Rondo } from '../assemble.ts'
import { flow } from '../flow/flow.ts'
import type { Run } from '../flow/run.ts'
import type { Entry } from '../journal/records.ts'
import { drawPicture, type Picture, type PicturedRun } from './picture.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function system(body: (run: Run, input: unknown) => Promise<unknown>): Promise<Rondo> {
  const drawn = flow({ name: 'drawn', input: z.unknown(), output: z.unknown(), run: body })
  const rondo = await createRondo({ flows: [drawn], database: ':memory:' })
  ends.push(() => rondo.close())
  return rondo
}

async function pictureOf(rondo: Rondo): Promise<Picture> {
  const runs: PicturedRun[] = []
  for (const { id, status, createdAt, endedAt } of await rondo.runs.list())
    runs.push({ id, status, createdAt, entries: await rondo.runs.journal(id), ...(endedAt !== undefined && { endedAt }) })
  return drawPicture(runs)
}

/** `from > to ×count`, back edges with `↺`. */
function edgesOf({ edges }: Picture): string[] {
  return edges.map(({ from, to, count, back }) => `${from} ${back ? '↺' : '>'} ${to} ×${count}`).sort()
}

test('a flow that goes one way or another is drawn with how often it went which', async () => {
  const rondo = await system(async (run, input) => {
    await run.step('parse', () => 1, { effect: 'none' })
    if (input === 'short') return 1
    await run.step('check', () => 2)
    return run.step('send', () => 3, { effect: 'idempotent' })
  })
  for (const input of ['short', 'long', 'long']) await (await rondo.runs.start('drawn', input)).result()
  const picture = await pictureOf(rondo)
  expect(edgesOf(picture)).toEqual(['$start > parse ×3', 'check > send ×2', 'parse > $end ×1', 'parse > check ×2', 'send > $end ×2'])
  expect(picture.runs).toBe(3)
  expect(picture.nodes.find(({ id }) => id === 'check')).toMatchObject({ kind: 'code', runs: 2, count: 2, open: 0, failed: 0 })
  expect(picture.nodes.every(({ id, within }) => id === 'parse' || within === undefined)).toBe(true)
})

test('a loop appears as a back edge, counted by its turns, with its rounds', async () => {
  const rondo = await system(async (run, input) => {
    await run.step('before', () => 1, { effect: 'none' })
    await run.loop('draft', { rounds: 10 }, 0, async (turn, state) => {
      await run.step('write', () => state, { effect: 'none' })
      await run.step('read', () => state, { effect: 'none' })
      return turn.round + 1 >= Number(input) ? turn.done(state) : turn.again(state + 1)
    })
    return run.step('after', () => 1, { effect: 'none' })
  })
  for (const rounds of [1, 3, 3]) await (await rondo.runs.start('drawn', rounds)).result()
  const picture = await pictureOf(rondo)
  expect(edgesOf(picture)).toEqual([
    '$start > before ×3',
    'after > $end ×3',
    'before > draft[]/write ×3',
    'draft[]/read > after ×3',
    'draft[]/read ↺ draft[]/write ×4',
    'draft[]/write > draft[]/read ×7',
  ])
  expect(picture.edges.filter(({ back }) => back)).toHaveLength(1)
  expect(picture.nodes.find(({ id }) => id === 'draft')).toMatchObject({
    kind: 'loop',
    count: 3,
    rounds: { p50: 3, p95: 3, most: 3, counts: { 1: 1, 3: 2 } },
  })
  expect(picture.nodes.find(({ id }) => id === 'draft[]/write')).toMatchObject({ within: 'draft', count: 7, runs: 3 })
})

test('branches side by side do not follow each other, and a map’s items are one passage', async () => {
  const rondo = await system(async (run) => {
    await run.step('split', () => 1, { effect: 'none' })
    await run.all({
      legal: (branch) => branch.step('law', () => new Promise((resolve) => setTimeout(resolve, 5)), { effect: 'read' }),
      tax: (branch) => branch.step('rate', () => new Promise((resolve) => setTimeout(resolve, 5)), { effect: 'read' }),
    })
    await run.map('files', ['a', 'b', 'c'], async (_, item) => {
      await item.step('open', () => 1, { effect: 'none' })
      await item.step('close', () => 1, { effect: 'none' })
    })
    return run.step('join', () => 1, { effect: 'none' })
  })
  await (await rondo.runs.start('drawn', null)).result()
  const picture = await pictureOf(rondo)
  expect(edgesOf(picture)).toEqual([
    '$start > split ×1',
    'files[]/close > join ×1',
    'files[]/open > files[]/close ×3',
    'join > $end ×1',
    'legal/law > files[]/open ×1',
    'split > legal/law ×1',
    'split > tax/rate ×1',
    'tax/rate > files[]/open ×1',
  ])
  expect(picture.nodes.find(({ id }) => id === 'files[]/open')).toMatchObject({ count: 3, runs: 1, within: 'files' })
  expect(picture.nodes.find(({ id }) => id === 'legal/law')).toMatchObject({ within: 'legal' })
})

test('where people wait is told, and a run that waits has not left', async () => {
  const rondo = await system(async (run) => {
    await run.step('draft', () => 1, { effect: 'none' })
    await run.review('approve', { subject: 1, role: 'desk' })
    return run.step('send', () => 1)
  })
  const waits = await rondo.runs.start('drawn', 1)
  const goes = await rondo.runs.start('drawn', 2)
  await rondo.idle()
  await rondo.inbox.accept(`${goes.id}:approve`, { name: 'ann', roles: ['desk'] })
  await goes.result()
  const picture = await pictureOf(rondo)
  expect(edgesOf(picture)).toEqual(['$start > draft ×2', 'approve > send ×1', 'draft > approve ×2', 'send > $end ×1'])
  const approve = picture.nodes.find(({ id }) => id === 'approve')
  expect(approve).toMatchObject({ kind: 'review', count: 2, open: 1, waitMs: { total: expect.any(Number) } })
  expect(approve?.waitMs?.total).toBe(approve?.ms?.p50)
  expect((await rondo.runs.get(waits.id))?.status).toBe('waiting')
})

test('the losers of a race lead nowhere, and what failed is where its run ended', async () => {
  const rondo = await system(async (run, input) => {
    const won = await run.race('first', {
      answer: (branch) => branch.step('think', () => 42, { effect: 'none' }),
      time: (branch) => branch.sleep('nap', '1h'),
    })
    if (input === 'fail') await run.step('break', () => Promise.reject(new Error('no')), { effect: 'none', retry: { attempts: 1 } })
    return won.winner
  })
  await (await rondo.runs.start('drawn', 'go')).result()
  await (await rondo.runs.start('drawn', 'fail')).result().catch(() => undefined)
  const picture = await pictureOf(rondo)
  expect(edgesOf(picture).filter((edge) => edge.startsWith('first/time'))).toEqual([])
  expect(edgesOf(picture)).toContain('first/answer/think > break ×1')
  expect(edgesOf(picture)).toContain('break > $end ×1')
  expect(picture.nodes.find(({ id }) => id === 'break')).toMatchObject({ failed: 1 })
  expect(picture.nodes.find(({ id }) => id === '$end')).toMatchObject({ count: 2, failed: 1 })
})

test('ten thousand steps in a row are drawn in no time, each after the one before', () => {
  const entries = Array.from(
    { length: 10_000 },
    (_, index): Entry => ({
      seq: index + 1,
      scope: '',
      name: `step ${index}`,
      kind: 'code',
      state: 'completed',
      at: 2 * index + 1,
      startedAt: 2 * index,
    }),
  )
  const start = performance.now()
  const { edges } = drawPicture([{ id: 'r', status: 'completed', createdAt: 0, endedAt: 30_000, entries }])
  expect(performance.now() - start).toBeLessThan(2000)
  expect(edges).toHaveLength(10_001)
  expect(edges.every(({ count, back }) => count === 1 && !back)).toBe(true)
})

test('nothing was run: nothing is drawn', () => {
  expect(drawPicture([])).toEqual({ runs: 0, nodes: [], edges: [] })
})

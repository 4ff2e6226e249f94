import { expect, test } from 'vitest'
import { z } from 'zod'
import { flow } from '../../src/index.ts'
import { FLOWS, stage, until } from './stage.ts'

const fromBody = <Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> => schema.parse(body)
const Started = z.object({ id: z.string(), started: z.boolean(), status: z.string() })
const List = z.object({ items: z.array(z.looseObject({ id: z.string().optional() })), next: z.string().optional() })

test('a run is started, waited for and read', async () => {
  const { ask } = await stage()
  const waited = await ask('/api/flows/echo/runs?wait=10s', { json: { input: { text: 'hello' } } })
  expect(waited).toMatchObject({ status: 200, body: { flow: 'echo', status: 'completed', started: true, output: { text: 'hello' } } })
  const { id } = fromBody(Started, waited.body)
  expect(await ask(`/api/runs/${id}`)).toMatchObject({
    status: 200,
    body: { id, flow: 'echo', status: 'completed', input: { text: 'hello' }, output: { text: 'hello' } },
  })
  expect(await ask(`/api/runs/${id}/result`)).toMatchObject({ status: 200, body: { output: { text: 'hello' } } })
  expect(await ask(`/api/runs/${id}/journal`)).toMatchObject({
    body: { items: [{ path: 'say', kind: 'code', state: 'completed', value: 'hello' }] },
  })
  expect(await ask('/api/runs/none')).toMatchObject({ status: 404, body: { error: { code: 'run_unknown' } } })
  expect(await ask('/api/flows/none/runs', { json: { input: 1 } })).toMatchObject({
    status: 404,
    body: { error: { code: 'flow_unknown' } },
  })
  expect(await ask('/api/flows')).toMatchObject({
    body: {
      items: [
        { name: 'echo', input: { type: 'object', required: ['text'] }, counts: { completed: 1 }, model: 'rondo/echo' },
        { name: 'approval' },
        { name: 'failing' },
      ],
    },
  })
})

test('the same key starts a run once; with another input it is refused', async () => {
  const { ask } = await stage()
  const start = (text: string): ReturnType<typeof ask> =>
    ask('/api/flows/echo/runs', { json: { input: { text } }, headers: { 'idempotency-key': 'k1' } })
  const all = await Promise.all(Array.from({ length: 8 }, () => start('a')))
  const bodies = all.map(({ body }) => fromBody(Started, body))
  expect(new Set(bodies.map(({ id }) => id)).size).toBe(1)
  expect(bodies.filter(({ started }) => started)).toHaveLength(1)
  expect(all.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201])
  expect(await start('b')).toMatchObject({ status: 409, body: { error: { code: 'run_conflict' } } })
})

test('a wait that is too short says how the run stands, and a failed run how it failed', async () => {
  const { ask } = await stage()
  const waits = await ask('/api/flows/approval/runs?wait=20', { json: { input: { text: 'a' } } })
  expect(waits).toMatchObject({ status: 202, body: { status: 'waiting', started: true } })
  const { id } = fromBody(Started, waits.body)
  expect(await ask(`/api/runs/${id}/result?wait=10ms`)).toMatchObject({ status: 202, body: { status: 'waiting' } })
  expect(await ask(`/api/runs/${id}/result?wait=soon`)).toMatchObject({ status: 400, body: { error: { code: 'invalid_input' } } })
  const failed = await ask('/api/flows/failing/runs?wait=10s', { json: { input: {} } })
  expect(failed).toMatchObject({ status: 200, body: { status: 'failed', error: { message: 'It broke.', path: 'break' } } })
  expect(JSON.stringify(failed.body)).not.toContain('.ts:')
})

test('a run is paused, resumed, cancelled and retried, by whoever is signed in', async () => {
  const { ask, rondo } = await stage()
  const { id } = fromBody(Started, (await ask('/api/flows/approval/runs', { json: { input: { text: 'a' }, id: 'r1' } })).body)
  await rondo.idle()
  expect(await ask(`/api/runs/${id}/pause`, { json: {} })).toMatchObject({ status: 200 })
  await rondo.idle()
  expect(await ask(`/api/runs/${id}`)).toMatchObject({ body: { status: 'paused', reason: 'asked by ann' } })
  expect(await ask(`/api/runs/${id}/retry`, { method: 'POST' })).toMatchObject({ status: 409, body: { error: { code: 'run_state' } } })
  expect(await ask(`/api/runs/${id}/resume`, { method: 'POST' })).toMatchObject({ status: 200 })
  await rondo.idle()
  expect(await ask(`/api/runs/${id}/cancel`, { json: { reason: 'no need' } })).toMatchObject({ status: 200 })
  await rondo.idle()
  expect(await ask(`/api/runs/${id}/result`)).toMatchObject({ status: 200, body: { status: 'cancelled', reason: 'no need' } })
  expect(await ask(`/api/runs/${id}/cancel`, { json: {} })).toMatchObject({ status: 409 })
  const failed = fromBody(Started, (await ask('/api/flows/failing/runs?wait=10s', { json: { input: {} } })).body)
  expect(await ask(`/api/runs/${failed.id}/retry`, { json: {} })).toMatchObject({ status: 200 })
})

test('signals reach a run once, and values that JSON lacks come and go as they are', async () => {
  const waits = flow({
    name: 'waits',
    input: z.object({ since: z.date(), amount: z.bigint() }),
    output: z.object({ since: z.date(), amount: z.bigint(), said: z.unknown() }),
    run: async (run, input) => ({ ...input, said: await run.signal('go') }),
  })
  const { ask } = await stage({ flows: [waits] })
  const since = { $rondo: 'date', value: '2026-01-01T00:00:00.000Z' }
  const amount = { $rondo: 'bigint', value: '12345678901234567890' }
  const { id } = fromBody(Started, (await ask('/api/flows/waits/runs', { json: { input: { since, amount } } })).body)
  const send = (): ReturnType<typeof ask> => ask(`/api/runs/${id}/signals/go`, { json: { value: { at: since }, id: 's1' } })
  expect(await send()).toMatchObject({ status: 202, body: { delivered: true } })
  expect(await send()).toMatchObject({ status: 202, body: { delivered: false } })
  expect(await ask(`/api/runs/${id}/result?wait=10s`)).toMatchObject({ body: { output: { since, amount, said: { at: since } } } })
})

test('runs are listed a page at a time, filtered and searched', async () => {
  const { ask, rondo } = await stage()
  for (let index = 0; index < 25; index += 1)
    await rondo.runs.start('echo', { text: `number ${index}` }, { id: `r${index}`, key: `key-${index}` })
  await rondo.runs.start('failing', {})
  await rondo.idle()
  const idsOf = async (path: string): Promise<(string | undefined)[]> => fromBody(List, (await ask(path)).body).items.map(({ id }) => id)
  const seen: unknown[] = []
  for (let before = ''; ; ) {
    const page = fromBody(List, (await ask(`/api/runs?flow=echo&limit=10${before}`)).body)
    seen.push(...page.items.map(({ id }) => id))
    if (page.next === undefined) break
    before = `&before=${page.next}`
  }
  expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => `r${24 - index}`))
  expect(await idsOf('/api/runs?status=failed,stopped')).toHaveLength(1)
  expect(await idsOf('/api/runs?q=NUMBER%2013')).toEqual(['r13'])
  expect(await idsOf('/api/runs?q=key-7')).toEqual(['r7'])
  expect(await idsOf('/api/runs?q=It%20broke')).toHaveLength(1)
  expect(await idsOf('/api/runs?q=number&limit=3')).toEqual(['r24', 'r23', 'r22'])
  for (const query of ['limit=0', 'limit=5000', 'status=odd', 'limit=x']) expect((await ask(`/api/runs?${query}`)).status).toBe(400)
})

test('scores of a run come in later, once each', async () => {
  const { ask } = await stage()
  const { id } = fromBody(Started, (await ask('/api/flows/echo/runs?wait=10s', { json: { input: { text: 'a' } } })).body)
  const add = (json: object): ReturnType<typeof ask> => ask(`/api/runs/${id}/measures`, { json })
  expect(await add({ name: 'kept', value: 0.75, id: 'm1' })).toMatchObject({
    status: 200,
    body: { name: 'kept', value: 0.75, by: 'ann', flow: 'echo' },
  })
  expect(await add({ name: 'kept', value: 0.75, id: 'm1' })).toMatchObject({ status: 200 })
  expect(await add({ name: 'kept', value: 1.5 })).toMatchObject({ status: 400 })
  expect(await ask(`/api/runs/${id}/measures`)).toMatchObject({ body: { items: [{ id: 'm1' }] } })
})

test('the picture of a flow is drawn from the runs in a window', async () => {
  const { ask, rondo } = await stage({ flows: FLOWS })
  for (const text of ['a', 'b']) await rondo.runs.start('approval', { text })
  await rondo.idle()
  expect(await ask('/api/flows/approval/picture')).toMatchObject({
    status: 200,
    body: {
      flow: 'approval',
      runs: 2,
      more: false,
      edges: expect.arrayContaining([{ from: 'before', to: 'approve', count: 2, back: false, ms: expect.anything() }]),
    },
  })
  expect(await ask('/api/flows/approval/picture?limit=1')).toMatchObject({ body: { runs: 1, more: true } })
  expect(await ask('/api/flows/approval/picture?to=2020-01-01')).toMatchObject({ body: { runs: 0, nodes: [] } })
  expect(await ask('/api/flows/none/picture')).toMatchObject({ status: 404 })
  expect(await ask('/api/flows/approval/steps?node=approve&limit=1')).toMatchObject({
    status: 200,
    body: { items: [{ path: 'approve', state: 'open', runStatus: 'waiting' }] },
  })
  const { body } = await ask('/api/flows/approval/steps?node=before')
  expect(body).toMatchObject({ items: [{ state: 'completed', ms: expect.any(Number) }, { state: 'completed' }] })
  expect(await ask('/api/flows/approval/steps')).toMatchObject({ status: 400 })
})

test('a picture says which releases there were, and is drawn of one of them', async () => {
  const { ask, rondo } = await stage({ flows: FLOWS, release: 'r7' })
  await rondo.runs.start('echo', { text: 'a' })
  await rondo.idle()
  expect(await ask('/api/flows/echo/picture')).toMatchObject({ body: { runs: 1, releases: ['r7'], newest: expect.any(String) } })
  expect(await ask('/api/flows/echo/picture?release=r6')).toMatchObject({ body: { runs: 0, releases: ['r7'] } })
})

test('the system says what it is, and the console hears what happens', async () => {
  const { ask, url, rondo } = await stage()
  expect(await ask('/api/system')).toMatchObject({
    body: { version: expect.stringMatching(/^\d/), flows: ['echo', 'approval', 'failing'], inboxOpen: 0 },
  })
  const response = await fetch(`${url}/api/events`, { headers: { authorization: 'Bearer a-token-of-the-tests' } })
  let heard = ''
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const reading = (async () => {
    for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read()) heard += piece.value
  })()
  await until(() => (heard.includes('event: inbox\ndata: {"open":0}') ? true : undefined))
  await rondo.runs.start('approval', { text: 'a' }, { id: 'r1' })
  await until(() => (heard.includes('event: inbox\ndata: {"open":1}') ? true : undefined), 'the inbox to be told')
  expect(heard).toContain('event: run\ndata: {"id":"r1","flow":"approval","status":"waiting"}')
  expect(heard).toContain('event: entry\ndata: {"run":"r1","path":"before","kind":"code","state":"completed"}')
  const [item] = await rondo.inbox.list()
  await ask(`/api/inbox/${encodeURIComponent(item?.id ?? '')}/claim`, { json: {} })
  await until(() => (/event: question\ndata: \{"id":"r1:[^"]+","claimedBy":"\w+"\}/.test(heard) ? true : undefined), 'the claim to be told')
  expect(heard).not.toContain('Send it?')
  await reader?.cancel()
  await reading
})

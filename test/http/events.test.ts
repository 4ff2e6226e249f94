import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { eventsIn, type ReceivedEvent } from '../../src/client/event-lines.ts'
import { type ClientEvent, createClient } from '../../src/client.ts'
import { type Served, serveHttp } from '../../src/http.ts'
import { createRondo, flow, type Rondo, type StepCall } from '../../src/index.ts'
import { approval, atEnd, echo, folder, stage, TOKEN, until } from './stage.ts'

const long = flow({
  name: 'long',
  input: z.object({ steps: z.number() }),
  output: z.string(),
  async run(run, { steps }) {
    for (let index = 0; index < steps; index += 1) await run.step(`early ${index}`, () => index, { effect: 'none' })
    const review = await run.review('approve', { subject: 'all', role: 'desk' })
    for (let index = 0; index < steps; index += 1) await run.step(`late ${index}`, () => index, { effect: 'none' })
    return review.outcome
  },
})
const flows = { long, echo, approval }
const ann = { name: 'ann', roles: ['*'] }

/** Follows a run until `enough` says so; what was received, in order. */
async function follow(
  url: string,
  run: string,
  place: { lastEventId?: string },
  enough: (events: readonly ReceivedEvent[]) => boolean,
): Promise<ReceivedEvent[]> {
  const leave = new AbortController()
  const response = await fetch(`${url}/api/runs/${run}/events`, {
    headers: { authorization: `Bearer ${TOKEN}`, ...(place.lastEventId !== undefined && { 'last-event-id': place.lastEventId }) },
    signal: leave.signal,
  })
  expect(response.status).toBe(200)
  const events: ReceivedEvent[] = []
  try {
    if (response.body !== null)
      for await (const event of eventsIn(response.body)) {
        events.push(event)
        if (enough(events)) break
      }
  } finally {
    leave.abort()
  }
  return events
}

const entriesOf = (events: readonly ReceivedEvent[]): number[] =>
  events.filter(({ event }) => event === 'entry').map(({ id }) => Number(id))

test('a client that leaves anywhere and rejoins, across a person’s wait and restarts of the server, has each entry once and in order', async () => {
  const database = join(folder(), 'rondo.db')
  const open = async (port: number): Promise<{ rondo: Rondo; served: Served }> => {
    const rondo = await createRondo({ flows: [long], database, warn: () => undefined })
    return { rondo, served: await serveHttp(rondo, { port, token: TOKEN, person: ann, console: false }) }
  }
  let { rondo, served } = await open(0)
  atEnd(() => served.shutDown())
  const { id } = await rondo.runs.start(long, { steps: 20 })
  const seen: number[] = []
  const sizes: number[] = []
  for (let leg = 0; ; leg += 1) {
    // Leaves after 1, 4, 2, 5, 3 entries, and so on; once it waits for a person, when nothing came for it to leave after.
    const most = ((leg * 3) % 5) + 1
    const events = await follow(served.url, id, seen.length === 0 ? {} : { lastEventId: String(seen.at(-1)) }, (all) => {
      const waits = all.at(-1)?.event === 'status' && all.at(-1)?.data.includes('waiting') === true
      return entriesOf(all).length === most || waits
    })
    seen.push(...entriesOf(events))
    sizes.push(entriesOf(events).length)
    if (events.at(-1)?.event === 'end') break
    if (leg % 4 === 3) {
      await served.shutDown()
      ;({ rondo, served } = await open(0))
    }
    if (seen.length === 21 && (await rondo.inbox.get(`${id}:approve`))?.state === 'open') await rondo.inbox.accept(`${id}:approve`, ann)
  }
  const journal = await rondo.runs.journal(id)
  expect(seen).toEqual(journal.map(({ seq }) => seq))
  expect(seen).toHaveLength(20 + 2 + 20)
  expect(sizes.length).toBeGreaterThan(12)
})

test('the typed client rejoins by itself: one iterator sees the whole run, while its server is taken away and brought back', async () => {
  const database = join(folder(), 'rondo.db')
  const open = async (port: number): Promise<{ rondo: Rondo; served: Served }> => {
    const rondo = await createRondo({ flows: [long], database, warn: () => undefined })
    return { rondo, served: await serveHttp(rondo, { port, token: TOKEN, person: ann, console: false }) }
  }
  let { rondo, served } = await open(0)
  atEnd(() => served.shutDown())
  const { port } = served
  const client = createClient<typeof flows>({
    url: served.url,
    token: TOKEN,
    pause: () => new Promise((resolve) => setTimeout(resolve, 5)),
  })
  const run = await client.flow('long').start({ steps: 10 })
  const seen: ClientEvent[] = []
  const following = (async () => {
    for await (const event of run.events()) seen.push(event)
  })()
  const result = run.result()
  await until(() => (seen.some((event) => event.type === 'status' && event.status === 'waiting') ? true : undefined), 'the wait to be told')
  for (let restart = 0; restart < 2; restart += 1) {
    await served.shutDown()
    ;({ rondo, served } = await open(port))
  }
  const [item] = (await client.inbox.list()).items
  await client.inbox.accept(item?.id ?? '')
  expect(await result).toBe('accepted')
  await following
  const seqs = seen.flatMap((event) => (event.type === 'entry' ? [event.entry.seq] : []))
  expect(seqs).toEqual((await rondo.runs.journal(run.id)).map(({ seq }) => seq))
  expect(seen.at(-1)).toMatchObject({ type: 'status', status: 'completed' })
})

test('a run that is over is told from its journal, and ends at once', async () => {
  const { url, rondo, ask } = await stage()
  const handle = await rondo.runs.start(echo, { text: 'a' })
  await handle.result()
  const events = await follow(url, handle.id, {}, () => false)
  expect(events.map(({ event }) => event)).toEqual(['entry', 'status', 'end'])
  expect(JSON.parse(events[0]?.data ?? '')).not.toHaveProperty('value')
  expect(events[2]?.id).toBe(events[0]?.id)
  const rejoined = await follow(url, handle.id, { lastEventId: events[0]?.id ?? '' }, () => false)
  expect(rejoined.map(({ event }) => event)).toEqual(['status', 'end'])
  const full = await ask(`/api/runs/${handle.id}/events?full=true`)
  expect(full.body).toContain('"value":"a"')
  expect((await ask(`/api/runs/${handle.id}/events`, { headers: { 'last-event-id': 'x' } })).status).toBe(400)
  expect((await ask('/api/runs/none/events')).status).toBe(404)
})

test('deltas are told live, carry no id, and are not told again', async () => {
  const watched = Promise.withResolvers<void>()
  const speaks = flow({
    name: 'speaks',
    input: z.object({}),
    output: z.string(),
    async run(run) {
      await run.step('before', () => 1, { effect: 'none' })
      const speak = async ({ emit }: StepCall): Promise<string> => {
        await watched.promise
        emit({ type: 'delta', text: 'Hel' })
        emit({ type: 'delta', text: 'lo' })
        emit({ type: 'progress', message: 'nearly' })
        return 'Hello'
      }
      return run.step('speak', speak, { effect: 'none' })
    },
  })
  const { url, rondo } = await stage({ flows: [speaks] })
  await rondo.runs.start('speaks', {}, { id: 'r1' })
  const told = await follow(url, 'r1', {}, (all) => {
    if (all.at(-1)?.event === 'status') watched.resolve()
    return all.at(-1)?.event === 'end'
  })
  const live = told.filter(({ event }) => event === 'delta' || event === 'progress')
  expect(live.map(({ data }) => JSON.parse(data))).toEqual([
    { path: 'speak', text: 'Hel' },
    { path: 'speak', text: 'lo' },
    { path: 'speak', message: 'nearly' },
  ])
  // An event without an id of its own leaves the client's place at the last entry.
  expect(live.map(({ id }) => Number(id))).toEqual(live.map(() => entriesOf(told)[0]))
  const again = await follow(url, 'r1', {}, () => false)
  expect(again.map(({ event }) => event)).toEqual(['entry', 'entry', 'status', 'end'])
})

test('silence is broken by heartbeats, and a server that stops says so and when to come again', async () => {
  const { served, rondo } = await stage({}, { heartbeat: 10 })
  const { id } = await rondo.runs.start(approval, { text: 'a' })
  const response = await fetch(`${served.url}/api/runs/${id}/events`, { headers: { authorization: `Bearer ${TOKEN}` } })
  let text = ''
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const reading = (async () => {
    for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read()) text += piece.value
  })()
  await until(() => (text.split(': still here').length > 3 ? true : undefined), 'heartbeats')
  await served.close()
  await reading
  expect(text).toMatch(/retry: \d+\nevent: bye\ndata: {}\n\n$/)
  expect((await rondo.runs.get(id))?.status).toBe('waiting')
})

test('a client that does not read holds up nobody', async () => {
  const { url, rondo, ask } = await stage({ flows: [long] })
  const lazy = await fetch(`${url}/api/runs/${(await rondo.runs.start(long, { steps: 3000 }, { id: 'r1' })).id}/events`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  })
  await rondo.idle()
  expect(await ask('/api/runs/r1')).toMatchObject({ body: { status: 'waiting' } })
  const eager = await follow(url, 'r1', {}, (all) => all.at(-1)?.event === 'status')
  expect(entriesOf(eager)).toHaveLength(3001)
  await lazy.body?.cancel()
})

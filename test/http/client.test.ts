import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { eventsIn, type ReceivedEvent } from '../../src/client/event-lines.ts'
import { fromWire, toWire } from '../../src/client/values.ts'
import { createClient, RondoClientError } from '../../src/client.ts'
import { flow } from '../../src/index.ts'
import { decode, encode } from '../../src/json.ts'
import { approval, echo, failing, stage, TOKEN } from './stage.ts'

const dated = flow({
  name: 'dated',
  input: z.object({ since: z.date(), tags: z.set(z.string()) }),
  output: z.object({ until: z.date(), count: z.bigint() }),
  run: async (_, { since, tags }) => ({ until: new Date(since.getTime() + 1000), count: BigInt(tags.size) }),
})
const flows = { echo, approval, failing, dated }

test('a flow is called with its own types, and dates stay dates', async () => {
  const { url } = await stage({ flows: [dated, echo] })
  const client = createClient<typeof flows>({ url: `${url}/`, token: TOKEN })
  const { until, count } = await client.flow('dated').run({ since: new Date(0), tags: new Set(['a', 'b']) })
  expect([until.getTime(), count]).toEqual([1000, 2n])
  const text: string = (await client.flow('echo').run({ text: 'hello' })).text
  expect(text).toBe('hello')
  // @ts-expect-error: the input of this flow has a text
  await expect(client.flow('echo').run({ words: 'hello' })).rejects.toMatchObject({ status: 400, code: 'invalid_input' })
})

test('a run is followed, answered and asked for from afar', async () => {
  const { url } = await stage()
  const client = createClient<typeof flows>({ url, token: TOKEN })
  const run = await client.flow('approval').start({ text: 'a' }, { key: 'k1', within: '1h' })
  expect((await client.flow('approval').start({ text: 'a' }, { key: 'k1', within: '1h' })).id).toBe(run.id)
  const told: string[] = []
  for await (const event of run.events()) {
    told.push(event.type === 'entry' ? `${event.entry.path} ${event.entry.state}` : event.type === 'status' ? event.status : event.type)
    if (told.at(-1) !== 'waiting') continue
    expect(await client.inbox.count()).toBe(1)
    const [item] = (await client.inbox.list({ flow: 'approval' })).items
    await client.inbox.claim(item?.id ?? '')
    await client.inbox.comment(item?.id ?? '', 'looks good')
    await client.inbox.answer(item?.id ?? '', { text: 'b' }, { note: 'better' })
  }
  expect(told.filter((one) => one.includes(' '))).toEqual(['before completed', 'approve opened', 'approve completed', 'after completed'])
  expect(told.at(-1)).toBe('completed')
  expect(await run.result()).toEqual({ outcome: 'edited' })
  const journal: string[] = []
  for await (const entry of run.journal()) journal.push(entry.path)
  expect(journal).toHaveLength(4)
  expect((await client.runs.list({ status: ['completed'] })).items.map(({ id }) => id)).toEqual([run.id])
})

test('a run that failed, was cancelled or is not there says so', async () => {
  const { url } = await stage()
  const client = createClient<typeof flows>({ url, token: TOKEN })
  await expect(client.flow('failing').run({})).rejects.toMatchObject({ code: 'run_failed', message: 'It broke.' })
  const run = await client.flow('approval').start({ text: 'a' })
  await run.cancel('no need')
  await expect(run.result()).rejects.toMatchObject({ code: 'run_cancelled', message: 'no need' })
  await expect(client.run('none').result()).rejects.toMatchObject({ status: 404, code: 'run_unknown' })
  const events = client.run('none').events()
  await expect(events.next()).rejects.toBeInstanceOf(RondoClientError)
  await expect(createClient<typeof flows>({ url, token: 'wrong' }).runs.list()).rejects.toMatchObject({ status: 401 })
})

test('what is not safe to repeat is sent once; what is, is sent again until it arrives', async () => {
  const { url } = await stage()
  let [lost, sent] = [0, 0]
  const flaky: typeof fetch = async (...call) => {
    sent += 1
    if (lost > 0) {
      lost -= 1
      // The request arrived, its answer did not.
      await fetch(...call)
      throw new TypeError('fetch failed')
    }
    return fetch(...call)
  }
  const client = createClient<typeof flows>({ url, token: TOKEN, fetch: flaky, pause: () => Promise.resolve() })
  lost = 1
  await expect(client.flow('echo').start({ text: 'a' })).rejects.toThrow('fetch failed')
  expect(sent).toBe(1)
  lost = 3
  const run = await client.flow('echo').start({ text: 'b' }, { key: 'k1' })
  expect(await run.result()).toEqual({ text: 'b' })
  expect((await client.runs.list({ flow: 'echo' })).items).toHaveLength(2)
  lost = 5
  await expect(client.runs.list()).rejects.toThrow('fetch failed')
})

test('waiting is given up when its signal says so', async () => {
  const { url } = await stage()
  const client = createClient<typeof flows>({ url, token: TOKEN })
  const run = await client.flow('approval').start({ text: 'a' })
  const leave = new AbortController()
  const seen: string[] = []
  for await (const event of run.events({ signal: leave.signal })) {
    seen.push(event.type)
    if (event.type === 'status' && event.status === 'waiting') leave.abort()
  }
  expect(seen.length).toBeGreaterThan(1)
  await expect(run.result({ signal: leave.signal })).rejects.toMatchObject({ name: 'AbortError' })
})

test('values go over the wire as the journal writes them, and come back the same', () => {
  const leaf = fc.oneof(
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.bigInt(),
    fc.date(),
    fc.uint8Array({ maxLength: 20 }),
    fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, { $rondo: 'date', value: 'x' }),
  )
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        tie('value'),
        { maxKeys: 4 },
      ),
      fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 3 }).map((pairs) => new Map(pairs)),
      fc.array(fc.string(), { maxLength: 3 }).map((items) => new Set(items)),
    ),
  }))
  fc.assert(
    fc.property(value, (one) => {
      const sent = JSON.stringify(toWire(one))
      expect(sent).toBe(encode(one))
      expect(fromWire(JSON.parse(encode(one)))).toEqual(decode(encode(one)))
    }),
    { numRuns: 300 },
  )
  for (const wrong of [() => 1, Symbol('x'), new URL('http://x')]) expect(() => toWire(wrong)).toThrow(TypeError)
})

test('events are read however their bytes are cut', async () => {
  const text =
    'retry: 10\n\n: a comment\r\n\r\nid: 7\r\nevent: entry\r\ndata: {"a":\ndata: "ü"}\r\n\r\ndata: plain\n\nevent: empty\n\nid: 8\ndata:no space\n\ndata: cut off'
  const bytes = new TextEncoder().encode(text)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
      const places = [0, ...cuts.sort((one, other) => one - other), bytes.length]
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let index = 1; index < places.length; index += 1) controller.enqueue(bytes.slice(places[index - 1], places[index]))
          controller.close()
        },
      })
      const events: ReceivedEvent[] = []
      for await (const event of eventsIn(body)) events.push(event)
      expect(events).toEqual([
        { event: 'entry', data: '{"a":\n"ü"}', id: '7' },
        { event: 'message', data: 'plain', id: '7' },
        { event: 'message', data: 'no space', id: '8' },
      ])
    }),
    { numRuns: 200 },
  )
})

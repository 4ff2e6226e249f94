import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { ManualClock } from '../../src/clock.ts'
import { verifyWebhook, type WebhookOptions, webhooks } from '../../src/http.ts'
import { createRondo, flow, type Rondo, type RondoOptions } from '../../src/index.ts'
import { approval, atEnd, echo, failing, folder, until } from './stage.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const OTHER = `whsec_${Buffer.alloc(32, 9).toString('base64')}`

interface Heard {
  readonly id: string
  readonly headers: Headers
  readonly text: string
  readonly body: { readonly type: string; readonly timestamp: string; readonly data: Record<string, unknown> }
}

/** A receiver on a real socket. `answers`: the status of each request in turn; 200 after them. */
async function receiver(answers: number[] = []): Promise<{ url: string; heard: Heard[]; kinds(): string[] }> {
  const heard: Heard[] = []
  const server = createServer(async (incoming, response) => {
    let text = ''
    for await (const piece of incoming.setEncoding('utf8')) text += piece
    const headers = new Headers(
      Object.entries(incoming.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as [string, string]] : [])),
    )
    heard.push({ id: headers.get('webhook-id') ?? '', headers, text, body: JSON.parse(text) })
    const status = answers.shift() ?? 200
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(() => new Promise((resolve) => server.close(() => resolve())))
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return { url: `http://127.0.0.1:${port}/hooks`, heard, kinds: () => heard.map(({ body }) => body.type) }
}

async function desk(
  endpoints: WebhookOptions['endpoints'],
  more: Partial<RondoOptions & WebhookOptions> = {},
): Promise<{ rondo: Rondo; stop: () => Promise<void> }> {
  const hooks = webhooks({ endpoints, ...more })
  const { flows = [echo, approval, failing], ...others } = more
  const rondo = await createRondo({ database: ':memory:', warn: () => undefined, ...others, flows: [...flows, hooks.flow] })
  const detach = await hooks.attach(rondo)
  const stop = async (): Promise<void> => {
    await detach()
    await rondo.close()
  }
  atEnd(stop)
  return { rondo, stop }
}

test('what happens is told, signed so that the receiver knows who says it', async () => {
  const { url, heard, kinds } = await receiver()
  const { rondo } = await desk([{ name: 'slack', url, secret: SECRET }])
  await (await rondo.runs.start(echo, { text: 'a secret text' }, { id: 'r1' })).result()
  await rondo.runs.start(approval, { text: 'a secret text' }, { id: 'r2' })
  await until(() => (kinds().includes('inbox.opened') ? true : undefined), 'the question to be told')
  await rondo.inbox.accept('r2:approve', { name: 'ann', roles: ['desk'] })
  await (await rondo.runs.start(failing, {}, { id: 'r3' })).result().catch(() => undefined)
  await until(() => (heard.length === 5 ? true : undefined), 'five deliveries')
  expect(kinds().sort()).toEqual(['inbox.ended', 'inbox.opened', 'run.completed', 'run.completed', 'run.failed'])
  const of = (type: string): Heard | undefined => heard.find(({ body }) => body.type === type)
  expect(of('run.completed')?.body.data).toEqual({ run: 'r1', flow: 'echo', status: 'completed' })
  expect(of('inbox.opened')?.body.data).toEqual({
    id: 'r2:approve',
    run: 'r2',
    path: 'approve',
    flow: 'approval',
    kind: 'review',
    role: 'desk',
    title: 'Send it?',
  })
  expect(of('inbox.ended')?.body.data).toMatchObject({ id: 'r2:approve', state: 'taken', by: ['ann'] })
  for (const { headers, text } of heard) {
    expect(verifyWebhook(SECRET, headers, text, Date.now())).toBe(true)
    expect(verifyWebhook(OTHER, headers, text, Date.now())).toBe(false)
    expect(verifyWebhook(SECRET, headers, text.replace('r', 'x'), Date.now())).toBe(false)
    expect(verifyWebhook(SECRET, headers, text, Date.now() + 301_000)).toBe(false)
    expect(text).not.toContain('secret text')
  }
  expect(new Set(heard.map(({ id }) => id)).size).toBe(5)
  const journals = await Promise.all(
    (await rondo.runs.list({ flow: 'rondo webhook' })).map(async (run) => JSON.stringify([run, await rondo.runs.journal(run.id)])),
  )
  expect(journals.join()).not.toContain(SECRET)
})

test('a place may be called anything, and its receiver may be Node’s own server', async () => {
  const { url, heard } = await receiver()
  const odd = flow({
    name: 'odd',
    input: z.object({}),
    output: z.unknown(),
    run: (run) => run.map('Prüfung ✓', ['中文', 'é'], (item, inside) => inside.review('approve', { subject: item, role: 'desk' })),
  })
  const { rondo } = await desk([{ name: 'slack', url, secret: SECRET }], { flows: [odd] })
  await rondo.runs.start('odd', {}, { id: 'r1' })
  await until(() => (heard.length === 2 ? true : undefined), 'two deliveries')
  expect(heard.map(({ body }) => body.data['path']).sort()).toEqual(['Prüfung ✓[é]/approve', 'Prüfung ✓[中文]/approve'].sort())
  for (const { headers, text } of heard) expect(verifyWebhook(SECRET, Object.fromEntries(headers), text, Date.now())).toBe(true)
  expect(new Set(heard.map(({ id }) => id)).size).toBe(2)
})

test('the signature is that of the Standard Webhooks specification', () => {
  // From its reference implementation's tests.
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const headers = new Headers({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
  const body = '{"test": 2432232314}'
  expect(verifyWebhook(secret, headers, body, 1_614_265_330_000)).toBe(true)
  headers.set('webhook-signature', 'v1,h0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v2,xyz v1,')
  expect(verifyWebhook(secret, headers, body, 1_614_265_330_000)).toBe(false)
})

test('while a secret is changed, both are signed with', async () => {
  const { url, heard } = await receiver()
  const { rondo } = await desk([{ name: 'slack', url, secret: [OTHER, SECRET] }])
  await (await rondo.runs.start(echo, { text: 'a' })).result()
  const { headers, text } = await until(() => heard[0])
  for (const secret of [SECRET, OTHER]) expect(verifyWebhook(secret, headers, text, Date.now())).toBe(true)
})

test('a receiver that is away is tried again with the same id, further and further apart; one that is gone is not', async () => {
  const clock = new ManualClock()
  const { url, heard } = await receiver([500, 302, 429])
  const gone = await receiver([410])
  const { rondo } = await desk(
    [
      { name: 'away', url, secret: SECRET },
      { name: 'gone', url: gone.url, secret: SECRET },
    ],
    { clock },
  )
  await (await rondo.runs.start(echo, { text: 'a' })).result()
  await until(() => (gone.heard.length === 1 ? true : undefined))
  for (const [count, minutes] of [
    [1, 0.1],
    [2, 0.2],
    [3, 0.4],
  ] as const) {
    await until(() => (heard.length === count ? true : undefined), `attempt ${count}`)
    await rondo.idle()
    clock.advance(minutes * 60_000)
  }
  await until(() => (heard.length === 4 ? true : undefined), 'the fourth attempt')
  await rondo.idle()
  expect(new Set(heard.map(({ id }) => id)).size).toBe(1)
  const stamps = heard.map(({ headers }) => Number(headers.get('webhook-timestamp')))
  expect([...stamps].sort((one, other) => one - other)).toEqual(stamps)
  expect(stamps[3]).toBeGreaterThan(stamps[0] ?? 0)
  expect(gone.heard).toHaveLength(1)
  const statuses = (await rondo.runs.list({ flow: 'rondo webhook' })).map(({ status }) => status).sort()
  expect(statuses).toEqual(['completed', 'failed'])
})

test('what happened while nobody told is told at the next start, and nothing twice', async () => {
  const { url, heard, kinds } = await receiver()
  const database = join(folder(), 'rondo.db')
  const before = await createRondo({ flows: [echo, approval], database })
  await (await before.runs.start(echo, { text: 'a' }, { id: 'r1' })).result()
  await before.runs.start(approval, { text: 'a' }, { id: 'r2' })
  await before.idle()
  await before.close()
  const first = await desk([{ name: 'slack', url, secret: SECRET }], { database })
  await until(() => (heard.length === 2 ? true : undefined), 'what was missed')
  await first.stop()
  const second = await desk([{ name: 'slack', url, secret: SECRET }], { database })
  await second.rondo.inbox.accept('r2:approve', { name: 'ann', roles: ['desk'] })
  await until(() => (heard.length === 4 ? true : undefined), 'the rest')
  await second.rondo.idle()
  expect(kinds()).toEqual(expect.arrayContaining(['run.completed', 'inbox.opened', 'inbox.ended', 'run.completed']))
  expect(heard).toHaveLength(4)
})

test('an endpoint hears what it asked for', async () => {
  const { url, kinds } = await receiver()
  const { rondo } = await desk([{ name: 'failures', url, secret: SECRET, events: ['run.failed'], flows: ['failing'] }])
  await (await rondo.runs.start(echo, { text: 'a' })).result()
  await (await rondo.runs.start(failing, {})).result().catch(() => undefined)
  await until(() => (kinds().length === 1 ? true : undefined))
  await rondo.idle()
  expect(kinds()).toEqual(['run.failed'])
})

test('what could never be told is refused at once', () => {
  const make = (endpoint: object): unknown =>
    webhooks({
      endpoints: [z.custom<WebhookOptions['endpoints'][number]>().parse({ name: 'a', url: 'http://x', secret: SECRET, ...endpoint })],
    })
  for (const wrong of [{ url: 'ftp://x' }, { url: 'x' }, { secret: 'short' }, { secret: [] }, { secret: 'whsec_YQ==' }, { name: '' }])
    expect(() => make(wrong)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  expect(() =>
    webhooks({
      endpoints: [
        { name: 'a', url: 'http://x', secret: SECRET },
        { name: 'a', url: 'http://y', secret: SECRET },
      ],
    }),
  ).toThrow(/same name/)
})

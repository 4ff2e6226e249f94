/**
 * MCP over streamable HTTP: the handler in a real server on 127.0.0.1, spoken to by the official client.
 */
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { createRondo, flow, type Rondo } from '../../src/index.ts'
import { type McpCaller, type McpHttpOptions, mcpHandler } from '../../src/mcp.ts'
import { connectToUrl, ERAS, standingOf, textOf } from './connect.ts'

const approval = flow({
  name: 'ask for approval',
  input: z.object({ text: z.string().describe('what is to be approved') }).describe('Has a text approved by the desk.'),
  output: z.object({ outcome: z.string(), length: z.number() }),
  async run(run, { text }) {
    const length = await run.step('measure', () => text.length, { effect: 'none' })
    const review = await run.review('approve', { subject: text, role: 'desk', within: '2d' })
    return { outcome: review.outcome, length }
  },
})

const outer = flow({
  name: 'outer',
  input: z.object({}),
  output: z.string(),
  async run(run) {
    return (await run.call(approval, { text: 'inner' })).outcome
  },
})

const ann = { name: 'ann', roles: ['desk'] }

async function served(
  options: McpHttpOptions = {},
  callerOf: (request: Request) => McpCaller | undefined = () => undefined,
): Promise<{ rondo: Rondo; url: string; warnings: string[] }> {
  const warnings: string[] = []
  const warn = (message: string): void => void warnings.push(message)
  const rondo = await createRondo({ flows: [approval, outer], database: ':memory:', warn })
  const handler = await mcpHandler(rondo, { patience: 20, warn, ...options })
  const server = serve({ fetch: (request) => handler.fetch(request, callerOf(request)), hostname: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(async () => {
    await handler.close()
    await rondo.close()
    if ('closeAllConnections' in server) server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { rondo, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, warnings }
}

describe.each(ERAS)('with a client of the %s protocol', (era) => {
  it('starts a run, tells its steps, reports what it waits for, and picks it up', async () => {
    const { rondo, url } = await served()
    const client = await connectToUrl(url, era)
    expect(client.getDiscoverResult() === undefined ? 'legacy' : 'auto').toBe(era)
    const { tools } = await client.listTools()
    const tool = tools.find(({ title }) => title === 'ask for approval')
    expect(tool).toMatchObject({ name: 'ask_for_approval', description: expect.stringMatching(/^Has a text approved by the desk\./) })
    const told: (string | undefined)[] = []
    const call = { name: 'ask_for_approval', arguments: { text: 'a draft' } }
    const waiting = await client.callTool(call, { onprogress: ({ message }) => told.push(message) })
    expect(told).toEqual(['measure: done', 'approve: people are asked'])
    const { run, waitingFor } = standingOf(waiting)
    expect(waitingFor).toEqual([{ id: `${run}:approve`, title: 'approve', role: 'desk', dueAt: expect.stringMatching(/^\d{4}-/) }])

    const picked = client.callTool({ name: 'rondo_run_result', arguments: { run, wait: '20s' } })
    await rondo.inbox.accept(`${run}:approve`, ann)
    expect(standingOf(await picked)).toMatchObject({ status: 'completed', output: { outcome: 'accepted', length: 7 } })
    await client.close()
  })

  it('reports what people are asked by a run that another one called', async () => {
    const { url } = await served()
    const client = await connectToUrl(url, era)
    const waiting = standingOf(await client.callTool({ name: 'outer', arguments: {} }))
    expect(waiting).toMatchObject({ status: 'waiting', waitingFor: [{ title: 'approve', role: 'desk' }] })
    expect(waiting.waitingFor?.[0]?.id).not.toContain(waiting.run)
    await client.close()
  })
})

it.each(ERAS)(
  'a call that a client of the %s protocol takes back leaves its run, or cancels it where that is set and heard',
  async (era) => {
    const leaving = await served({ patience: '20s' })
    const cancelling = await served({ patience: '20s', onCancel: 'cancel' })
    const takeBack = async ({ rondo, url }: typeof leaving): Promise<string> => {
      const client = await connectToUrl(url, era)
      const leave = new AbortController()
      const call = client.callTool({ name: 'ask_for_approval', arguments: { text: 'x' } }, { signal: leave.signal })
      const newest = async (): Promise<string> => (await rondo.runs.list())[0]?.status ?? ''
      await vi.waitUntil(async () => (await newest()) === 'waiting', 10_000)
      leave.abort('enough')
      await expect(call).rejects.toThrow('enough')
      await vi.waitUntil(async () => (await newest()) === 'cancelled', 500).catch(() => undefined)
      await client.close()
      return newest()
    }
    expect(await takeBack(leaving)).toBe('waiting')
    // Without a session the notification of the older protocol reaches nobody who knows the call.
    expect(await takeBack(cancelling)).toBe(era === 'legacy' ? 'waiting' : 'cancelled')
  },
)

it('returns in time while a run is under way, and its run goes on', async () => {
  const { promise: go, resolve } = Promise.withResolvers<string>()
  const slow = flow({
    name: 'slow',
    input: z.object({}),
    output: z.string(),
    run: (run) => run.step('wait', () => go, { effect: 'read' }),
  })
  const rondo = await createRondo({ flows: [slow], database: ':memory:' })
  onTestFinished(() => rondo.close())
  const handler = await mcpHandler(rondo, { longest: 30 })
  const post = (body: object): Promise<Response> =>
    handler.fetch(
      new Request('http://127.0.0.1/mcp', {
        method: 'POST',
        headers: { host: '127.0.0.1', 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: body }),
      }),
    )
  const under = await (await post({ name: 'slow', arguments: {} })).text()
  expect(under).toContain('is under way')
  resolve('done')
  const id = (await rondo.runs.list())[0]?.id ?? ''
  expect(await rondo.runs.result(id)).toBe('done')
})

it('offers a caller what the door in front lets them do, and takes answers as the person that one knows', async () => {
  const callers: Record<string, McpCaller> = {
    reader: { scopes: ['read'] },
    ann: { person: ann, scopes: ['read', 'answer'] },
    bob: { person: { name: 'bob', roles: ['kitchen'] }, scopes: ['*'] },
  }
  const { rondo, url } = await served({ person: { name: 'nobody', roles: ['*'] } }, ({ headers }) => callers[headers.get('x-caller') ?? ''])
  const names = async (caller: string): Promise<string[]> => {
    const client = await connectToUrl(url, 'auto', { 'x-caller': caller })
    const { tools } = await client.listTools()
    await client.close()
    return tools.map(({ name }) => name)
  }
  expect(await names('reader')).toEqual(['rondo_run_result', 'rondo_runs', 'rondo_run'])
  expect(await names('ann')).toEqual(['rondo_run_result', 'rondo_runs', 'rondo_run', 'rondo_inbox', 'rondo_question', 'rondo_answer'])
  expect(await names('bob')).toContain('ask_for_approval')

  const { id } = await rondo.runs.start(approval, { text: 'x' })
  await rondo.idle()
  const bob = await connectToUrl(url, 'legacy', { 'x-caller': 'bob' })
  const refused = await bob.callTool({ name: 'rondo_answer', arguments: { id: `${id}:approve`, act: 'accept' } })
  expect(textOf(refused)).toMatch(/^role_missing: .*bob does not have/)
  const asAnn = await connectToUrl(url, 'legacy', { 'x-caller': 'ann' })
  await asAnn.callTool({ name: 'rondo_answer', arguments: { id: `${id}:approve`, act: 'reject', note: 'too short' } })
  expect(await rondo.runs.result(id)).toEqual({ outcome: 'rejected', length: 1 })
  expect((await rondo.inbox.get(`${id}:approve`))?.answers).toMatchObject([{ by: 'ann', note: 'too short' }])
  const lines = await rondo.access.audit.list()
  expect(lines.map(({ by, what, on, outcome, detail }) => [by, what, on, outcome, detail])).toEqual([
    ['bob', 'inbox.accept', `${id}:approve`, 'asked', undefined],
    ['bob', 'inbox.accept', `${id}:approve`, 'refused', 'role_missing'],
    ['ann', 'inbox.reject', `${id}:approve`, 'asked', undefined],
  ])
})

it('what is done by a caller who is not known stands in the audit log, too', async () => {
  const { rondo, url } = await served({ actor: { by: 'host', credential: 'MCP' } })
  const client = await connectToUrl(url, 'auto')
  const { structuredContent } = await client.callTool({ name: 'ask_for_approval', arguments: { text: 'x' } })
  const { run } = structuredContent as { run: string }
  await client.callTool({ name: 'rondo_run', arguments: { run } })
  await client.callTool({ name: 'rondo_cancel_run', arguments: { run } })
  const lines = await rondo.access.audit.list()
  expect(lines.map(({ by, credential, what, on }) => [by, credential, what, on])).toEqual([
    ['host', 'MCP', 'run.start', 'ask for approval'],
    ['host', 'MCP', 'run.cancel', run],
  ])
})

it('refuses requests for other hosts and from other origins', async () => {
  const { url } = await served()
  const post = (headers: Record<string, string>): Promise<Response> =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{}' })
  expect((await post({ origin: 'https://evil.example' })).status).toBe(403)
  const { url: rebound } = await served({ hosts: ['desk.example'] })
  expect((await fetch(rebound, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).status).toBe(403)
  expect((await post({})).status).not.toBe(403)
})

it('carries the trace of a call into the run it starts', async () => {
  const { rondo, url } = await served()
  const client = await connectToUrl(url)
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const { run } = standingOf(await client.callTool({ name: 'ask_for_approval', arguments: { text: 'x' }, _meta: { traceparent } }))
  expect(await rondo.runs.get(run)).toMatchObject({ traceparent })
  await client.close()
})

it('says at once which flow it cannot offer, and which names it cannot tell apart', async () => {
  const twin = flow({ name: 'ask_for approval', input: z.object({}), output: z.string(), run: async () => '' })
  const rondo = await createRondo({ flows: [approval, twin], database: ':memory:' })
  onTestFinished(() => rondo.close())
  await expect(mcpHandler(rondo)).rejects.toMatchObject({
    code: 'invalid_definition',
    message: expect.stringContaining('"ask_for_approval"'),
  })
  await expect(mcpHandler(rondo, { flows: ['nothing'] })).rejects.toMatchObject({ code: 'flow_unknown' })
})

it('tells nobody the words of an error that nobody foresaw', async () => {
  const { rondo, url, warnings } = await served()
  const client = await connectToUrl(url)
  rondo.store.runs.list = () => Promise.reject(new Error('the password is hunter2'))
  const result = await client.callTool({ name: 'rondo_runs', arguments: {} })
  expect(textOf(result)).toMatch(/^internal: /)
  expect(textOf(result)).not.toContain('hunter2')
  expect(warnings).toEqual(['A tool call over MCP failed.'])
  await client.close()
})

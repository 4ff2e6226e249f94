import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { type Served, serveHttp } from '../../src/http.ts'
import { createRondo, flow } from '../../src/index.ts'
import { mcpHandler } from '../../src/mcp.ts'

const TOKEN = 'a-token-for-this-test-alone'
let served: Served | undefined
afterEach(() => served?.shutDown())

const greet = flow({
  name: 'greet',
  input: z.object({ name: z.string() }),
  output: z.object({ text: z.string() }),
  run: async (run, { name }) => ({ text: await run.step('say', () => `Hello, ${name}.`, { effect: 'none' }) }),
})

async function serve(): Promise<Served> {
  const rondo = await createRondo({ database: ':memory:', flows: [greet] })
  served = await serveHttp(rondo, {
    port: 0,
    token: TOKEN,
    console: false,
    mounts: { '/mcp': await mcpHandler(rondo, { hosts: false }) },
  })
  return served
}

function transport(url: string, token: string): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers: { authorization: `Bearer ${token}` } } })
}

test('MCP behind the door runs a flow for a caller who is known', async () => {
  const { url } = await serve()
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(transport(url, TOKEN))
  const reply = await client.callTool({ name: 'greet', arguments: { name: 'Ann' } })
  expect(JSON.stringify(reply.structuredContent)).toContain('Hello, Ann.')
  await client.close()
})

test('nobody unknown gets to what is mounted', async () => {
  const { url } = await serve()
  const refused = await fetch(`${url}/mcp`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
  expect(refused.status).toBe(401)
  await expect(new Client({ name: 'test', version: '1' }).connect(transport(url, 'wrong'))).rejects.toThrow()
})

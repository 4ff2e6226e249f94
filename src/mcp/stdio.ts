/**
 * MCP over stdin and stdout, for a host that starts this process itself.
 *
 * Owns: the connection, and when it is over. Never: writes anything but the protocol to the output it is given.
 */
import type { Readable, Writable } from 'node:stream'
import type { Rondo } from '../index.ts'
import { Door, type McpOptions } from './door.ts'
import { loadSdk, loadStdioSdk } from './sdk.ts'
import { createServer, toolsFor } from './server.ts'

export interface McpStdioOptions extends McpOptions {
  /** Default: the process's own. */
  readonly input?: Readable
  readonly output?: Writable
}

export interface McpConnection {
  /** Resolves when the other side has closed its end, or `close` was called. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

/**
 * Serves one connection. `system` is asked at every call, so that a process beside an owner may take over from it.
 * Throws `package_missing`, `flow_unknown`, `invalid_definition`.
 */
export async function serveMcp(system: Rondo | (() => Rondo), options: McpStdioOptions = {}): Promise<McpConnection> {
  const [sdk, { serveStdio, StdioServerTransport }] = await Promise.all([loadSdk(), loadStdioSdk()])
  const { input = process.stdin, output = process.stdout } = options
  const door = new Door(typeof system === 'function' ? system : () => system, options)
  toolsFor(door, {})
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  input.once('end', resolve).once('close', resolve)
  const handle = serveStdio(() => createServer(sdk, door, {}), {
    transport: new StdioServerTransport(input, output),
    onerror: (error) => door.warn('The MCP connection had trouble.', error),
  })
  return {
    ended,
    async close() {
      resolve()
      await handle.close()
    },
  }
}

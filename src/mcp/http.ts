/**
 * MCP over streamable HTTP, as a function from request to response: mounted in the HTTP door, or in any other server.
 *
 * Owns: which caller a request belongs to, and refusing other hosts and origins where nothing in front does. Never: listens, or knows a
 * caller by a header: whoever mounts it says who calls.
 * No sessions: every request is answered by a server of its own, so any process beside the same database may answer the next one.
 */
import type { AuthInfo, McpHttpHandler } from '@modelcontextprotocol/server'
import type { Rondo } from '../index.ts'
import { Door, type McpOptions } from './door.ts'
import { loadSdk, type Sdk } from './sdk.ts'
import { createServer, toolsFor } from './server.ts'
import type { McpCaller } from './tool.ts'

export interface McpHttpOptions extends McpOptions {
  /**
   * The host names requests may be for and come from (`Host`, `Origin`), without ports. Default: this machine's own, which keeps other
   * sites' pages out of a server on 127.0.0.1. `false` where what mounts it has looked already.
   */
  readonly hosts?: readonly string[] | false
}

export interface McpHandler {
  /** Answers one request. Without a caller everything is offered that the options say. */
  fetch(request: Request, caller?: McpCaller): Promise<Response>
  /** Ends the calls under way; their runs go on. */
  close(): Promise<void>
}

/** The handler for a running system. Throws `package_missing`, `flow_unknown`, `invalid_definition`. */
export async function mcpHandler(rondo: Rondo, options: McpHttpOptions = {}): Promise<McpHandler> {
  const sdk = await loadSdk()
  const door = new Door(() => rondo, options)
  toolsFor(door, {})
  const callers = new WeakMap<AuthInfo, McpCaller>()
  const handler: McpHttpHandler = sdk.createMcpHandler(
    ({ authInfo }) => createServer(sdk, door, (authInfo === undefined ? undefined : callers.get(authInfo)) ?? {}),
    { onerror: (error) => door.warn('A request over MCP was refused.', error) },
  )
  return {
    async fetch(request, caller) {
      const refused = refuse(sdk, request, options.hosts)
      if (refused !== undefined) return refused
      if (caller === undefined) return handler.fetch(request)
      const authInfo: AuthInfo = { token: '', clientId: caller.person?.name ?? '', scopes: [...(caller.scopes ?? [])] }
      callers.set(authInfo, caller)
      return handler.fetch(request, { authInfo })
    },
    close: () => handler.close(),
  }
}

function refuse(sdk: Sdk, request: Request, hosts: McpHttpOptions['hosts']): Response | undefined {
  if (hosts === false) return undefined
  return (
    sdk.hostHeaderValidationResponse(request, [...(hosts ?? sdk.localhostAllowedHostnames())]) ??
    sdk.originValidationResponse(request, [...(hosts ?? sdk.localhostAllowedOrigins())])
  )
}

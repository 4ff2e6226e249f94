/**
 * An MCP server over a running system: what it offers a caller, and how a call is answered.
 *
 * Owns: which tools a caller is shown, and that whatever goes wrong in one becomes a tool error. Never: knows the transport.
 */
import type { Server, ServerContext } from '@modelcontextprotocol/server'
import { RondoError } from '../errors.ts'
import type { Door } from './door.ts'
import { flowTool } from './flow-tool.ts'
import { inboxTools } from './inbox-tools.ts'
import { runTools } from './run-tools.ts'
import type { Sdk } from './sdk.ts'
import { failure, type McpAct, type McpCall, type McpCaller, type McpTool } from './tool.ts'
import { ownVersion } from './version.ts'

/** Arguments of what a caller asks may be anything. */
const LONGEST_NOTED = 300
const INSTRUCTIONS = `Each tool that is not called rondo_… is a flow: a durable run in which code, models and people take steps.
A run may wait for people for hours or days. Its call then returns with status "waiting", the run's id, and what is asked of whom: tell the user, and pick the run up later with rondo_run_result. Never call the flow again for the same work; give the same idempotencyKey where a call has to be repeated.
A call that is taken back leaves its run going, unless the server is set up otherwise: end a run with rondo_cancel_run.`

/** One server, for one connection or one request. */
export function createServer(sdk: Sdk, door: Door, caller: McpCaller): Server {
  const tools = new Map(toolsFor(door, caller).map((tool) => [tool.document.name, tool]))
  const server = new sdk.Server({ name: 'rondo', version: ownVersion() }, { capabilities: { tools: {} }, instructions: INSTRUCTIONS })
  server.setRequestHandler('tools/list', () => ({ tools: [...tools.values()].map(({ document }) => document) }))
  server.setRequestHandler('tools/call', async ({ params }, context) => {
    const tool = tools.get(params.name)
    if (tool === undefined) throw new sdk.ProtocolError(sdk.ProtocolErrorCode.InvalidParams, `There is no tool "${params.name}".`)
    const given = params.arguments ?? {}
    try {
      return await noted(door, caller, tool.act?.(given), () => tool.call(given, callOf(context)))
    } catch (error) {
      return failure(error, door.warn)
    }
  })
  return server
}

/** Does it; an act has its line in the audit log first, and another one when it was refused. */
async function noted<Output>(door: Door, caller: McpCaller, act: McpAct | undefined, does: () => Promise<Output>): Promise<Output> {
  if (act === undefined) return does()
  const { audit } = door.rondo.access
  const line = { ...door.actorFor(caller), what: act.what, on: act.on.slice(0, LONGEST_NOTED) }
  await audit.append({ ...line, outcome: 'asked' })
  try {
    return await does()
  } catch (error) {
    await audit.append({ ...line, outcome: 'refused', detail: error instanceof RondoError ? error.code : 'failed' })
    throw error
  }
}

/** Throws `invalid_definition` when the names of two flows are one tool's. */
export function toolsFor(door: Door, caller: McpCaller): McpTool[] {
  const person = caller.person ?? door.options.person
  const all = [...flowTools(door), ...runTools(door), ...(person === undefined ? [] : inboxTools(door, person))]
  const names = new Set<string>()
  for (const { document } of all) {
    if (names.has(document.name))
      throw new RondoError(
        'invalid_definition',
        `Two tools would be called "${document.name}" over MCP: names of flows keep only letters, digits, "_", "-" and "." there. Rename one, or leave it out with { flows }.`,
      )
    names.add(document.name)
  }
  const { scopes } = caller
  return scopes === undefined || scopes.includes('*') ? all : all.filter(({ scope }) => scopes.includes(scope))
}

function flowTools(door: Door): McpTool[] {
  const { flows } = door.rondo
  const { flows: wanted = [...flows.keys()] } = door.options
  return wanted.map((name) => {
    const flow = flows.get(name)
    if (flow !== undefined) return flowTool(door, flow)
    throw new RondoError('flow_unknown', `There is no flow "${name}" to offer over MCP. There are: ${[...flows.keys()].join(', ')}.`, {
      details: { flow: name },
    })
  })
}

function callOf({ mcpReq }: ServerContext): McpCall {
  const { _meta: meta = {}, signal } = mcpReq
  const { progressToken } = meta
  if (progressToken === undefined) return { meta, signal }
  let told = 0
  const progress = async (message: string): Promise<void> => {
    told += 1
    await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: told, message } })
  }
  return { meta, signal, progress }
}

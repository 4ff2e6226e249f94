/**
 * A flow as a tool: its input's schema, its output's, and a call that starts a run, once, and waits for it.
 *
 * Owns: how arguments become an input, and the names of tools. Never: checks an input; the flow's own schema does when the run starts.
 */
import type { Tool } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import type { AnyFlow } from '../index.ts'
import { type Door, KEY_KEY } from './door.ts'
import { standing, standingResult } from './standing.ts'
import { fromWire, type McpCall, type McpTool, objectSchema } from './tool.ts'

/** The argument that makes a repeated call the same run. */
const KEY_ARGUMENT = 'idempotencyKey'
/** The argument that holds an input which is no object. */
const INPUT_ARGUMENT = 'input'
const LONGEST_NAME = 128

export function flowTool(door: Door, flow: AnyFlow): McpTool {
  const input = inputOf(flow)
  const output = standing.extend({ output: flow.output.optional().describe('of a completed run') })
  return {
    scope: 'run',
    act: () => ({ what: 'run.start', on: flow.name }),
    document: {
      name: toolName(flow),
      title: flow.name,
      description: descriptionOf(door, flow),
      inputSchema: input.schema,
      outputSchema: objectSchema(output, 'output'),
      annotations: { readOnlyHint: false, idempotentHint: false, openWorldHint: true },
    },
    async call(given, call) {
      const { rondo } = door
      const key = keyOf(given, input.takesKey, call)
      const traceparent = call.meta['traceparent']
      const { id, started } = await rondo.runs.start(flow.name, fromWire(input.read(given)), {
        ...(key !== undefined && { key }),
        ...(typeof traceparent === 'string' && { traceparent }),
      })
      return standingResult(rondo, await door.wait(rondo, id, call, { fresh: started }), started)
    },
  }
}

/** A flow's name as MCP has names of tools. */
function toolName({ name }: AnyFlow): string {
  return name.replace(/[^A-Za-z0-9_.-]+/g, '_').slice(0, LONGEST_NAME)
}

function descriptionOf(door: Door, flow: AnyFlow): string {
  const told = door.options.descriptions?.[flow.name] ?? flow.input.description ?? `Runs the flow "${flow.name}".`
  return `${told}\n\nA run may take long and may wait for people. A result with another status than "completed" says so: pick it up later with rondo_run_result.`
}

interface Input {
  readonly schema: Tool['inputSchema']
  readonly takesKey: boolean
  read(given: Readonly<Record<string, unknown>>): unknown
}

/** An input that is an object is the arguments themselves; another one is the argument `input`. */
function inputOf(flow: AnyFlow): Input {
  const own = z.toJSONSchema(flow.input, { unrepresentable: 'any', io: 'input' })
  const isObject = own.type === 'object'
  const schema = isObject ? own : z.toJSONSchema(z.object({ [INPUT_ARGUMENT]: flow.input }), { unrepresentable: 'any', io: 'input' })
  const properties = schema.properties ?? {}
  const takesKey = !Object.hasOwn(properties, KEY_ARGUMENT)
  const described = { type: 'string', description: 'The same text again gives the same run instead of another one.' }
  return {
    schema: {
      ...schema,
      type: 'object',
      properties: takesKey ? { ...properties, [KEY_ARGUMENT]: described } : properties,
    } as Tool['inputSchema'],
    takesKey,
    read(given) {
      if (!isObject) return given[INPUT_ARGUMENT]
      return takesKey ? Object.fromEntries(Object.entries(given).filter(([name]) => name !== KEY_ARGUMENT)) : given
    },
  }
}

function keyOf(given: Readonly<Record<string, unknown>>, takesKey: boolean, { meta }: McpCall): string | undefined {
  const key = meta[KEY_KEY] ?? meta[KEY_ARGUMENT] ?? (takesKey ? given[KEY_ARGUMENT] : undefined)
  if (key === undefined || typeof key === 'string') return key
  throw new RondoError('invalid_input', `An idempotency key is text, not ${JSON.stringify(key)}.`)
}

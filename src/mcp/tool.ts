/**
 * What a tool is here: what it takes and gives as JSON schema, what a caller needs for it, and what it does.
 *
 * Owns: that shape, and the form of results and errors. Never: knows the transport.
 */
import type { CallToolResult, Tool as ToolDocument } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import type { Actor, Person } from '../index.ts'
import { decode } from '../json.ts'

/** What a caller may do here, in the words of the HTTP door's tokens. */
export type McpScope = 'read' | 'run' | 'operate' | 'answer'

/** Who calls, as the door that let them in knows them. */
export interface McpCaller {
  /** Who answers the inbox; without a person the inbox is not offered. */
  readonly person?: Person
  /** Everything, unless given. */
  readonly scopes?: readonly string[]
  /** Who stands in the audit log for what is done. Default: that of the options. */
  readonly actor?: Actor
}

/** What a tool does in its caller's name, as the audit log has it. */
export interface McpAct {
  readonly what: string
  /** Of the arguments, what it is done to. */
  readonly on: string
}

/** What one call brings beside its arguments. */
export interface McpCall {
  readonly meta: Readonly<Record<string, unknown>>
  /** Aborted when the caller takes the request back, or is gone. */
  readonly signal: AbortSignal
  /** Tells the caller how it gets on; absent when nobody asked to be told. */
  readonly progress?: (message: string) => Promise<void>
}

export interface McpTool {
  readonly document: ToolDocument
  readonly scope: McpScope
  /** Of a call with these arguments; absent: it looks only. */
  readonly act?: (given: Readonly<Record<string, unknown>>) => McpAct
  call(given: Readonly<Record<string, unknown>>, call: McpCall): Promise<CallToolResult>
}

interface Definition<Input extends z.ZodType> {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly scope: McpScope
  readonly input: Input
  readonly output: z.ZodType
  readonly annotations: NonNullable<ToolDocument['annotations']>
  readonly act?: McpTool['act']
  readonly call: (given: z.output<Input>, call: McpCall) => Promise<CallToolResult>
}

/** A tool of Rondo's own, whose arguments Zod checks. */
export function tool<Input extends z.ZodType>(definition: Definition<Input>): McpTool {
  const { name, title, description, scope, input, output, annotations, act } = definition
  return {
    document: {
      name,
      title,
      description,
      inputSchema: objectSchema(input, 'input'),
      outputSchema: objectSchema(output, 'output'),
      annotations,
    },
    scope,
    ...(act !== undefined && { act }),
    async call(given, call) {
      const parsed = input.safeParse(given)
      if (parsed.success) return definition.call(parsed.data, call)
      const issues = parsed.error.issues.map(({ path, message }) =>
        path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
      )
      throw new RondoError('invalid_input', `The tool "${name}" does not take these arguments. ${issues.join('; ')}.`)
    },
  }
}

/** The JSON schema of an object; what JSON schema cannot say is left open. */
export function objectSchema(schema: z.ZodType, io: 'input' | 'output'): ToolDocument['inputSchema'] {
  return { ...z.toJSONSchema(schema, { unrepresentable: 'any', io }), type: 'object' } as ToolDocument['inputSchema']
}

/** A value of the journal as JSON; what JSON lacks stays tagged, `{"$rondo": "date", "value": …}`. */
export function wire(encoded: string): unknown {
  return JSON.parse(encoded)
}

/** A value that came in: tags become what they stand for. */
export function fromWire(json: unknown): unknown {
  const text = JSON.stringify(json)
  return text?.includes('"$rondo"') === true ? decode(text) : json
}

/** A result that programs read, with the same in words or as text for those who read only that. */
export function result(document: object, text: string = JSON.stringify(document)): CallToolResult {
  return { content: [{ type: 'text', text }], structuredContent: { ...document } }
}

/** What went wrong, as the one who called should read it: the code, and what to do. The words of what nobody foresaw stay in the log. */
export function failure(error: unknown, warn: (message: string, cause?: unknown) => void): CallToolResult {
  if (error instanceof RondoError) return { content: [{ type: 'text', text: `${error.code}: ${error.message}` }], isError: true }
  warn('A tool call over MCP failed.', error)
  return { content: [{ type: 'text', text: 'internal: Something went wrong here. The log of the MCP server says what.' }], isError: true }
}

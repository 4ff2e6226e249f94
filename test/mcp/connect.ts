/**
 * The official MCP client, connected to the real command line or to a real server: what the tests of MCP share.
 */
import { join } from 'node:path'
import { type CallToolResult, Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { ROOT, type TestProject } from '../cli/project.ts'

/** Which revision of the protocol the client speaks: that of 2025, or that of 2026. */
export type Era = 'legacy' | 'auto'
export const ERAS: readonly Era[] = ['legacy', 'auto']

export interface Connected {
  readonly client: Client
  readonly pid: number
  /** All that the server has said beside the protocol. */
  said(): string
  close(): Promise<void>
}

/** Starts `rondo mcp` in a project, and speaks with it. What is no protocol on its stdout is an error. */
export async function connectToCommand(project: TestProject, args: readonly string[] = [], era: Era = 'legacy'): Promise<Connected> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(ROOT, 'src', 'cli', 'main.ts'), 'mcp', ...args],
    cwd: project.folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: project.folder, RONDO_MODEL: '' },
    stderr: 'pipe',
  })
  let said = ''
  transport.stderr?.on('data', (chunk: Buffer) => {
    said += String(chunk)
  })
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: era } })
  const errors: Error[] = []
  client.onerror = (error) => errors.push(error)
  await client.connect(transport)
  return {
    client,
    pid: transport.pid ?? 0,
    said: () => said,
    async close() {
      await client.close()
      if (errors.length > 0) throw new Error(`The connection had trouble: ${errors.map(({ message }) => message).join('; ')}\n${said}`)
    },
  }
}

export async function connectToUrl(url: string, era: Era = 'legacy', headers: Record<string, string> = {}): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: era } })
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }))
  return client
}

/** What stands in the text of a result. */
export function textOf({ content }: CallToolResult): string {
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

/** What a tool said of a run. */
export interface Standing {
  readonly run: string
  readonly status: string
  readonly started?: boolean
  readonly output?: unknown
  readonly error?: { readonly code: string; readonly message: string }
  readonly waitingFor?: readonly { readonly id: string; readonly title: string; readonly role: string }[]
}

export function standingOf({ structuredContent }: CallToolResult): Standing {
  return structuredContent as Standing
}

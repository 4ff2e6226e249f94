/**
 * `rondo/mcp`: flows as tools of the Model Context Protocol, over stdio and streamable HTTP.
 */
export type { McpOptions } from './mcp/door.ts'
export { type McpHandler, type McpHttpOptions, mcpHandler } from './mcp/http.ts'
export { type McpConnection, type McpStdioOptions, serveMcp } from './mcp/stdio.ts'
export type { McpCaller, McpScope } from './mcp/tool.ts'

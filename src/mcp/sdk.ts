/**
 * The Model Context Protocol's own package, loaded when it is needed: who does not use MCP need not install it.
 */
import { RondoError } from '../errors.ts'

export type Sdk = typeof import('@modelcontextprotocol/server')
export type StdioSdk = typeof import('@modelcontextprotocol/server/stdio')

/** Throws `package_missing` with what to type. */
export function loadSdk(): Promise<Sdk> {
  return loaded(import('@modelcontextprotocol/server'))
}

export function loadStdioSdk(): Promise<StdioSdk> {
  return loaded(import('@modelcontextprotocol/server/stdio'))
}

async function loaded<Module>(loading: Promise<Module>): Promise<Module> {
  try {
    return await loading
  } catch (error) {
    throw new RondoError(
      'package_missing',
      'Serving MCP needs the package @modelcontextprotocol/server. Install it: npm i @modelcontextprotocol/server',
      { cause: error, details: { package: '@modelcontextprotocol/server' }, terminal: true },
    )
  }
}

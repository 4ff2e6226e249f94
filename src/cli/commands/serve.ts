/**
 * `rondo serve`: the project's system behind HTTP, with the console, for people and programs.
 *
 * Owns: starting and ending the server. Never: reloads code (`rondo dev` does), or listens beyond this machine unasked.
 */
import type { Command } from 'commander'
import { RondoError } from '../../errors.ts'
import { serveHttp } from '../../http.ts'
import type { Rondo } from '../../index.ts'
import { type McpHandler, mcpHandler } from '../../mcp.ts'
import { examples, globalsOf } from '../command.ts'
import { loadProject } from '../config.ts'
import { EXIT } from '../exits.ts'
import { wholeNumber } from '../given.ts'
import { openProject } from '../open.ts'
import { plain } from '../text.ts'

interface Options {
  readonly port?: number
  readonly host?: string
  readonly publicUrl?: string
  readonly proxies?: number
}

export function addServe(program: Command): void {
  program
    .command('serve')
    .summary('run the flows behind HTTP, with the console')
    .description(
      'Drives the runs, and serves the API and the console. Listens on 127.0.0.1 unless told otherwise. Where there are users ("rondo user") they sign in; where there are none it wants a token: RONDO_TOKEN, or one it makes and shows in a link that works once.',
    )
    .option('--port <number>', 'the port; 0 takes one that is free (default 4747)', wholeNumber(0))
    .option('--host <address>', 'the address to listen on (default 127.0.0.1)')
    .option('--public-url <url>', 'how browsers reach it through a proxy; with https, cookies are secure')
    .option('--proxies <number>', 'how many proxies add to X-Forwarded-For', wholeNumber(0))
    .addHelpText('after', examples(['rondo serve', 'RONDO_TOKEN=… rondo serve --host 0.0.0.0 --port 8080']))
    .action(async ({ port, host, publicUrl, proxies }: Options, command: Command) => {
      // Not an option: a command line is for all to see.
      const token = process.env['RONDO_TOKEN']
      const project = await loadProject(globalsOf(command))
      const rondo = await openProject(project, 'drive')
      const mcp = await mcpOf(rondo)
      const served = await serveHttp(rondo, {
        ...(mcp !== undefined && { mounts: { '/mcp': mcp } }),
        ...(port !== undefined && { port }),
        ...(host !== undefined && { host }),
        ...(publicUrl !== undefined && { publicUrl }),
        ...(proxies !== undefined && { proxies }),
        ...(token !== undefined && token !== '' && { token }),
        print: (line) => process.stderr.write(`${plain(line)}\n`),
        warn: (message) => process.stderr.write(`! ${plain(message)}\n`),
      }).catch(async (error: unknown) => {
        await rondo.close()
        throw error
      })
      if (token !== undefined && token !== '') process.stderr.write(`${served.url}\n`)
      await toldToStop()
      await served.shutDown()
      process.exitCode = EXIT.ok
    })
}

/** MCP stands at `/mcp` where its package is installed. */
async function mcpOf(rondo: Rondo): Promise<McpHandler | undefined> {
  try {
    return await mcpHandler(rondo, { hosts: false })
  } catch (error) {
    if (error instanceof RondoError && error.code === 'package_missing') return undefined
    throw error
  }
}

/** Resolves at the first Ctrl-C or SIGTERM; a second one ends the process at once. */
function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const ask = (): void => {
      if (asked) process.exit(EXIT.interrupted)
      asked = true
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, ask)
  })
}

#!/usr/bin/env node
/**
 * `rondo`: the command line.
 *
 * Owns: what the command line consists of, and the one place where an error becomes a message and an exit code.
 * Each command is a file in `commands/`.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { addDev } from './commands/dev.ts'
import { addInbox } from './commands/inbox.ts'
import { addPrune } from './commands/prune.ts'
import { addRequests } from './commands/requests.ts'
import { addRun } from './commands/run.ts'
import { addRuns } from './commands/runs.ts'
import { addShow } from './commands/show.ts'
import { addSignal } from './commands/signal.ts'
import { EXIT } from './exits.ts'
import { reportError, usage } from './output.ts'

function version(): string {
  const file: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'))
  return file !== null && typeof file === 'object' && 'version' in file ? String(file.version) : 'unknown'
}

function createProgram(): Command {
  const program = new Command('rondo')
    .description('Durable flows in which code, models and people take steps.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .option('--json', 'print JSON; errors too')
    .option('--db <file>', 'the database (default: what the config says, or .rondo/rondo.db)')
    .option('--config <file>', 'the config (default: rondo.config.ts here or above)')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
  for (const add of [addDev, addRun, addRuns, addShow, addInbox, addSignal, addRequests, addPrune]) add(program)
  return program
}

async function main(): Promise<void> {
  const program = createProgram()
  const json = process.argv.includes('--json')
  try {
    await program.parseAsync()
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return
    process.exitCode = error instanceof CommanderError ? misused(error, json) : reportError(error, json)
  }
}

function misused(error: CommanderError, json: boolean): number {
  if (error.code === 'commander.help') return EXIT.usage
  const message = error.message.replace(/^error: /, '')
  reportError(usage(json ? message : `${message}\n  See "rondo help" or "rondo help COMMAND".`), json)
  return EXIT.usage
}

await main()

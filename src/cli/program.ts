/**
 * What the command line consists of, and the one place where an error becomes a message and an exit code.
 *
 * Each command is a file in `commands/`.
 */
import { Command, CommanderError } from 'commander'
import { addAudit } from './commands/audit.ts'
import { addAutonomy } from './commands/autonomy.ts'
import { addBacktest } from './commands/backtest.ts'
import { addCases } from './commands/cases.ts'
import { addCheck } from './commands/check.ts'
import { addDev } from './commands/dev.ts'
import { addDoctor } from './commands/doctor.ts'
import { addInbox } from './commands/inbox.ts'
import { addInit } from './commands/init.ts'
import { addMcp } from './commands/mcp.ts'
import { addMeasures } from './commands/measures.ts'
import { addPeople } from './commands/people.ts'
import { addPrune } from './commands/prune.ts'
import { addRekey } from './commands/rekey.ts'
import { addRequests } from './commands/requests.ts'
import { addRun } from './commands/run.ts'
import { addRuns } from './commands/runs.ts'
import { addServe } from './commands/serve.ts'
import { addShow } from './commands/show.ts'
import { addSignal } from './commands/signal.ts'
import { addToken } from './commands/token.ts'
import { addTry } from './commands/try.ts'
import { addUser } from './commands/user.ts'
import { EXIT } from './exits.ts'
import { reportError, usage } from './output.ts'
import { ownVersion } from './version.ts'

const GROUPS: Readonly<Record<string, readonly ((program: Command) => void)[]>> = {
  'Begin:': [addTry, addInit, addDev, addRun, addServe, addMcp],
  'Look:': [addRuns, addShow, addDoctor],
  'Answer:': [addInbox, addSignal],
  'Learn:': [addAutonomy, addPeople, addCases, addMeasures],
  'Change:': [addBacktest, addCheck],
  'Steer:': [addRequests, addPrune],
  'Access:': [addUser, addToken, addAudit, addRekey],
}

const OVERVIEW = `
A first project:
  $ rondo init my-desk && cd my-desk && npm install
  $ npx rondo run support --input @message.json
  $ npx rondo inbox

Exit codes: 0 done · 1 failed · 2 wrong usage · 3 not found · 4 refused · 5 setup · 6 still waiting · 130 interrupted
`

function createProgram(): Command {
  const program = new Command('rondo')
    .description('Durable flows in which code, models and people take steps.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .option('--json', 'print JSON; errors too')
    .option('--db <file>', 'the database (default: what the config says, or .rondo/rondo.db)')
    .option('--config <file>', 'the config (default: rondo.config.ts here or above)')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', OVERVIEW)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
  for (const [group, adds] of Object.entries(GROUPS)) {
    program.commandsGroup(group)
    for (const add of adds) add(program)
  }
  return program
}

/** Does what the command line says, and sets the exit code. */
export async function main(): Promise<void> {
  const program = createProgram()
  const json = process.argv.includes('--json')
  if (process.argv.length === 2) return program.outputHelp()
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

/**
 * `rondo mcp`: the project's flows as tools, over stdin and stdout, for a host that starts this process itself.
 *
 * Owns: who drives the runs meanwhile, and keeping stdout for the protocol. Invariants:
 *   C1. Nothing but the protocol goes to stdout, whatever the project's code prints; all else goes to stderr.
 *   C2. Somebody drives: this process, or the owner beside it. When that one goes, this one takes over.
 */
import { Writable } from 'node:stream'
import type { Command } from 'commander'
import { systemClock } from '../../clock.ts'
import { RondoError } from '../../errors.ts'
import type { Person, Rondo } from '../../index.ts'
import { serveMcp } from '../../mcp.ts'
import { actorHere } from '../acting.ts'
import { examples, globalsOf } from '../command.ts'
import { loadProject, type Project } from '../config.ts'
import { EXIT } from '../exits.ts'
import { collect, duration } from '../given.ts'
import { openProject } from '../open.ts'
import { usage } from '../output.ts'
import { plain } from '../text.ts'

interface Options {
  readonly flows?: readonly string[]
  readonly patience?: number
  readonly longest?: number
  readonly onCancel: string
  readonly answerAs?: string
  readonly role?: readonly string[]
}

const LOOK_EVERY_MS = 5000

export function addMcp(program: Command): void {
  program
    .command('mcp')
    .summary('offer the flows as tools over MCP (stdio)')
    .description(
      'Speaks the Model Context Protocol on stdin and stdout, for a host that starts this command. Each flow is a tool; a run that waits for people says so and is picked up later. Drives the runs itself, or beside a process that does ("rondo dev"). Needs the package @modelcontextprotocol/server.',
    )
    .option('--flows <names>', 'only these flows; several with commas', collect)
    .option('--patience <duration>', 'how long a call waits for people before it says so (default 10s)', duration)
    .option('--longest <duration>', 'how long a call waits in all (default 50s)', duration)
    .option('--on-cancel <what>', 'what becomes of the run when a call is taken back: leave, or cancel', 'leave')
    .option('--answer-as <name>', 'offer the inbox too; answers are given as this person')
    .option('--role <role>', 'the roles of that person; several with commas (default: all)', collect)
    .addHelpText(
      'after',
      examples(['rondo mcp', 'rondo mcp --config ~/desk/rondo.config.ts --flows mail-desk --answer-as ada --role lead']),
    )
    .action(async (options: Options, command: Command) => {
      const output = keepStdout()
      const project = await loadProject(globalsOf(command))
      process.exitCode = await serve(project, options, output)
    })
}

async function serve(project: Project, options: Options, output: Writable): Promise<number> {
  const person = personOf(options)
  const system = await System.open(project)
  // Waiting for another process's journal is no reason for Node to stay: this is.
  const stay = setInterval(() => undefined, 60_000)
  try {
    const connection = await serveMcp(() => system.rondo, {
      output,
      warn: say,
      onCancel: onCancelOf(options.onCancel),
      ...(options.flows !== undefined && { flows: options.flows }),
      ...(options.patience !== undefined && { patience: options.patience }),
      ...(options.longest !== undefined && { longest: options.longest }),
      ...(person !== undefined && { person }),
      actor: { by: person?.name ?? actorHere().by, credential: 'MCP' },
    })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void connection.close())
    await connection.ended
    await connection.close()
  } finally {
    clearInterval(stay)
    await system.close()
  }
  return EXIT.ok
}

/** The project's system as its owner, or beside one until that one goes. */
class System {
  readonly #project: Project
  readonly #opened: Rondo[]
  #takingOver: Promise<void> = Promise.resolve()
  #takeBack: () => void = () => undefined
  #closed = false

  private constructor(project: Project, rondo: Rondo) {
    this.#project = project
    this.#opened = [rondo]
  }

  static async open(project: Project): Promise<System> {
    const owner = await asOwner(project)
    if (owner !== undefined) return new System(project, owner)
    say('Another process owns the database and drives the runs; this one works beside it.')
    const system = new System(project, await openProject(project, 'start'))
    system.#lookLater()
    return system
  }

  get rondo(): Rondo {
    const rondo = this.#opened.at(-1)
    if (rondo === undefined) throw new RondoError('stopped', 'This system is closed.')
    return rondo
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#takeBack()
    await this.#takingOver
    for (const rondo of this.#opened) await rondo.close()
  }

  #lookLater(): void {
    this.#takeBack = systemClock.at(systemClock.now() + LOOK_EVERY_MS, () => {
      this.#takingOver = this.#takeOver().catch((error: unknown) => say('The database could not be taken over.', error))
    })
  }

  /** Calls under way stay with the system they began with: it reads the same database. */
  async #takeOver(): Promise<void> {
    const owner = await asOwner(this.#project)
    if (owner === undefined) {
      if (!this.#closed) this.#lookLater()
      return
    }
    this.#opened.push(owner)
    say('The process that owned the database is gone: this one drives the runs now.')
  }
}

async function asOwner(project: Project): Promise<Rondo | undefined> {
  try {
    return await openProject(project, 'drive')
  } catch (error) {
    if (error instanceof RondoError && error.code === 'database_owned') return undefined
    throw error
  }
}

/** Turns all that is printed to stderr, and gives what writes to stdout still. */
function keepStdout(): Writable {
  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = process.stderr.write.bind(process.stderr)
  return new Writable({ write: (chunk: Buffer, _encoding, done) => void write(chunk, () => done()) })
}

function personOf({ answerAs, role }: Options): Person | undefined {
  return answerAs === undefined ? undefined : { name: answerAs, roles: role ?? ['*'] }
}

function onCancelOf(what: string): 'leave' | 'cancel' {
  if (what === 'leave' || what === 'cancel') return what
  throw usage(`--on-cancel takes "leave" or "cancel", not "${what}".`)
}

function say(message: string, cause?: unknown): void {
  const why = cause === undefined ? '' : ` ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`
  process.stderr.write(`! ${plain(`${message}${why}`)}\n`)
}

/**
 * `rondo run FLOW`: starts a run and waits for its end.
 *
 * Drives it in this process, or, where another process owns the database, has that one drive it and looks on.
 */
import type { Command } from 'commander'
import { systemClock } from '../../clock.ts'
import { RondoError } from '../../errors.ts'
import type { Rondo } from '../../index.ts'
import type { RunRecord } from '../../journal/records.ts'
import { actingOn } from '../acting.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { loadProject, type Project } from '../config.ts'
import { runDocument } from '../documents.ts'
import { EXIT } from '../exits.ts'
import { isOver } from '../follow.ts'
import { duration, givenValue } from '../given.ts'
import { statusLine } from '../live-text.ts'
import { lookOn } from '../look-on.ts'
import { openProject } from '../open.ts'
import { type Output, paint, usage } from '../output.ts'
import { ownerOf } from '../owner.ts'
import { oneLine, relative } from '../text.ts'
import { decoded, outline } from '../value.ts'

interface Options {
  readonly input?: string
  readonly key?: string
  readonly id?: string
  readonly within?: number
  readonly wait?: number
  readonly detach?: boolean
}

export function addRun(program: Command): void {
  program
    .command('run')
    .summary('start a run and wait for its end')
    .description(
      'Starts a run of a flow and shows what happens until it is over; its output goes to stdout. Where "rondo dev" owns the database, that process drives the run and this one looks on. Ctrl-C leaves the run as it is: nothing is lost, and it goes on when a process drives the database again.',
    )
    .argument('<flow>', 'the name of a flow in rondo.config.ts')
    .option('-i, --input <json>', 'the input: JSON, @file, or - for stdin')
    .option('--key <key>', 'start at most one run of the flow with this key; the same input again gives the same run')
    .option('--id <id>', 'the id of the run, instead of a new one')
    .option('--within <duration>', 'how long the run may take, as in 30m', duration)
    .option('--wait <duration>', 'look on for so long at most; then exit with 6 while the run goes on', duration)
    .option('--detach', 'only start it')
    .addHelpText(
      'after',
      examples([
        `rondo run hello --input '{"name":"Ada"}'`,
        'rondo run mail-desk --input @mail.json --key mail-17',
        'cat mail.json | rondo run mail-desk --input - --detach --json',
      ]),
    )
    .action(async (flow: string, options: Options, command: Command) => {
      const globals = globalsOf(command)
      const project = await loadProject(globals)
      const known = project.options.flows.find((each) => each.name === flow)
      if (known === undefined) throw unknownFlow(flow, project)
      // A flow without --input is given an empty object: flows that need more say what.
      const input = options.input === undefined ? {} : await givenValue(options.input, '--input', globals.cwd)
      process.exitCode = await runFlow({ project, flow, input, options, output: outputOf(command) })
    })
}

interface Asked {
  readonly project: Project
  readonly flow: string
  readonly input: unknown
  readonly options: Options
  readonly output: Output
}

async function runFlow(asked: Asked): Promise<number> {
  const { project, options, output } = asked
  const rondo = options.detach === true ? await openProject(project, 'start') : await openAsOwnerOrBeside(project, output)
  try {
    const { id, started } = (await thereAlready(rondo, asked)) ?? (await start(rondo, asked))
    if (options.detach === true) return await detached(rondo, id, started, output)
    output.note(
      `${paint('bold', oneLine(asked.flow), process.stderr)}  ${started ? 'started' : 'was there already'}  ${paint('dim', oneLine(id), process.stderr)}`,
    )
    const { run, interrupted } = await lookOn(rondo, id, { waitMs: options.wait, output })
    return ended(run, id, interrupted, output)
  } finally {
    await rondo.close()
  }
}

function start(rondo: Rondo, { flow, input, options }: Asked): Promise<{ id: string; started: boolean }> {
  return actingOn(rondo, 'run.start', flow, () =>
    rondo.runs.start(flow, input, {
      ...(options.id !== undefined && { id: options.id }),
      ...(options.key !== undefined && { key: options.key }),
      ...(options.within !== undefined && { within: options.within }),
    }),
  )
}

/** A run that is named, without an input that could be another: it is looked on, whatever it was given. */
async function thereAlready(rondo: Rondo, { flow, options }: Asked): Promise<{ id: string; started: false } | undefined> {
  if (options.id === undefined || options.input !== undefined) return undefined
  const run = await rondo.runs.get(options.id)
  return run?.flow === flow ? { id: run.id, started: false } : undefined
}

async function openAsOwnerOrBeside(project: Project, output: Output): Promise<Rondo> {
  try {
    return await openProject(project, 'drive')
  } catch (error) {
    if (!(error instanceof RondoError && error.code === 'database_owned')) throw error
    output.note(
      paint(
        'dim',
        `Process ${String(error.details['pid'] ?? '?')} owns the database and drives the run; this one looks on.`,
        process.stderr,
      ),
    )
    return openProject(project, 'start')
  }
}

async function detached(rondo: Rondo, id: string, started: boolean, output: Output): Promise<number> {
  const run = await rondo.runs.get(id)
  output.result({ started, run: run === undefined ? undefined : runDocument(run) }, () => [oneLine(id)])
  if (run !== undefined && !isOver(run) && (await ownerOf(rondo)) === undefined)
    output.note(paint('dim', 'No process drives this database now: the run goes on when "rondo dev" runs.', process.stderr))
  return EXIT.ok
}

function ended(run: RunRecord | undefined, id: string, interrupted: boolean, output: Output): number {
  if (run === undefined)
    throw new RondoError('run_unknown', `Run ${id} is gone: it was removed while this looked on.`, { details: { run: id } })
  if (isOver(run)) {
    const text = statusLine(run.status, run, systemClock.now())
    if (text !== undefined) output.note(text)
    output.result({ run: runDocument(run) }, () => (run.output === undefined ? [] : shownOutput(run.output)))
    if (run.status === 'failed' || run.status === 'stopped')
      output.note(paint('dim', `See where: rondo show ${oneLine(id)}   After mending it: rondo retry ${oneLine(id)}`, process.stderr))
    return run.status === 'completed' ? EXIT.ok : EXIT.failed
  }
  output.result({ run: runDocument(run) }, () => [])
  const next = run.wakeAt === undefined ? '' : `, wakes ${relative(run.wakeAt, systemClock.now())}`
  output.note(
    `Run ${oneLine(id)} is ${run.status}${next}: nothing is lost. It goes on where a process drives the database ("rondo dev"), or with this same command and --id ${oneLine(id)}.`,
  )
  return interrupted ? EXIT.interrupted : EXIT.waiting
}

function shownOutput(output: string): string[] {
  const value = decoded(output)
  return value === undefined ? [] : outline(value)
}

function unknownFlow(flow: string, { options, configFile }: Project): RondoError {
  const names = options.flows.map((each) => each.name)
  const there = names.length === 0 ? 'It lists no flows' : `There is: ${names.join(', ')}`
  if (flow.startsWith('-')) return usage(`"${flow}" is no name of a flow.`)
  return new RondoError('flow_unknown', `There is no flow "${oneLine(flow)}" in ${configFile ?? 'the config'}. ${there}.`, {
    details: { flow },
  })
}

/**
 * `rondo doctor`: is everything in place, and what is to be done where it is not?
 */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { systemClock } from '../../clock.ts'
import type { Rondo } from '../../index.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { type Globals, loadDatabase, type Project } from '../config.ts'
import {
  type Check,
  checkConfig,
  checkContents,
  checkFile,
  checkModel,
  checkNode,
  checkOwner,
  checkPackages,
  checkPrompts,
} from '../doctor-checks.ts'
import { EXIT } from '../exits.ts'
import { openProject } from '../open.ts'
import { paint } from '../output.ts'
import { counted, plain } from '../text.ts'
import { ownVersion } from '../version.ts'

const MARKS = { ok: paint('green', '✓'), info: paint('dim', '·'), warn: paint('yellow', '!'), fail: paint('red', '✗') } as const

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('check the setup')
    .description(
      'Checks Node, the config, the database (whole, its version, who drives it), runs that cannot go on, prompts, the model and its key (which is never shown), and optional packages. Exits with 1 where something has to be mended.',
    )
    .addHelpText('after', examples(['rondo doctor', 'rondo doctor --json']))
    .action(async (_: unknown, command: Command) => {
      const checks = await allChecks(globalsOf(command))
      const failed = checks.filter(({ state }) => state === 'fail').length
      outputOf(command).result({ ok: failed === 0, checks }, () => [
        ...checks.map(
          ({ name, state, message }) => `${MARKS[state]} ${name.padEnd(9)} ${plain(message).replaceAll('\n', `\n${' '.repeat(12)}`)}`,
        ),
        '',
        verdict(failed, checks.filter(({ state }) => state === 'warn').length),
      ])
      process.exitCode = failed === 0 ? EXIT.ok : EXIT.failed
    })
}

function verdict(failed: number, warned: number): string {
  if (failed > 0) return paint('red', `${counted(failed, 'thing')} to mend${warned === 0 ? '' : `, and ${counted(warned, 'warning')}`}.`)
  return warned === 0 ? paint('green', 'All is well.') : paint('yellow', `Nothing has to be mended; ${counted(warned, 'warning')} above.`)
}

async function allChecks(globals: Globals): Promise<Check[]> {
  const first: Check[] = [{ name: 'rondo', state: 'ok', message: ownVersion() }, checkNode()]
  let project: Project
  try {
    project = await loadDatabase(globals)
  } catch (error) {
    return [...first, failed('config', error), ...checkPackages()]
  }
  return [
    ...first,
    checkConfig(project),
    ...(await databaseChecks(project)),
    ...(await checkPrompts(project)),
    ...checkModel(project),
    ...checkPackages(),
  ]
}

async function databaseChecks(project: Project): Promise<Check[]> {
  if (!existsSync(project.database))
    return [{ name: 'database', state: 'info', message: `There is none at ${project.database} yet; the first run makes it.` }]
  const now = systemClock.now()
  try {
    const checks = await opened(project, 'read', async (rondo) => [
      checkFile(project.database),
      ...(await checkContents(rondo, project, now)),
    ])
    return [...checks, await opened(project, 'write', (rondo) => checkOwner(rondo, now)).catch((error: unknown) => warned('owner', error))]
  } catch (error) {
    return [failed('database', error)]
  }
}

async function opened<Found>(project: Project, mode: 'read' | 'write', look: (rondo: Rondo) => Promise<Found>): Promise<Found> {
  const rondo = await openProject(project, mode)
  try {
    return await look(rondo)
  } finally {
    await rondo.close()
  }
}

function warned(name: string, error: unknown): Check {
  return { ...failed(name, error), state: 'warn' }
}

function failed(name: string, error: unknown): Check {
  return { name, state: 'fail', message: error instanceof Error ? error.message : String(error) }
}

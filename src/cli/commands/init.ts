/**
 * `rondo init`: a new project that runs, without a model, a key or a service.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { RondoError } from '../../errors.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { paint } from '../output.ts'
import { projectFiles } from '../project-files.ts'
import { ownVersion } from '../version.ts'

export function addInit(program: Command): void {
  program
    .command('init')
    .summary('make a new project that runs')
    .description(
      'Makes a new project: a config, a flow in which code, a predictor, people and (once you name one) a model take steps, a prompt, and a README. Files that are there already stay as they are.',
    )
    .argument('[folder]', 'where', '.')
    .addHelpText('after', examples(['rondo init my-desk', 'rondo init']))
    .action((given: string, _: unknown, command: Command) => {
      const { cwd } = globalsOf(command)
      const folder = resolve(cwd, given)
      if (existsSync(join(folder, 'rondo.config.ts')))
        throw new RondoError('run_conflict', `${folder} is a Rondo project already: it has a rondo.config.ts. Nothing was changed.`)
      const { written, kept } = writeProject(folder)
      outputOf(command).result({ folder, written, kept }, () => whatNow(folder, cwd, written, kept))
    })
}

function writeProject(folder: string): { written: string[]; kept: string[] } {
  const written: string[] = []
  const kept: string[] = []
  for (const [name, text] of Object.entries(projectFiles({ name: packageName(folder), version: ownVersion() }))) {
    const file = join(folder, name)
    if (existsSync(file)) kept.push(name)
    else {
      write(file, text)
      written.push(name)
    }
  }
  return { written, kept }
}

function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new RondoError('config_invalid', `${file} cannot be written (${why}). Name a folder that may be written to.`, { cause: error })
  }
}

/** A name that npm takes. */
function packageName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return name === '' ? 'rondo-project' : name
}

function whatNow(folder: string, cwd: string, written: readonly string[], kept: readonly string[]): string[] {
  const where = relative(cwd, folder)
  const own = kept.includes('package.json')
  const steps: [string, string][] = [
    ...(where === '' ? [] : [[`cd ${where}`, ''] satisfies [string, string]]),
    [own ? 'npm install rondo zod' : 'npm install', own ? 'and see that package.json says "type": "module"' : ''],
    ['npx rondo run support --input @message.json', 'a run; it comes to a question'],
    ['npx rondo inbox', 'in a second terminal: answer it'],
    ['npx rondo dev', 'runs the flows, starts again on changes'],
  ]
  return [
    `${paint('green', '✓')} A project in ${folder}`,
    ...written.map((name) => `  ${paint('green', '+')} ${name}`),
    ...kept.map((name) => `  ${paint('dim', `= ${name} was there and stays`)}`),
    '',
    'Next:',
    ...steps.map(([line, why]) => `  ${line.padEnd(46)} ${paint('dim', why)}`.trimEnd()),
  ]
}

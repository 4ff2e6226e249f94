/**
 * The project a command works on: its `rondo.config.ts`, loaded by Node itself, and where its database is.
 *
 * Owns: finding and loading the config, and saying where it is wrong. Never: starts anything.
 * A config is found in the working folder or above it; the folder it stands in becomes the working folder, so that relative
 * paths in it mean what they say, and a `.env` beside it is read first. What the environment has already, `.env` does not change.
 */
import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { RondoError } from '../errors.ts'
import type { RondoOptions } from '../index.ts'

/** What may stand on every command line. */
export interface Globals {
  readonly json: boolean
  readonly db: string | undefined
  readonly config: string | undefined
  /** Where the command was given: what paths on the command line are relative to. */
  readonly cwd: string
}

export interface Project {
  readonly folder: string
  /** `undefined`: there is none, and what needs only a database goes without. */
  readonly configFile: string | undefined
  readonly options: RondoOptions
  /** A path, absolute. */
  readonly database: string
}

const NAMES = ['rondo.config.ts', 'rondo.config.mts', 'rondo.config.js', 'rondo.config.mjs']
export const DEFAULT_DATABASE = join('.rondo', 'rondo.db')

/** The config file a command goes by; throws `config_invalid` when one was named that is not there. */
export function findConfig({ config, cwd }: Globals): string | undefined {
  if (config !== undefined) {
    const named = resolve(cwd, config)
    if (existsSync(named)) return named
    throw new RondoError(
      'config_invalid',
      `There is no config file ${named}. Name another with --config, or run "rondo init" to make a project.`,
    )
  }
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = NAMES.map((name) => join(folder, name)).find((file) => existsSync(file))
    if (found !== undefined) return found
    if (folder === dirname(folder)) return undefined
  }
}

/** Loads the project, with its flows. Throws `config_invalid`, naming the place. */
export async function loadProject(globals: Globals): Promise<Project> {
  const file = findConfig(globals)
  if (file === undefined)
    throw new RondoError(
      'config_invalid',
      `There is no rondo.config.ts in ${globals.cwd} or above it, and this needs the project's flows. Run "rondo init" to make a project, or name the file with --config.`,
    )
  return loadFrom(file, globals)
}

/** The project for a command that needs only its database: without a config, or with --db, no code of the project is loaded. */
export async function loadDatabase(globals: Globals): Promise<Project> {
  const file = globals.db !== undefined && globals.config === undefined ? undefined : findConfig(globals)
  if (file !== undefined) return loadFrom(file, globals)
  const folder = globals.cwd
  return { folder, configFile: undefined, options: { flows: [] }, database: resolve(folder, globals.db ?? DEFAULT_DATABASE) }
}

async function loadFrom(file: string, globals: Globals): Promise<Project> {
  const folder = dirname(file)
  process.chdir(folder)
  if (existsSync(join(folder, '.env'))) process.loadEnvFile(join(folder, '.env'))
  const options = optionsOf(await importConfig(file), file)
  const database = globals.db === undefined ? resolve(folder, options.database ?? DEFAULT_DATABASE) : resolve(globals.cwd, globals.db)
  return { folder, configFile: file, options, database }
}

async function importConfig(file: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(file).href)
  } catch (error) {
    throw new RondoError('config_invalid', whatIsWrong(error, file), { cause: error })
  }
}

function optionsOf(module: unknown, file: string): RondoOptions {
  const config = module !== null && typeof module === 'object' && 'default' in module ? module.default : undefined
  if (isOptions(config)) return config
  const why = config === undefined ? 'it has no default export' : 'its default export has no list of flows'
  throw new RondoError(
    'config_invalid',
    `${file} is no config: ${why}. It should end with: export default defineConfig({ flows: [yourFlow] })`,
  )
}

function isOptions(config: unknown): config is RondoOptions {
  if (config === null || typeof config !== 'object' || !('flows' in config) || !Array.isArray(config.flows)) return false
  return config.flows.every((flow: unknown) => flow !== null && typeof flow === 'object' && 'name' in flow && 'run' in flow)
}

/** What is wrong in the user's code, where, and what to do; in a few lines. */
export function whatIsWrong(thrown: unknown, file: string): string {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const place = placeOf(error.stack ?? '')
  const about = place === undefined ? `${shown(file)} could not be loaded` : `${place.where}: the project could not be loaded`
  const excerpt = place === undefined || place.excerpt.length === 0 ? '' : `\n\n${place.excerpt.map((line) => `    ${line}`).join('\n')}\n`
  const advice = adviceFor(error)
  return `${about}: ${error.message.replace(/\.$/, '')}.${excerpt}${advice === undefined ? '' : `${excerpt === '' ? ' ' : '\n'}${advice}`}`
}

/** Node puts place and excerpt of a syntax error before its name; other errors have the place in their frames. */
function placeOf(stack: string): { where: string; excerpt: string[] } | undefined {
  const lines = stack.split('\n')
  const heading = /^(file:\/\/.*):(\d+)$/.exec(lines[0] ?? '')
  if (heading !== null) {
    const end = lines.findIndex((line, index) => index > 0 && /^\w*Error\b/.test(line))
    const excerpt = lines.slice(1, end).filter((line) => line.trim() !== '')
    return { where: `${shown(fileURLToPath(heading[1] ?? ''))}:${heading[2]}`, excerpt }
  }
  for (const line of lines) {
    const frame = /(file:\/\/[^)\s]+?):(\d+):\d+\)?$/.exec(line)
    if (frame !== null && !line.includes('/node_modules/') && !fileURLToPath(frame[1] ?? '').startsWith(dirname(import.meta.dirname)))
      return { where: `${shown(fileURLToPath(frame[1] ?? ''))}:${frame[2]}`, excerpt: [] }
  }
  return undefined
}

function shown(file: string): string {
  const short = relative(process.cwd(), file)
  return short.startsWith('..') ? file : short
}

function adviceFor(error: Error): string | undefined {
  const code = 'code' in error ? error.code : undefined
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    return 'Node runs TypeScript by taking the types away; enums, namespaces and parameter properties are code. Write a union of literals, a module, a field.'
  if (code === 'ERR_MODULE_NOT_FOUND')
    return error.message.includes('Cannot find package')
      ? 'Install the package, or mend its name.'
      : 'Imports name the file with its ending: import { x } from "./flows/x.ts".'
  return undefined
}

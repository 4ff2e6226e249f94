/**
 * Opens the project's system for a command, and closes it again whatever happens.
 *
 * Owns: which commands drive and which only read or write beside the owner. Invariant: only `dev` and `run` drive.
 */
import { existsSync } from 'node:fs'
import { RondoError } from '../errors.ts'
import { createRondo, type Rondo } from '../index.ts'
import { acting } from './acting.ts'
import { type Globals, loadDatabase, type Project } from './config.ts'
import { plain } from './text.ts'

/**
 * - `read`: looks at a database that must be there
 * - `start`: starts runs beside an owner; makes the database if need be
 * - `write`: answers, signals and asks, beside an owner if there is one
 * - `drive`: owns the database and drives its runs; throws `database_owned` when another process does
 */
export type Mode = 'read' | 'write' | 'start' | 'drive'

export async function openProject(project: Project, mode: Mode): Promise<Rondo> {
  if (mode !== 'drive' && mode !== 'start' && !existsSync(project.database))
    throw new RondoError(
      'run_unknown',
      `There is no database at ${project.database} yet, so there are no runs. Start one with "rondo run FLOW", or name another database with --db.`,
      { details: { database: project.database } },
    )
  return createRondo({
    ...project.options,
    database: project.database,
    drive: mode === 'drive',
    readOnly: mode === 'read',
    warn: project.options.warn ?? ((message) => process.stderr.write(`! ${plain(message)}\n`)),
  })
}

/** Does `work` on the project's database without driving, and closes it. What is done with the right to write is in the audit log. */
export async function withDatabase<Output>(
  globals: Globals,
  mode: 'read' | 'write',
  work: (rondo: Rondo, project: Project) => Promise<Output>,
): Promise<Output> {
  const project = await loadDatabase(globals)
  const rondo = await openProject(project, mode)
  try {
    return await work(mode === 'write' ? acting(rondo) : rondo, project)
  } finally {
    await rondo.close()
  }
}

/**
 * `rondo dev`: runs the project's flows, tells what happens, and starts again when the code changes.
 *
 * The watcher stays; the system runs in a child process of its own, so that changed code is really loaded anew and code that does
 * not load leaves the watcher alive. The child owns the database, and is told to stop in good order before the next one starts.
 */

import { dirname } from 'node:path'
import type { Command } from 'commander'
import { RondoError } from '../../errors.ts'
import { examples, globalsOf } from '../command.ts'
import { findConfig } from '../config.ts'
import { superviseDev } from '../dev-watcher.ts'
import { runDevWorker } from '../dev-worker.ts'

interface Options {
  readonly watch: boolean
}

export function addDev(program: Command): void {
  program
    .command('dev')
    .summary('run the flows; start again when the code changes')
    .description(
      'Owns the database, goes on with every run that was under way, and drives what comes: from "rondo run --detach", from your own code, from answers and signals. Tells what happens in a line each, and starts again when a file of the project changes. Ctrl-C ends it in good order; nothing is lost.',
    )
    .option('--no-watch', 'do not start again on changes: for a service')
    .addHelpText('after', examples(['rondo dev', 'rondo dev --no-watch --json >> rondo.log']))
    .action(async (options: Options, command: Command) => {
      const globals = globalsOf(command)
      if (!options.watch || process.send !== undefined) process.exitCode = await runDevWorker(globals)
      else {
        const config = findConfig(globals)
        if (config === undefined)
          throw new RondoError(
            'config_invalid',
            `There is no rondo.config.ts in ${globals.cwd} or above it. Run "rondo init" to make a project, or name the file with --config.`,
          )
        process.exitCode = await superviseDev({ folder: dirname(config), json: globals.json })
      }
    })
}

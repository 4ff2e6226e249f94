/**
 * `rondo signal RUN TOPIC`: tells a run something it waits for, or will.
 */
import type { Command } from 'commander'
import { RondoError } from '../../errors.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { findRun } from '../find-run.ts'
import { givenValue } from '../given.ts'
import { withDatabase } from '../open.ts'
import { paint } from '../output.ts'
import { ownerOf } from '../owner.ts'
import { oneLine } from '../text.ts'

interface Options {
  readonly value?: string
  readonly id?: string
}

export function addSignal(program: Command): void {
  program
    .command('signal')
    .summary('deliver a signal to a run')
    .description('Delivers a signal. A run that does not listen for the topic yet takes it when it does, in the order they came.')
    .argument('<run>', 'its id, or a beginning or end of it that no other run shares')
    .argument('<topic>', 'what run.signal() in the flow listens for: its name, unless it says otherwise')
    .option('-v, --value <json>', 'what comes with it: JSON, @file, or - for stdin')
    .option('--id <id>', 'the same id again delivers nothing: for senders that repeat themselves')
    .addHelpText('after', examples(['rondo signal 019ab3c4 paid', `rondo signal 019ab3c4 paid --value '{"amount":120}' --id invoice-17`]))
    .action(async (given: string, topic: string, options: Options, command: Command) => {
      const globals = globalsOf(command)
      const value = options.value === undefined ? undefined : await givenValue(options.value, '--value', globals.cwd)
      await withDatabase(globals, 'write', async (rondo) => {
        const run = await findRun(rondo, given)
        if (run.status === 'completed' || run.status === 'cancelled')
          throw new RondoError('run_state', `Run ${run.id} is ${run.status}: it listens for nothing any more.`, {
            details: { run: run.id, status: run.status },
          })
        const delivered = await rondo.runs.signal(run.id, topic, value, { ...(options.id !== undefined && { id: options.id }) })
        const driven = (await ownerOf(rondo)) !== undefined
        outputOf(command).result({ run: run.id, topic, delivered, driven }, () => [
          delivered
            ? `${paint('green', '✓')} Signal "${oneLine(topic)}" is with run ${oneLine(run.id)}${driven ? '.' : '; it is taken when a process drives the database: run "rondo dev".'}`
            : `Signal ${oneLine(options.id ?? '')} had been delivered before; nothing changed.`,
        ])
      })
    })
}

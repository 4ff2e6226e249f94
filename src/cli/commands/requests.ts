/**
 * `rondo cancel`, `pause`, `resume`, `retry`: what is asked of a run. A process that drives the database does it.
 */
import type { Command } from 'commander'
import type { Rondo } from '../../index.ts'
import type { RunRecord } from '../../journal/records.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { runDocument } from '../documents.ts'
import { findRun } from '../find-run.ts'
import { withDatabase } from '../open.ts'
import { paint } from '../output.ts'
import { ownerOf } from '../owner.ts'
import { oneLine } from '../text.ts'

interface Request {
  readonly name: 'cancel' | 'pause' | 'resume' | 'retry'
  readonly summary: string
  readonly description: string
  readonly said: string
  /** As it is said while the process that drives the run has yet to do it. */
  readonly doing: string
  readonly reasoned: boolean
  make(rondo: Rondo, id: string, reason: string | undefined): Promise<RunRecord>
}

const REQUESTS: readonly Request[] = [
  {
    name: 'cancel',
    summary: 'end a run',
    description: 'Ends a run: what is under way is told to stop, open questions close, runs it called are cancelled too.',
    said: 'is cancelled',
    doing: 'is being cancelled',
    reasoned: true,
    make: (rondo, id, reason) => rondo.runs.cancel(id, reason),
  },
  {
    name: 'pause',
    summary: 'hold a run at its next step',
    description: 'Holds a run: what is under way is finished and recorded, nothing new begins until "rondo resume".',
    said: 'is held',
    doing: 'is being held',
    reasoned: true,
    make: (rondo, id, reason) => rondo.runs.pause(id, reason),
  },
  {
    name: 'resume',
    summary: 'let a held run go on',
    description: 'Lets a run go on that was held with "rondo pause".',
    said: 'goes on',
    doing: 'goes on',
    reasoned: false,
    make: (rondo, id) => rondo.runs.resume(id),
  },
  {
    name: 'retry',
    summary: 'try a failed or stopped run again',
    description:
      'Tries a failed or stopped run again: what it did stands, the failure that ended it is taken back, and its step runs again.',
    said: 'is tried again',
    doing: 'is tried again',
    reasoned: false,
    make: (rondo, id) => rondo.runs.retry(id),
  },
]

export function addRequests(program: Command): void {
  for (const request of REQUESTS) addRequest(program, request)
}

function addRequest(program: Command, request: Request): void {
  const command = program
    .command(request.name)
    .summary(request.summary)
    .description(request.description)
    .argument('<run>', 'its id, or a beginning or end of it that no other run shares')
    .addHelpText('after', examples([`rondo ${request.name} 019ab3c4${request.reasoned ? ' --reason "the customer called"' : ''}`]))
    .action(async (given: string, options: { reason?: string }, command: Command) => {
      await withDatabase(globalsOf(command), 'write', async (rondo) => {
        const { id } = await findRun(rondo, given)
        const run = await request.make(rondo, id, options.reason)
        const driven = (await ownerOf(rondo)) !== undefined
        outputOf(command).result({ run: runDocument(run), driven }, () => [
          `${paint('green', '✓')} Run ${oneLine(run.id)} ${driven ? `${request.doing}.` : `${request.said} as soon as a process drives the database: run "rondo dev".`}`,
        ])
      })
    })
  if (request.reasoned) command.option('-r, --reason <text>', 'why, for the record')
}

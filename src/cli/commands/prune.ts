/**
 * `rondo prune`: removes runs that ended long ago, with all that belongs to them.
 */
import type { Command } from 'commander'
import { systemClock } from '../../clock.ts'
import { humanDuration } from '../../duration.ts'
import type { Rondo } from '../../index.ts'
import { actingOn } from '../acting.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { duration } from '../given.ts'
import { LiveLine } from '../live-line.ts'
import { withDatabase } from '../open.ts'
import { paint } from '../output.ts'
import { counted, oneLine } from '../text.ts'

const AT_ONCE = 500
const PAGE = 1000

interface Options {
  readonly olderThan: number
  readonly flow?: string
  readonly dryRun?: boolean
}

export function addPrune(program: Command): void {
  program
    .command('prune')
    .summary('remove runs that ended long ago')
    .description(
      'Removes runs that ended before a time, with their steps, questions, signals, and payloads nobody needs any more. Cases, which decisions learn from, stay. Works while another process drives the database.',
    )
    .requiredOption('--older-than <duration>', 'ended longer ago than this, as in 30d', duration)
    .option('-f, --flow <name>', 'only runs of this flow')
    .option('--dry-run', 'only say how many')
    .addHelpText('after', examples(['rondo prune --older-than 30d --dry-run', 'rondo prune --older-than 12w --flow mail-desk']))
    .action(async (options: Options, command: Command) => {
      const output = outputOf(command)
      await withDatabase(globalsOf(command), options.dryRun === true ? 'read' : 'write', async (rondo) => {
        const endedBefore = systemClock.now() - options.olderThan
        const total = await countEnded(rondo, endedBefore, options.flow)
        const what = `${counted(total, 'run')}${options.flow === undefined ? '' : ` of flow "${oneLine(options.flow)}"`} that ended over ${humanDuration(options.olderThan)} ago`
        if (options.dryRun === true)
          return output.result({ dryRun: true, runs: total, payloads: 0 }, () => [`${what} would be removed. Nothing was.`])
        const line = new LiveLine({ quiet: output.json })
        const filter = { endedBefore, ...(options.flow !== undefined && { flow: options.flow }) }
        const removed = await actingOn(rondo, 'runs.prune', options.flow, () =>
          prune(rondo, filter, (runs) => line.progress(runs, total, 'run')),
        )
        line.end()
        return output.result({ dryRun: false, ...removed }, () => [
          `${paint('green', '✓')} Removed ${counted(removed.runs, 'run')} and ${counted(removed.payloads, 'payload')}.`,
        ])
      })
    })
}

async function prune(
  rondo: Rondo,
  filter: { endedBefore: number; flow?: string },
  progress: (runs: number) => void,
): Promise<{ runs: number; payloads: number }> {
  let runs = 0
  let payloads = 0
  for (;;) {
    const removed = await rondo.store.runs.prune({ ...filter, limit: AT_ONCE })
    runs += removed.runs
    payloads += removed.payloads
    progress(runs)
    if (removed.runs < AT_ONCE) return { runs, payloads }
  }
}

async function countEnded(rondo: Rondo, endedBefore: number, flow: string | undefined): Promise<number> {
  let count = 0
  for (let before: string | undefined; ; ) {
    const page = await rondo.runs.list({
      status: ['completed', 'failed', 'cancelled'],
      limit: PAGE,
      ...(flow !== undefined && { flow }),
      ...(before !== undefined && { before }),
    })
    count += page.filter((run) => run.endedAt !== undefined && run.endedAt < endedBefore).length
    before = page.at(-1)?.id
    if (page.length < PAGE) return count
  }
}

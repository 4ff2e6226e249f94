/**
 * `rondo runs`: the runs there are, newest first.
 */
import { type Command, Option } from 'commander'
import { systemClock } from '../../clock.ts'
import { humanDuration } from '../../duration.ts'
import type { RunRecord, RunStatus } from '../../journal/records.ts'
import type { RunFilter } from '../../journal/store.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { runDocument } from '../documents.ts'
import { collect, wholeNumber } from '../given.ts'
import { withDatabase } from '../open.ts'
import { paint, screenWidth, usage } from '../output.ts'
import { runRemark, statusText, usageText } from '../step-text.ts'
import { columns, counted, inlineWidth, oneLine, relative } from '../text.ts'
import { inline } from '../value.ts'

const STATUSES: readonly RunStatus[] = ['queued', 'running', 'waiting', 'paused', 'stopped', 'completed', 'failed', 'cancelled']

interface Options {
  readonly flow?: string
  readonly status?: readonly string[]
  readonly limit: number
  readonly before?: string
}

export function addRuns(program: Command): void {
  program
    .command('runs')
    .summary('list runs, newest first')
    .description('Lists runs, newest first, with what each waits for or failed of.')
    .option('-f, --flow <name>', 'only runs of this flow')
    .addOption(new Option('-s, --status <status>', `only runs that are ${STATUSES.join(', ')}; several with commas`).argParser(collect))
    .option('-n, --limit <number>', 'at most so many', wholeNumber(1), 20)
    .option('--before <id>', 'older than this run: for the next page')
    .addHelpText('after', examples(['rondo runs', 'rondo runs --status failed,stopped', 'rondo runs --flow mail-desk --limit 5 --json']))
    .action(async (options: Options, command: Command) => {
      await withDatabase(globalsOf(command), 'read', async (rondo) => {
        const runs = await rondo.runs.list(filterOf(options))
        outputOf(command).result({ runs: runs.map(runDocument), next: runs.length === options.limit ? runs.at(-1)?.id : undefined }, () =>
          linesOf(runs, options),
        )
      })
    })
}

function filterOf({ flow, status, limit, before }: Options): RunFilter {
  const unknown = status?.find((each) => !STATUSES.some((known) => known === each))
  if (unknown !== undefined) throw usage(`There is no status "${unknown}". There are: ${STATUSES.join(', ')}.`)
  return {
    limit,
    ...(flow !== undefined && { flow }),
    ...(status !== undefined && { status: STATUSES.filter((known) => status.includes(known)) }),
    ...(before !== undefined && { before }),
  }
}

function linesOf(runs: readonly RunRecord[], options: Options): string[] {
  if (runs.length === 0)
    return [options.flow === undefined && options.status === undefined ? 'No runs yet. Start one with "rondo run FLOW".' : 'No such runs.']
  const now = systemClock.now()
  const rows = runs.map((run) => [
    statusText(run.status),
    oneLine(run.flow),
    oneLine(run.id),
    relative(run.createdAt, now),
    run.startedAt === undefined ? '' : humanDuration((run.endedAt ?? now) - run.startedAt),
    usageText(run.usage),
  ])
  const headings = ['status', 'flow', 'run', 'started', '>took', usedAnything(runs) ? '>used' : '']
  const left = screenWidth() - inlineWidth(rows) - 2
  const remarks = runs.map((run) => paint(run.error === undefined ? 'dim' : 'red', inline(runRemark(run, now), Math.max(0, left))))
  const lines = columns(
    [...headings, ''],
    rows.map((row, index) => [...row, left > 12 ? (remarks[index] ?? '') : '']),
    (text) => paint('dim', text),
  )
  return runs.length < options.limit
    ? lines
    : [
        ...lines,
        paint(
          'dim',
          `The newest ${counted(runs.length, 'run')}; older ones: --before ${oneLine(runs.at(-1)?.id ?? '')}, or a larger --limit.`,
        ),
      ]
}

function usedAnything(runs: readonly RunRecord[]): boolean {
  return runs.some((run) => usageText(run.usage) !== '')
}

/**
 * `rondo measures`: scores of runs, taken together or one by one; and how far judges are from people.
 */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { humanDuration } from '../../duration.ts'
import type { JudgeReport, MeasureFilter, MeasureGroup, MeasureKey, MeasureRecord } from '../../index.ts'
import { actingOn } from '../acting.ts'
import { percent } from '../chart.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { time } from '../documents.ts'
import { findRun } from '../find-run.ts'
import { collect, duration, wholeNumber } from '../given.ts'
import { withDatabase } from '../open.ts'
import { paint, usage } from '../output.ts'
import { columns, dateTime, oneLine, relative, shortId } from '../text.ts'

const KEYS: readonly MeasureKey[] = ['flow', 'release', 'segment', 'origin', 'by']

interface Filtering {
  readonly flow?: string
  readonly release?: string
  readonly segment?: string
  readonly since?: number
}

export function addMeasures(program: Command): void {
  const measures = program
    .command('measures')
    .summary('scores of runs')
    .description(
      'Works with measures: scores from 0 to 1 of runs, or of what their steps came to. They come from flows (run.measure), from outside (a refund a week later), and from judges. They outlive their runs.',
    )
    .addHelpText(
      'after',
      examples([
        'rondo measures show',
        'rondo measures show kept --by release --every 7d',
        'rondo measures add 019ab3c4 kept 0 --why refunded',
      ]),
    )
  addShowing(measures)
  addListing(measures)
  addAdding(measures)
}

function filtered(command: Command): Command {
  return command
    .option('-f, --flow <name>', 'only of runs of this flow')
    .option('--release <name>', 'only of runs under this release')
    .option('--segment <name>', 'only of this segment')
    .option('--since <duration>', 'only what came about in the last, as in 30d', duration)
}

function filterOf(name: string | undefined, { flow, release, segment, since }: Filtering): MeasureFilter {
  return {
    ...(name !== undefined && { name }),
    ...(flow !== undefined && { flow }),
    ...(release !== undefined && { release }),
    ...(segment !== undefined && { segment }),
    ...(since !== undefined && { from: Date.now() - since }),
  }
}

function addShowing(measures: Command): void {
  filtered(
    measures
      .command('show', { isDefault: true })
      .summary('scores taken together')
      .argument('[name]', 'only this measure')
      .addOption(new Option('--by <keys>', `apart by ${KEYS.join(', ')}; several with commas`).argParser(collect))
      .option('--every <duration>', 'apart by stretches of time, as in 7d', duration),
  ).action(async (name: string | undefined, options: Filtering & { by?: readonly string[]; every?: number }, command: Command) => {
    const unknown = options.by?.find((key) => !KEYS.some((known) => known === key))
    if (unknown !== undefined) throw usage(`Measures are told apart by ${KEYS.join(', ')}; not by "${unknown}".`)
    const by = KEYS.filter((key) => options.by?.includes(key))
    await withDatabase(globalsOf(command), 'read', async (rondo) => {
      const groups = await rondo.measures.group(filterOf(name, options), {
        by,
        ...(options.every !== undefined && { every: options.every }),
      })
      const judges = await rondo.measures.judges({
        ...(name !== undefined && { name }),
        ...(options.flow !== undefined && { flow: options.flow }),
      })
      outputOf(command).result({ items: groups.map((one) => ({ ...one, since: time(one.since) })), judges }, () => [
        ...groupLines(groups, by, options.every),
        ...judgeLines(judges),
      ])
    })
  })
}

function groupLines(groups: readonly MeasureGroup[], by: readonly MeasureKey[], every: number | undefined): string[] {
  if (groups.length === 0) return ['No measures. A flow gives one with run.measure(name, value), anybody with "rondo measures add".']
  const rows = groups.map((one) => [
    oneLine(one.name),
    ...by.map((key) => oneLine(one[key] ?? '–')),
    ...(one.since === undefined ? [] : [dateTime(one.since).slice(0, (every ?? 0) >= 86_400_000 ? 10 : 16)]),
    one.n.toLocaleString('en-US'),
    one.mean.toFixed(3),
    one.least.toFixed(2),
    one.most.toFixed(2),
    paint('cyan', '█'.repeat(Math.round(one.mean * 20))),
  ])
  const since = every === undefined ? [] : [`${humanDuration(every)} from`]
  return columns(['measure', ...by, ...since, '>n', '>mean', '>least', '>most', ''], rows, (text) => paint('dim', text))
}

function judgeLines(judges: readonly JudgeReport[]): string[] {
  if (judges.length === 0) return []
  const rows = judges.map((one) => [
    oneLine(one.name),
    oneLine(one.judge),
    one.judged.toLocaleString('en-US'),
    one.compared.toLocaleString('en-US'),
    one.error === undefined ? '–' : one.error.toFixed(3),
    one.compared === 0 ? '–' : one.errorAtMost.toFixed(3),
    one.bias === undefined ? '–' : `${one.bias > 0 ? '+' : ''}${one.bias.toFixed(3)}`,
    one.compared === 0 ? paint('yellow', 'nobody has scored the same') : '',
  ])
  return [
    '',
    ...columns(['measure', 'judge', '>judged', '>by people too', '>off by', '>at most (95 %)', '>too kind by', ''], rows, (text) =>
      paint('dim', text),
    ),
  ]
}

function addListing(measures: Command): void {
  filtered(
    measures
      .command('list')
      .summary('scores one by one, in the order in which they were kept')
      .argument('[name]', 'only this measure')
      .option('--run <run>', 'only of this run')
      .option('--after <seq>', 'only after this one: for the next page', wholeNumber(0), 0)
      .option('-n, --limit <number>', 'at most so many', wholeNumber(1), 50),
  ).action(async (name: string | undefined, options: Filtering & { run?: string; after: number; limit: number }, command: Command) => {
    const { run, after, limit } = options
    await withDatabase(globalsOf(command), 'read', async (rondo) => {
      const items = await rondo.measures.list({ ...filterOf(name, options), ...(run !== undefined && { run }), after, limit })
      const next = items.length === limit ? items.at(-1)?.seq : undefined
      outputOf(command).result({ items: items.map(measureDocument), next }, () => [
        ...measureLines(items),
        ...(next === undefined ? [] : [paint('dim', `More: --after ${next}`)]),
      ])
    })
  })
}

function measureLines(items: readonly MeasureRecord[]): string[] {
  if (items.length === 0) return ['No such measures.']
  const now = Date.now()
  const rows = items.map((one) => [
    oneLine(one.name),
    one.value.toFixed(3),
    relative(one.at, now),
    oneLine(`${one.flow} ${shortId(one.run)}${one.path === undefined ? '' : ` ${one.path}`}`),
    oneLine([one.origin, one.by ?? ''].filter((part) => part !== '').join(' ')),
    oneLine(one.why ?? ''),
  ])
  return columns(['measure', '>value', 'when', 'of', 'from', 'why'], rows, (text) => paint('dim', text))
}

interface Adding {
  readonly path?: string
  readonly by?: string
  readonly person?: boolean
  readonly at?: number
  readonly id?: string
  readonly segment?: string
  readonly why?: string
}

function addAdding(measures: Command): void {
  measures
    .command('add')
    .summary('score a run, however late')
    .argument('<run>', 'its id, or a part of it')
    .argument('<name>', 'what is measured, such as kept')
    .argument('<value>', 'from 0 to 1', share)
    .option('--path <path>', 'the step that is measured, such as a decision')
    .option('--by <name>', 'whose score it is')
    .option('--person', "it is that person's own score: what judges are measured against")
    .option('--at <time>', 'when it came about, as in 2026-01-31T09:30:00Z (default: now)', timeGiven)
    .option('--id <id>', 'the same id again changes nothing')
    .option('--segment <name>', 'default: that of the decision at the path')
    .option('--why <text>', 'why, in a sentence')
    .addHelpText('after', examples(['rondo measures add 019ab3c4 kept 0 --id refund-77 --why "the customer sent it back"']))
    .action(async (given: string, name: string, value: number, options: Adding, command: Command) => {
      await withDatabase(globalsOf(command), 'write', async (rondo) => {
        const { id: run } = await findRun(rondo, given)
        const kept = await actingOn(rondo, 'run.measure', run, () => rondo.measures.add({ run, name, value, ...options }))
        outputOf(command).result({ measure: measureDocument(kept) }, () => [
          `${paint('green', '✓')} ${oneLine(kept.name)} of run ${oneLine(kept.run)}${kept.path === undefined ? '' : ` at ${oneLine(kept.path)}`} is ${percent(kept.value)}.`,
        ])
      })
    })
}

function measureDocument(one: MeasureRecord) {
  return { ...one, at: time(one.at) }
}

function share(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('It takes a number from 0 to 1.')
}

function timeGiven(text: string): number {
  const at = Date.parse(text)
  if (!Number.isNaN(at)) return at
  throw new InvalidArgumentError('It takes a time such as 2026-01-31T09:30:00Z.')
}

/**
 * `rondo backtest`: tries a change on recorded runs.
 */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { systemClock } from '../../clock.ts'
import { RondoError } from '../../errors.ts'
import {
  type BacktestOptions,
  type BacktestReport,
  backtest,
  type Change,
  humanUsd,
  type Rondo,
  type RunResult,
  type Selection,
} from '../../index.ts'
import { actingOn } from '../acting.ts'
import { atPrices, backtestLines, diffLines } from '../backtest-text.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { loadProject, type Project } from '../config.ts'
import { EXIT } from '../exits.ts'
import { findRun } from '../find-run.ts'
import { duration, wholeNumber } from '../given.ts'
import { LiveLine } from '../live-line.ts'
import { openProject } from '../open.ts'
import { usage } from '../output.ts'
import { projectState } from '../project-state.ts'
import { counted } from '../text.ts'

interface Options {
  readonly prompt?: readonly string[]
  readonly model?: readonly string[]
  readonly code?: boolean
  readonly step?: readonly string[]
  readonly flow?: string
  readonly since?: number
  readonly before?: number
  readonly release?: string
  readonly segment?: string
  readonly sample?: number
  readonly seed?: string
  readonly mustPass?: boolean
  readonly run?: readonly string[]
  readonly usd: number
  readonly unpriced?: boolean
  readonly estimate?: boolean
  readonly margin?: number
  readonly alpha?: number
  readonly candidates?: number
  readonly concurrency?: number
}

export function addBacktest(program: Command): void {
  program
    .command('backtest')
    .summary('try a change on recorded runs')
    .description(
      'Replays recorded runs under a change. Steps that the change does not touch are served from the journal, those it touches run anew, and nothing that changes the world runs: it is said what it would have done. Ends with a verdict, held against what people answered and what was measured.',
    )
    .addOption(
      new Option(
        '-p, --prompt <name@draft>',
        'another text of a prompt: NAME@DRAFT for prompts/NAME.DRAFT.prompt, NAME@LABEL or NAME@VERSION for one that is kept, or NAME@FILE',
      ).argParser(repeated),
    )
    .addOption(
      new Option('-m, --model <name=model>', 'another model for a prompt or a decision, as in reply=openai/gpt-5-mini').argParser(repeated),
    )
    .option('--code', 'the code and prompts as they are here, against what was recorded')
    .addOption(new Option('--step <name>', 'a step whose work is another now').argParser(repeated))
    .option('-f, --flow <name>', 'only runs of this flow')
    .option('--since <duration>', 'only runs started within this time, as in 7d', duration)
    .option('--before <duration>', 'only runs started longer ago than this', duration)
    .option('--release <name>', 'only runs of this release')
    .option('--segment <name>', 'only runs with a decision in this segment')
    .option('-n, --sample <number>', 'so many runs, drawn at random', wholeNumber(1))
    .option('--seed <text>', 'what the draw depends on (default: 1)')
    .option('--must-pass', 'runs with a correction or an escalation, instead of a random sample: shows what would break, certifies nothing')
    .addOption(new Option('--run <id>', 'only this run, step by step').argParser(repeated))
    .option('--usd <amount>', 'spend no more than this', amount, 5)
    .option('--unpriced', 'go on although the price of a model is not known, and the budget cannot hold it')
    .option('--estimate', 'only say what it would cost')
    .option('--margin <share>', 'how much worse is still not worse (default: 0.02)', share)
    .option('--alpha <share>', 'the chance of a wrong verdict (default: 0.05)', share)
    .option('--candidates <number>', 'how many changes are tried at once', wholeNumber(1))
    .option('--concurrency <number>', 'runs replayed at once (default: 32)', wholeNumber(1))
    .addHelpText(
      'after',
      examples([
        'rondo backtest --prompt classify@draft --flow mail-desk --sample 500',
        'rondo backtest --model folder=openai/gpt-5-mini --since 30d --estimate',
        'rondo backtest --code --must-pass',
      ]),
    )
    .action(async (options: Options, command: Command) => {
      const output = outputOf(command)
      const project = await loadProject(globalsOf(command))
      const rondo = await openProject(project, 'write')
      const line = new LiveLine({ quiet: output.json })
      try {
        const change = await changeOf(options, project, rondo)
        const selection = await selectionOf(options, rondo)
        const how = { ...howOf(options), state: projectState(project.folder) }
        const ended = await actingOn(rondo, 'backtest.start', undefined, () => tried(rondo, change, selection, how, line))
        if (ended.report === undefined) {
          const { runs, usage: used, prices } = ended.estimate
          return output.result({ estimate: { runs, ...used, prices } }, () => [
            `${counted(runs, 'run')}: about ${humanUsd(used.microUsd)} ${atPrices(prices)}.`,
          ])
        }
        const { report } = ended
        const wanted = options.run === undefined ? [] : ended.results
        output.result(wanted.length === 0 ? report : { ...report, cases: wanted }, () =>
          wanted.length === 0 ? backtestLines(report) : wanted.flatMap(diffLines),
        )
        if (report.verdict === 'worse' || (options.mustPass === true && report.regressions.length > 0)) process.exitCode = EXIT.failed
      } finally {
        line.end()
        await rondo.close()
      }
    })
}

interface Ended {
  readonly estimate: { readonly runs: number; readonly usage: BacktestReport['spent']; readonly prices: BacktestReport['prices'] }
  readonly report: BacktestReport | undefined
  readonly results: readonly RunResult[]
}

/** Ctrl-C begins no further run; what was paid for is kept, and the report says how far it came. */
async function tried(rondo: Rondo, change: Change, selection: Selection, options: BacktestOptions, line: LiveLine): Promise<Ended> {
  const stopping = new AbortController()
  const stop = (): void => stopping.abort()
  process.once('SIGINT', stop)
  try {
    let estimate: Ended['estimate'] | undefined
    const results: RunResult[] = []
    for await (const progress of backtest(rondo, change, selection, { ...options, signal: stopping.signal })) {
      if (progress.kind === 'estimate') {
        estimate = progress
        line.print(
          `${counted(progress.runs, 'run')}; what the change touches costs about ${humanUsd(progress.usage.microUsd)} ${atPrices(progress.prices)}.`,
        )
      } else if (progress.kind === 'run') {
        if (selection.runs !== undefined) results.push(progress.result)
        line.progress(progress.done, progress.of, 'run')
      } else if (estimate !== undefined) return { estimate, report: progress.report, results }
    }
    if (estimate === undefined) throw new RondoError('stopped', 'The backtest was stopped before it had begun.')
    return { estimate, report: undefined, results }
  } finally {
    process.off('SIGINT', stop)
  }
}

async function changeOf({ prompt = [], model = [], code, step = [] }: Options, project: Project, rondo: Rondo): Promise<Change> {
  if (prompt.length + model.length + step.length === 0 && code !== true)
    throw usage('Say what is changed: --prompt NAME@FILE, --model NAME=provider/model, --step NAME, or --code for the code as it is here.')
  const texts = await Promise.all(prompt.map((given) => promptText(given, project, rondo)))
  return {
    ...(texts.length > 0 && { prompts: Object.fromEntries(texts) }),
    ...(model.length > 0 && { models: Object.fromEntries(model.map((given) => pair(given, '=', '--model reply=openai/gpt-5-mini'))) }),
    ...(step.length > 0 && { steps: step }),
    ...(code === true && { code }),
  }
}

/** A draft that lies beside the prompt, a text that is kept under a label or version, or a file by its path. */
async function promptText(given: string, { folder, options }: Project, { prompts }: Rondo): Promise<[string, string]> {
  const [name, draft] = pair(given, '@', '--prompt classify@draft')
  const beside = resolve(folder, options.prompts ?? 'prompts', `${name}.${draft}.prompt`)
  if (existsSync(beside)) return [name, readFileSync(beside, 'utf8')]
  const kept = await prompts.kept.find(name, draft)
  if (kept !== undefined) return [name, kept.text]
  const file = resolve(folder, draft)
  if (!existsSync(file))
    throw usage(
      `There is no draft ${beside}, no text of "${name}" with the label or version "${draft}", and no file ${file}. Write the other text into a file, or give it a label in the console.`,
    )
  return [name, readFileSync(file, 'utf8')]
}

async function selectionOf(options: Options, rondo: Rondo): Promise<Selection> {
  const { flow, since, before, release, segment, sample, seed, mustPass, run } = options
  const now = systemClock.now()
  return {
    ...(mustPass === true && { of: 'must-pass' as const }),
    ...(flow !== undefined && { flow }),
    ...(since !== undefined && { from: now - since }),
    ...(before !== undefined && { until: now - before }),
    ...(release !== undefined && { release }),
    ...(segment !== undefined && { segment }),
    ...(sample !== undefined && { sample }),
    ...(seed !== undefined && { seed }),
    ...(run !== undefined && { runs: (await Promise.all(run.map((id) => findRun(rondo, id)))).map(({ id }) => id) }),
  }
}

function howOf({ usd, unpriced, estimate, margin, alpha, candidates, concurrency }: Options): BacktestOptions {
  return {
    usd,
    ...(unpriced !== undefined && { unpriced }),
    ...(estimate === true && { estimateOnly: true }),
    ...(margin !== undefined && { margin }),
    ...(alpha !== undefined && { alpha }),
    ...(candidates !== undefined && { candidates }),
    ...(concurrency !== undefined && { concurrency }),
  }
}

function pair(given: string, separator: string, example: string): [string, string] {
  const at = given.indexOf(separator)
  if (at > 0 && at < given.length - 1) return [given.slice(0, at), given.slice(at + 1)]
  throw usage(`"${given}" does not say which and what: write it as in ${example}.`)
}

/** For commander: an option that may come several times. */
function repeated(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text]
}

function amount(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('It takes an amount in dollars, as in 2.50.')
}

function share(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value < 1) return value
  throw new InvalidArgumentError('It takes a share such as 0.02.')
}

/**
 * `rondo try FILE`: what past decisions say of how much could stand alone. Needs no project, no database and no key.
 */
import { createReadStream, statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { humanUsd, RondoError, type TrialOptions, type TrialReport, trial } from '../../index.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { type Globals, loadDatabase } from '../config.ts'
import { wholeNumber } from '../given.ts'
import { type Output, paint, screenWidth, usage } from '../output.ts'
import { oneLine } from '../text.ts'
import { reportPage } from '../try/page.ts'
import { TrialProgress } from '../try/progress.ts'
import { reportText } from '../try/report-text.ts'
import { number } from '../try/words.ts'

interface Options {
  readonly text?: readonly string[]
  readonly answer?: string
  readonly prediction?: string
  readonly confidence?: string
  readonly against?: string
  readonly againstConfidence?: string
  readonly segment?: readonly string[]
  readonly header?: string
  readonly format?: 'csv' | 'jsonl'
  readonly learner?: boolean
  readonly model?: string
  readonly budget?: number
  readonly maxError?: number
  readonly confidenceLevel?: number
  readonly audit?: number
  readonly burnIn?: number
  readonly margin?: number
  readonly learnFirst?: number
  readonly seed?: string
  readonly inOrder?: boolean
  readonly limit?: number
  readonly html?: string
}

export function addTry(program: Command): void {
  program
    .command('try')
    .summary('try past decisions from a file')
    .description(
      'Takes past decisions from a file (CSV or JSON Lines: what was asked, what people decided) once more as if they came in now, and says how much could have stood alone, from when on and with which guarantee; which answers are taken for each other; which rows look mislabelled; what to do next. Proposals come from columns of the file if it has them, else from the built-in learner, or from a language model with --model. Nothing leaves this machine, but for --model.',
    )
    .argument('<file>', 'the file; - for stdin')
    .option('--text <column>', 'what was asked; several times for several columns (default: guessed)', severalColumns)
    .option('--answer <column>', 'what people decided (default: guessed)')
    .option('--prediction <column>', 'recorded proposals (default: guessed, or the learner)')
    .option('--confidence <column>', 'their confidence, from 0 to 1 or in percent (default: guessed)')
    .option('--against <column>', 'recorded proposals of the system in use, to compare with')
    .option('--against-confidence <column>', 'their confidence')
    .option('--segment <column>', 'look at each value of this column by itself; may come several times', severalColumns)
    .option('--header <names>', 'names of the columns, with commas, where the first row of a CSV file is data already')
    .option('--format <format>', 'csv or jsonl (default: by the name of the file)', formatNamed)
    .option('--learner', 'the built-in learner proposes, whatever the file has recorded')
    .option('--model <provider/name>', 'a language model proposes')
    .option('--budget <usd>', 'what it may cost (default: 1)', positive)
    .option('--max-error <share>', 'at most this share of what stands alone is wrong (default: 0.05)', share)
    .option('--confidence-level <share>', 'how sure that is (default: 0.95)', share)
    .option('--audit <share>', 'the share people see of what could stand alone (default: 0.1)', share)
    .option('--burn-in <number>', 'answers that set the thresholds (default: 100)', wholeNumber(1))
    .option('--margin <share>', 'with --against: so much less often right counts as not worse (default: 0.02)', share)
    .option(
      '--learn-first <number>',
      'rows the learner knows before the first decision (default: 40 for each answer, half at most)',
      wholeNumber(0),
    )
    .option('--seed <text>', 'draws another order and other audits (default: 1)')
    .option('--in-order', 'take the rows as they stand, instead of in a drawn order')
    .option('-n, --limit <number>', 'at most so many rows', wholeNumber(1))
    .option('--html <file>', 'write the report as a page, too')
    .addHelpText(
      'after',
      examples([
        'rondo try tickets.csv',
        'rondo try tickets.csv --text subject --text body --answer queue --segment country',
        'rondo try tickets.csv --prediction new --confidence new_score --against old --html report.html',
        'rondo try tickets.csv --model openai/gpt-5-mini --limit 500 --budget 2',
      ]),
    )
    .action(async (file: string, options: Options, command: Command) => {
      const globals = globalsOf(command)
      const output = outputOf(command)
      const page = options.html === undefined ? undefined : resolve(globals.cwd, options.html)
      const report = await tried(file, options, globals, output)
      const name = file === '-' ? 'stdin' : file
      output.result(report, () => reportText(report, { file: name, width: screenWidth() }))
      if (page === undefined) return
      write(page, reportPage(report, name))
      output.note(`${paint('green', '✓', process.stderr)} The page is ${oneLine(page)}`)
    })
}

async function tried(file: string, options: Options, globals: Globals, output: Output): Promise<TrialReport> {
  const source = sourceOf(file, globals.cwd)
  const progress = new TrialProgress({ quiet: output.json })
  const settings: TrialOptions = {
    ...optionsOf(options, file),
    ...(options.model !== undefined && (await modelsOf(globals))),
    onProgress: (now) => progress.show(now),
    onEstimate: ({ model, decisions, inputTokens, outputTokens, microUsd, budgetMicroUsd }) => {
      const tokens = `about ${number(inputTokens)} tokens in and ${number(outputTokens)} out`
      const over =
        microUsd !== undefined && microUsd > budgetMicroUsd
          ? ` The budget lasts for about ${number(Math.floor((decisions * budgetMicroUsd) / microUsd))} of them.`
          : ''
      const cost = microUsd === undefined ? 'and nobody has told what it costs, so at most 500 are asked' : `about ${humanUsd(microUsd)}`
      output.note(
        `Asking ${oneLine(model)} for ${number(decisions)} decisions: ${tokens}, ${cost}. Budget ${humanUsd(budgetMicroUsd)} (--budget).${over}`,
      )
    },
  }
  try {
    return await trial(source, settings)
  } catch (error) {
    throw withPlace(error, file)
  } finally {
    progress.end()
  }
}

function optionsOf(options: Options, file: string): TrialOptions {
  const { text, answer, prediction, confidence, against, againstConfidence, segment, learner, model, confidenceLevel, header } = options
  if (learner === true && model !== undefined) throw usage('--learner and --model both say who proposes: give one of them.')
  if (prediction !== undefined && (learner === true || model !== undefined))
    throw usage(
      '--prediction takes recorded proposals, and --learner or --model makes new ones: give one of them. To compare the two, use --against.',
    )
  if (confidence !== undefined && prediction === undefined)
    throw usage('--confidence says how sure recorded proposals are: name them with --prediction.')
  if (againstConfidence !== undefined && against === undefined)
    throw usage('--against-confidence says how sure recorded proposals are: name them with --against.')
  const { maxError, audit, burnIn, margin, learnFirst, seed, inOrder, limit, budget } = options
  return {
    format: options.format ?? (/\.(jsonl|ndjson|json)$/i.test(file) ? 'jsonl' : 'csv'),
    columns: {
      ...(text !== undefined && { text }),
      ...(answer !== undefined && { answer }),
      ...(prediction !== undefined && { prediction }),
      ...(confidence !== undefined && { confidence }),
      ...(against !== undefined && { against }),
      ...(againstConfidence !== undefined && { againstConfidence }),
      ...(segment !== undefined && { segments: segment }),
      guessPrediction: learner !== true && model === undefined,
    },
    ...(header !== undefined && { header: header.split(',').map((name) => name.trim()) }),
    ...(model !== undefined && { model }),
    ...(confidenceLevel !== undefined && { confidence: confidenceLevel }),
    ...(maxError !== undefined && { maxError }),
    ...(audit !== undefined && { audit }),
    ...(burnIn !== undefined && { burnIn }),
    ...(margin !== undefined && { margin }),
    ...(learnFirst !== undefined && { learnFirst }),
    ...(seed !== undefined && { seed }),
    ...(inOrder !== undefined && { inOrder }),
    ...(limit !== undefined && { limit }),
    ...(budget !== undefined && { budget }),
  }
}

/** Providers, limits and prices as the project has them, where there is one. */
async function modelsOf(globals: Globals): Promise<Pick<TrialOptions, 'models'>> {
  const { providers, models, prices } = (await loadDatabase(globals)).options
  return {
    models: {
      ...(providers !== undefined && { providers }),
      ...(models !== undefined && { models }),
      ...(prices !== undefined && { prices }),
    },
  }
}

function sourceOf(file: string, cwd: string): AsyncIterable<string | Uint8Array> {
  if (file === '-') return process.stdin
  const path = resolve(cwd, file)
  try {
    if (statSync(path).isFile()) return createReadStream(path)
  } catch (error) {
    throw usage(`There is no file ${path} that can be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  throw usage(`${path} is no file.`)
}

function write(page: string, html: string): void {
  try {
    writeFileSync(page, html)
  } catch (error) {
    throw usage(`The page cannot be written to ${page}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** What is wrong with a file is said with its name; what is wrong with a promise was wrong on the command line. */
function withPlace(error: unknown, file: string): unknown {
  if (!(error instanceof RondoError)) return error
  if (error.code === 'invalid_definition') return usage(error.message.replace('earned(): ', ''))
  if (error.code === 'invalid_input' || error.code === 'usage')
    return new RondoError(error.code, `${file}: ${error.message}`, { cause: error, details: error.details })
  return error
}

function severalColumns(name: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), name]
}

function formatNamed(text: string): 'csv' | 'jsonl' {
  if (text === 'csv' || text === 'jsonl') return text
  throw new InvalidArgumentError('It is csv or jsonl.')
}

function share(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('It takes a share from 0 to 1, such as 0.05.')
}

function positive(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('It takes a number of dollars, such as 2.50.')
}

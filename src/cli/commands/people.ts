/**
 * `rondo people [DECISION]`: how far the people who answer agree, how often each is wrong, how long an answer takes, who has how much.
 */
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { humanDuration } from '../../duration.ts'
import { type ReviewersReport, readAnswers, reviewersOf, reviewersReport } from '../../index.ts'
import { percent } from '../chart.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { collect, wholeNumber } from '../given.ts'
import { withDatabase } from '../open.ts'
import { paint, usage } from '../output.ts'
import { columns, counted, oneLine } from '../text.ts'
import { knownDecision } from './cases.ts'

interface Options {
  readonly file?: string
  readonly columns?: readonly string[]
  readonly limit: number
}

export function addPeople(program: Command): void {
  program
    .command('people')
    .summary('how far people agree, and how often each is wrong')
    .description(
      "For each decision: Krippendorff's alpha, how often each person is likely to be wrong (Dawid & Skene), what disagreement proves, how long an answer takes, and who answers how much. It needs questions that several people answered: { people: { double: 0.1 } } has a share answered by two, blind. Or reads answers from a file of your own.",
    )
    .argument('[decision]', 'only this one')
    .option('--file <file>', 'answers in a CSV file instead: item, by, answer, and if known gold, seconds')
    .option('--columns <names>', 'what its columns are, in order, when its first row is an answer already', collect)
    .option('-n, --limit <number>', 'at most so many people', wholeNumber(1), 20)
    .addHelpText(
      'after',
      examples(['rondo people', 'rondo people folder', 'rondo people --file labels.csv --columns by,item,answer,gold,seconds']),
    )
    .action(async (decision: string | undefined, options: Options, command: Command) => {
      const globals = globalsOf(command)
      const output = outputOf(command)
      if (options.file !== undefined) {
        if (decision !== undefined) throw usage('Give a decision or --file, not both.')
        const report = await fromFile(resolve(globals.cwd, options.file), options)
        return output.result({ items: [{ file: options.file, ...report }] }, () => reportLines(options.file ?? '', report, options.limit))
      }
      await withDatabase(globals, 'read', async (rondo) => {
        if (decision !== undefined) await knownDecision(rondo, decision)
        const names = decision === undefined ? (await rondo.store.cases.count()).map((one) => one.decision) : [decision]
        const items: ({ decision: string } & ReviewersReport)[] = []
        for (const name of names) items.push({ decision: name, ...(await reviewersOf(rondo.store.cases, name)) })
        output.result({ items }, () => {
          const answered = items.filter(({ answers }) => answers > 0)
          if (answered.length === 0) return ['Nobody has answered anything yet.']
          return answered.flatMap((report) => [...reportLines(report.decision, report, options.limit), '']).slice(0, -1)
        })
      })
    })
}

async function fromFile(file: string, { columns }: Options): Promise<ReviewersReport> {
  try {
    return reviewersReport(await readAnswers(createReadStream(file), columns === undefined ? {} : { columns }))
  } catch (error) {
    throw error instanceof Error && 'code' in error && error.code === 'ENOENT' ? usage(`There is no file ${file}.`) : error
  }
}

function reportLines(name: string, report: ReviewersReport, limit: number): string[] {
  const { reviewers } = report
  return [
    `${paint('bold', oneLine(name))}  ${counted(report.answers, 'answer')} by ${counted(reviewers.length, 'person', 'people')} to ${counted(report.items, 'question')}`,
    ...agreementLines(report),
    ...noddingLines(report),
    '',
    ...personLines(report, limit),
    ...contestedLines(report),
  ]
}

function agreementLines({ several, alone, alpha, error, goldError, likelyRight, seconds }: ReviewersReport): string[] {
  const field = (title: string, text: string): string => `  ${paint('dim', title.padEnd(22))} ${text}`
  const took = seconds === undefined ? [] : [field('an answer takes', `${humanDuration(seconds * 1000)} (median)`)]
  if (several.n === 0)
    return [
      paint('yellow', '  No question was answered by two people, so nothing is known of how right they are: people: { role, double: 0.1 }'),
      ...took,
    ]
  return [
    field('answered by several', `${counted(several.n, 'question')}, ${several.differed} of them not alike`),
    field("Krippendorff's α", alpha === undefined ? '– (all said the same)' : `${alpha.toFixed(3)}  ${paint('dim', wordFor(alpha))}`),
    field('likely wrong', error === undefined ? '– (too many kinds of answers)' : `${percent(error)} of their answers (Dawid & Skene)`),
    ...(alone.n === 0
      ? []
      : [
          field(
            'proven',
            `at least ${percent(alone.errorAtLeast)} are wrong, whatever the truth is (95 %): two people who answer by themselves differ on ${percent(alone.differing)}`,
          ),
        ]),
    ...(goldError === undefined
      ? []
      : [
          field('against the truth', `${percent(goldError)} wrong; the likely truth is right for ${percent(likelyRight)} of the questions`),
        ]),
    ...took,
  ]
}

/** As Krippendorff reads it. */
function wordFor(alpha: number): string {
  if (alpha >= 0.8) return 'reliable'
  return alpha >= 0.667 ? 'good enough for tentative conclusions' : 'too low to rely on'
}

function noddingLines({ agreedWithProposal: { shown, hidden } }: ReviewersReport): string[] {
  const said = (what: string, { n, agreed }: { n: number; agreed: number }): string[] =>
    n === 0 ? [] : [`${percent(agreed / n)} of ${counted(n, 'answer')} ${what}`]
  const parts = [...said('where they saw the proposal', shown), ...said('where they did not', hidden)]
  return parts.length === 0 ? [] : [`  ${paint('dim', 'said what was proposed'.padEnd(22))} ${parts.join(', ')}`]
}

function personLines({ reviewers }: ReviewersReport, limit: number): string[] {
  const hasGold = reviewers.some(({ goldError }) => goldError !== undefined)
  const hasTimes = reviewers.some(({ lastWeek }) => lastWeek !== undefined)
  const rows = reviewers
    .slice(0, limit)
    .map((one) => [
      oneLine(one.by),
      one.answers.toLocaleString('en-US'),
      percent(one.share),
      ...(hasTimes ? [String(one.lastWeek ?? '')] : []),
      one.error === undefined ? '' : percent(one.error),
      one.compared === 0 ? '' : String(one.compared),
      ...(hasGold ? [percent(one.goldError)] : []),
      one.seconds === undefined ? '' : humanDuration(one.seconds * 1000),
    ])
  const headings = [
    'person',
    '>answers',
    '>share',
    ...(hasTimes ? ['>last 7 days'] : []),
    '>likely wrong',
    '>of',
    ...(hasGold ? ['>wrong'] : []),
    '>takes',
  ]
  const left = reviewers.length - rows.length
  return [
    ...columns(headings, rows, (text) => paint('dim', text)),
    ...(left > 0 ? [paint('dim', `and ${left} more: --limit ${reviewers.length}`)] : []),
  ]
}

function contestedLines({ contested }: ReviewersReport): string[] {
  if (contested.length === 0) return []
  const rows = contested
    .slice(0, 5)
    .map(({ item, answers, likely }) => [
      oneLine(item).slice(0, 40),
      answers.map(({ answer, by }) => `${oneLine(answer)} ×${by.length}`).join('  '),
      `${oneLine(likely.answer)} (${percent(likely.probability)})`,
    ])
  return ['', ...columns(['most contested', 'answers', 'likely'], rows, (text) => paint('dim', text))]
}

/**
 * A trial's report on the terminal.
 *
 * Owns: what is said first, and how much. Never: computes: what is not in the report is not said. All that comes from the file passes `oneLine`.
 */
import type { TrialReport } from '../../index.ts'
import { paint } from '../output.ts'
import { counted, cut, oneLine } from '../text.ts'
import { hanging, INDENT, title } from './layout.ts'
import { confusionsText, suspectsText } from './patterns-text.ts'
import { aloneText, comparisonText, segmentsText, whatIfText } from './standing-text.ts'
import { confidenceWords, number, proposerWords } from './words.ts'

const FINDINGS_ROWS = 8
const WIDEST = 100

export interface Page {
  readonly file: string
  readonly width: number
}

/** The lines of the report. */
export function reportText(report: TrialReport, page: Page): string[] {
  const wide = Math.min(page.width, WIDEST)
  const sections: readonly (readonly string[])[] = [
    opening(report, page.file, wide),
    comparisonText(report, wide),
    aloneText(report, wide),
    whatIfText(report),
    segmentsText(report, wide),
    confusionsText(report, wide),
    suspectsText(report, wide),
    findingsText(report, wide),
    nextText(report, wide),
  ]
  return sections.filter((lines) => lines.length > 0).flatMap((lines) => [...lines, ''])
}

function opening(report: TrialReport, file: string, wide: number): string[] {
  const { rows, columns: used, answers } = report
  const guessed = (name: string): string => (used.guessed.includes(name) ? paint('dim', ' (guessed)') : '')
  const facts: [string, string][] = [
    ['answer', `${named(used.answer)}${guessed('answer')}, ${counted(answers.distinct, 'different answer')}`],
    ...(used.text.length > 0 ? [['text', `${used.text.map(named).join(', ')}${guessed('text')}`] as [string, string]] : []),
    ['proposals', `${oneLine(proposerWords(report))}${guessed('prediction')}`],
    ['confidence', `${oneLine(confidenceWords(report))}${guessed('confidence')}`],
    ['rows', rowsWords(rows)],
  ]
  if (report.cost !== undefined) {
    const { spent } = report.cost
    const failed = spent.failed > 0 ? `, ${counted(spent.failed, 'reply', 'replies')} of no use` : ''
    facts.push(['cost', `${counted(spent.calls, 'call')}, $${(spent.microUsd / 1e6).toFixed(4)}${failed}`])
  }
  return [
    paint('bold', `A trial of ${cut(oneLine(file), wide - 11)}`),
    '',
    ...facts.flatMap(([name, text]) => hanging(`${INDENT}${paint('dim', name.padEnd(11))}`, text, wide)),
  ]
}

function rowsWords({ read, leftOut, learnedBefore, decided, order, seed }: TrialReport['rows']): string {
  return [
    `${number(read)} in the file`,
    ...(leftOut > 0 ? [`${number(leftOut)} left out`] : []),
    ...(learnedBefore > 0 ? [`${number(learnedBefore)} learned before, as if imported`] : []),
    `${number(decided)} decided one by one${order === 'seeded' ? `, in an order drawn with seed ${oneLine(seed)}` : ', in the order of the file'}`,
  ].join('; ')
}

function findingsText({ findings }: TrialReport, wide: number): string[] {
  if (findings.length === 0) return []
  return [
    title('About the data'),
    ...findings.flatMap(({ message, rows, count, leftOut }) =>
      hanging(
        `${INDENT}${leftOut ? paint('yellow', '!') : '·'} `,
        `${oneLine(message)}${leftOut ? ' Left out.' : ''} ${rows.length === 0 ? '' : paint('dim', `${rows.length === 1 ? 'Row' : 'Rows'} ${rows.slice(0, FINDINGS_ROWS).join(', ')}${count > FINDINGS_ROWS ? ', …' : ''}`)}`.trimEnd(),
        wide,
      ),
    ),
  ]
}

function nextText({ next }: TrialReport, wide: number): string[] {
  if (next.length === 0) return []
  return [
    title('What to do next'),
    ...next.flatMap(({ title: what, why, code }, at) => [
      ...hanging(`${INDENT}${at + 1}. `, paint('bold', oneLine(what)), wide),
      ...hanging('     ', oneLine(why), wide),
      ...(code === undefined ? [] : [`     ${paint('cyan', oneLine(code))}`]),
    ]),
  ]
}

function named(column: string): string {
  return `"${oneLine(column)}"`
}

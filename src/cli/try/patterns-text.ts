/**
 * Where proposals are wrong, and rows whose answer is in doubt, on the terminal.
 */
import type { TrialReport } from '../../index.ts'
import { paint } from '../output.ts'
import { counted, cut, oneLine } from '../text.ts'
import { hanging, INDENT, title, wrapped } from './layout.ts'
import { confusionsOf, directionWords, number, sure } from './words.ts'

const CONFUSIONS = 6
const NEVER = 3
const INSTEAD = 4
const SUSPECTS = 8

export function confusionsText(report: TrialReport, wide: number): string[] {
  const { settled, proposer } = report
  const { never, pairs } = confusionsOf(report)
  if (never.length === 0 && pairs.length === 0) return []
  return [
    title(`Taken for each other (${counted(settled.errors, 'error')}${proposer.learns ? ', in the second half' : ''})`),
    ...never
      .slice(0, NEVER)
      .flatMap(({ answer, n, proposed }) => [
        ...hanging(
          `${INDENT}${paint('bold', number(n).padStart(5))}  `,
          `${oneLine(answer)} ${paint('yellow', 'is never proposed')}${proposed.length === 0 ? '' : paint('dim', `, instead ${insteadWords(proposed)}`)}`,
          wide,
        ),
        ...proposed.slice(0, 2).flatMap(({ examples: [example] }) => (example === undefined ? [] : [exampleLine(example, wide)])),
      ]),
    ...(never.length > NEVER
      ? [
          paint(
            'dim',
            `${' '.repeat(9)}and ${number(never.length - NEVER)} more that ${never.length === NEVER + 1 ? 'is' : 'are'} never proposed`,
          ),
        ]
      : []),
    ...pairs
      .slice(0, CONFUSIONS)
      .flatMap(({ answers: [one, other], count, directions: [there, back], examples }) => [
        ...hanging(
          `${INDENT}${paint('bold', number(count).padStart(5))}  `,
          `${oneLine(one)} ↔ ${oneLine(other)}  ${paint('dim', directionWords(there, back))}`,
          wide,
        ),
        ...examples.slice(0, 2).map((example) => exampleLine(example, wide)),
      ]),
  ]
}

function insteadWords(proposed: readonly { readonly answer: string; readonly count: number }[]): string {
  const more = proposed.length > INSTEAD ? ', …' : ''
  return `${proposed
    .slice(0, INSTEAD)
    .map(({ answer, count }) => `${oneLine(answer)} (${number(count)})`)
    .join(', ')}${more}`
}

function exampleLine(
  { row, text, answer, proposed }: TrialReport['suspects'][number] | TrialReport['confusions'][number]['examples'][number],
  wide: number,
): string {
  const said = text === '' ? `${oneLine(answer)}, proposed ${oneLine(proposed)}` : oneLine(text)
  return `${' '.repeat(9)}${paint('dim', `row ${String(row).padEnd(6)} ${cut(said, wide - 21)}`)}`
}

export function suspectsText({ suspects }: TrialReport, wide: number): string[] {
  if (suspects.length === 0) return []
  return [
    title(`Perhaps mislabelled (${suspects.length >= 100 ? 'the 100 surest' : number(suspects.length)})`),
    ...wrapped(
      paint(
        'dim',
        'A sure proposal and the recorded answer differ where proposals as sure are right nine times in ten or more. Some are mislabelled, some are the predictor’s own errors.',
      ),
      wide,
    ),
    ...suspects
      .slice(0, SUSPECTS)
      .flatMap((suspect) => [
        ...hanging(
          `${INDENT}${paint('bold', `row ${String(suspect.row).padEnd(6)}`)} `,
          `${oneLine(suspect.answer)} → ${paint('yellow', `${oneLine(suspect.proposed)}?`)}  ${paint('dim', sure(suspect.confidence))}`,
          wide,
        ),
        ...(suspect.text === '' ? [] : [`${' '.repeat(13)}${paint('dim', cut(oneLine(suspect.text), wide - 14))}`]),
      ]),
    ...(suspects.length > SUSPECTS ? [paint('dim', `${INDENT}${suspects.length - SUSPECTS} more with --html or --json`)] : []),
  ]
}

/**
 * Where proposals are wrong, rows whose answer is in doubt, and how each answer fares, on a trial's page.
 */
import type { TrialReport } from '../../index.ts'
import { counted } from '../text.ts'
import { bar } from './charts.ts'
import { type Markup, markup } from './markup.ts'
import { table } from './page-table.ts'
import { confusionsOf, directionWords, number, shareOf, sure } from './words.ts'

const CONFUSIONS = 20
const SUSPECTS_OPEN = 15
const ANSWERS = 100

export function confusionsSection(report: TrialReport): Markup | undefined {
  const { settled, proposer } = report
  const { never, pairs } = confusionsOf(report)
  if (never.length === 0 && pairs.length === 0) return undefined
  const rows = (examples: TrialReport['confusions'][number]['examples']): Markup =>
    markup`<ul class="rows">${examples.map(({ row, text }) => markup`<li>row ${row}: ${text}</li>`)}</ul>`
  return markup`<section><h2>Taken for each other</h2><p class="soft">${counted(settled.errors, 'error')}${proposer.learns && ' in the second half'}</p>${table(
    ['>', 'answers', 'rows'],
    [
      ...never
        .slice(0, CONFUSIONS)
        .map(({ answer, n, proposed }) => [
          number(n),
          markup`${answer} <span class="warn">is never proposed</span>${proposed.length > 0 && markup`<br><small>instead ${proposed.map(({ answer: other, count }) => `${other} (${number(count)})`).join(', ')}</small>`}`,
          rows(proposed.slice(0, 5).flatMap(({ examples: [example] }) => example ?? [])),
        ]),
      ...pairs
        .slice(0, CONFUSIONS)
        .map(({ answers: [one, other], count, directions: [there, back], examples }) => [
          number(count),
          markup`${one} ↔ ${other}<br><small>${directionWords(there, back)}</small>`,
          rows(examples),
        ]),
    ],
  )}</section>`
}

export function suspectsSection({ suspects }: TrialReport): Markup | undefined {
  if (suspects.length === 0) return undefined
  const listed = (from: number, to?: number): Markup =>
    table(
      ['>row', 'text', 'people', 'proposed', '>confidence'],
      suspects
        .slice(from, to)
        .map(({ row, text, answer, proposed, confidence }) => [
          String(row),
          text,
          answer,
          markup`<span class="warn">${proposed}?</span>`,
          sure(confidence),
        ]),
    )
  return markup`<section><h2>Perhaps mislabelled</h2>
<p class="soft">A sure proposal and the recorded answer differ, where proposals as sure are right nine times in ten or more. Some are mislabelled, some are the predictor’s own errors.</p>
${listed(0, SUSPECTS_OPEN)}${suspects.length > SUSPECTS_OPEN && markup`<details><summary>${number(suspects.length - SUSPECTS_OPEN)} more</summary>${listed(SUSPECTS_OPEN)}</details>`}</section>`
}

export function answersSection({ byAnswer }: TrialReport): Markup {
  return markup`<section><h2>By answer</h2>${table(
    ['', '>people', '>found', '', '>proposed', '>rightly', '>alone', '>wrong'],
    byAnswer
      .slice(0, ANSWERS)
      .map(({ answer, n, found, proposed, right, alone, aloneErrors }) => [
        answer,
        number(n),
        shareOf(found, n),
        bar(n === 0 ? 0 : found / n),
        number(proposed),
        shareOf(right, proposed),
        number(alone),
        number(aloneErrors),
      ]),
  )}<p><small>Found: of the decisions where people said so, how many proposals did. Rightly: of the proposals, how often people agreed.${byAnswer.length > ANSWERS && ` The ${number(ANSWERS)} most frequent of ${number(byAnswer.length)}.`}</small></p></section>`
}

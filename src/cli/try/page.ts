/**
 * A trial's report as one page: nothing it needs is elsewhere, and nothing in it is asked of any other machine.
 *
 * Invariants:
 *   H1. No script, and a content security policy that would let none run or load.
 *   H2. Everything that comes from the file passes `markup`, which escapes it.
 */
import type { TrialReport } from '../../index.ts'
import { percent } from '../chart.ts'
import { counted } from '../text.ts'
import { bar, confidenceGraph, coverageGraph, differenceGraph, loadGraph } from './charts.ts'
import { Markup, markup } from './markup.ts'
import { answersSection, confusionsSection, suspectsSection } from './page-patterns.ts'
import { STYLE } from './page-style.ts'
import { table } from './page-table.ts'
import { confidenceWords, headline, missingWords, number, points, proposerWords, shareOf, sure, wrongOf } from './words.ts'

/** The whole page. */
export function reportPage(report: TrialReport, file: string): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Trial of ${file}</title>
<style>${STYLE_MARKUP}</style>
</head>
<body>
${opening(report, file)}
${nextSection(report)}
${comparisonSection(report)}
${aloneSection(report)}
${segmentsSection(report)}
${confusionsSection(report)}
${suspectsSection(report)}
${answersSection(report)}
${findingsSection(report)}
</body>
</html>
`.html
}

/** The style sheet has quotes and brackets of its own, and nothing of the file. */
const STYLE_MARKUP = new Markup(STYLE)

function opening(report: TrialReport, file: string): Markup {
  const { rows, columns, answers, standing, settled, segments, cost } = report
  const guessed = (name: string): Markup | false => columns.guessed.includes(name) && markup` <small>(guessed)</small>`
  const isCertified = standing.certifiedAfter !== undefined && standing.alone.n > 0
  return markup`<header>
<h1>A trial of ${file}</h1>
<p class="soft">Past decisions, taken once more as if they came in now.</p>
<p class="headline ${isCertified ? '' : 'no'}">${headline(report)}</p>
${isCertified ? false : markup`<p>${missingWords(report)}</p>`}
<div class="tiles">
${tile(shareOf(settled.n - settled.errors, settled.n), report.proposer.learns ? 'of the proposals right, second half' : 'of the proposals right')}
${tile(isCertified ? percent(standing.lastThird.share) : '100 %', 'of decisions seen by people, last third')}
${tile(number(standing.alone.n), 'stood alone')}
${tile(shareOf(standing.alone.errors, standing.alone.n), 'of these wrong in truth')}
</div>
<dl>
<dt>answer</dt><dd>${columns.answer}${guessed('answer')}, ${counted(answers.distinct, 'different answer')}; the commonest is ${answers.commonest.answer} (${percent(answers.commonest.share)})</dd>
${columns.text.length > 0 && markup`<dt>text</dt><dd>${columns.text.join(', ')}${guessed('text')}</dd>`}
<dt>proposals</dt><dd>${proposerWords(report)}${guessed('prediction')}</dd>
<dt>confidence</dt><dd>${confidenceWords(report)}${guessed('confidence')}</dd>
${segments.length > 0 && markup`<dt>segments</dt><dd>${columns.segments.join(', ')}</dd>`}
<dt>rows</dt><dd>${number(rows.read)} in the file${rows.leftOut > 0 && `, ${number(rows.leftOut)} left out`}${rows.learnedBefore > 0 && `, ${number(rows.learnedBefore)} learned before as if imported`}, ${number(rows.decided)} decided one by one ${rows.order === 'seeded' ? `in an order drawn with seed ${rows.seed}` : 'in the order of the file'}</dd>
${cost !== undefined && markup`<dt>cost</dt><dd>${counted(cost.spent.calls, 'call')}, $${(cost.spent.microUsd / 1e6).toFixed(4)}</dd>`}
</dl>
</header>`
}

function tile(value: string, what: string): Markup {
  return markup`<div class="tile"><b>${value}</b><small>${what}</small></div>`
}

function nextSection({ next }: TrialReport): Markup | undefined {
  if (next.length === 0) return undefined
  return markup`<section><h2>What to do next</h2><ol class="next">${next.map(
    ({ title, why, code }) => markup`<li><b>${title}</b> ${why}${code !== undefined && markup`<br><code>${code}</code>`}</li>`,
  )}</ol></section>`
}

function comparisonSection({ comparison }: TrialReport): Markup | undefined {
  if (comparison === undefined) return undefined
  const { candidate, current, report, margin, right, standings, losses, wins } = comparison
  const alone = (standing: typeof standings.current): string =>
    standing.certifiedAfter === undefined ? 'nothing' : `${percent(1 - standing.lastThird.share)} of the last third`
  const rows = [{ segment: 'all', ...report.overall }, ...report.segments]
  const tone = report.verdict === 'worse' ? 'bad' : report.verdict === 'inconclusive' ? 'no' : ''
  return markup`<section><h2>${candidate} against ${current}</h2>
<p class="headline ${tone}">${report.verdict}${report.blockedBy.length > 0 && `, blocked by ${report.blockedBy.join(', ')}`}</p>
<p>Right: ${shareOf(right.candidate.n - right.candidate.errors, right.candidate.n)} against ${shareOf(right.current.n - right.current.errors, right.current.n)}. Could stand alone: ${alone(standings.candidate)} against ${alone(standings.current)}. Up to ${percent(margin)} less often right counts as not worse.</p>
<figure>${differenceGraph(comparison)}</figure>
${table(
  ['', '>decisions', '>only new right', '>only old right', '>points', '>between', 'verdict'],
  rows.map(({ segment, n, wins: won, losses: lost, mean, low, high, verdict }) => [
    segment,
    number(n),
    number(won),
    number(lost),
    points(mean),
    `${points(low)} … ${points(high)}`,
    markup`<span class="${verdict === 'worse' ? 'bad' : ''}">${verdict}</span>`,
  ]),
)}
${differences('Where only the old one is right', losses, candidate, current)}${differences('Where only the new one is right', wins, candidate, current)}</section>`
}

function differences(
  summary: string,
  rows: NonNullable<TrialReport['comparison']>['losses'],
  candidate: string,
  current: string,
): Markup | undefined {
  if (rows.length === 0) return undefined
  return markup`<details><summary>${summary}: ${number(rows.length)} rows</summary>${table(
    ['>row', 'text', 'people', candidate, current],
    rows.map((one) => [number(one.row), one.text, one.answer, one.proposed, one.current]),
  )}</details>`
}

function aloneSection(report: TrialReport): Markup {
  const { standing } = report
  const certificate = standing.certificates.findLast(({ certified }) => certified)
  return markup`<section><h2>What could stand alone</h2>
${standing.certifiedAfter === undefined ? markup`<p>${headline(report)} ${missingWords(report)}</p>` : markup`<figure><figcaption>People’s load</figcaption>${loadGraph(report)}</figure>`}
${certificate !== undefined && markup`<p>Certified from a confidence of ${sure(certificate.tau)} on: people’s answers there were ${wrongOf(certificate)}, and the evidence stands at ${number(Math.round(certificate.eValue))} where ${number(Math.ceil(certificate.needed))} are needed. ${report.promise} Over the whole trial ${wrongOf(standing.alone)}.</p>`}
${standing.alarms.map(({ after, audited, errors }) => markup`<p class="warn">After decision ${number(after)} the alarm rang: ${number(errors)} of ${number(audited)} audits were wrong.</p>`)}
${whatIfTable(report)}
<div class="pair"><figure><figcaption>Does confidence keep its word?</figcaption>${confidenceGraph(report)}</figure>
<figure><figcaption>How far could it go, in hindsight?</figcaption>${coverageGraph(report)}</figure></div></section>`
}

function whatIfTable({ whatIf, terms }: TrialReport): Markup | undefined {
  if (whatIf.every(({ certifiedAfter }) => certifiedAfter === undefined)) return undefined
  return markup`<h2>Under other promises</h2>${table(
    ['>wrong at most', '>after decisions', '>people see, last third', '>stood alone', '>truly wrong'],
    whatIf.map(({ maxError, certifiedAfter, lastThirdShare, alone }) => [
      percent(maxError),
      certifiedAfter === undefined ? 'never' : number(certifiedAfter),
      percent(lastThirdShare),
      number(alone.n),
      shareOf(alone.errors, alone.n),
    ]),
    whatIf.findIndex(({ maxError }) => maxError === terms.maxError),
  )}`
}

function segmentsSection({ segments, terms }: TrialReport): Markup[] {
  return [...Map.groupBy(segments, ({ column }) => column)].map(
    ([column, inside]) =>
      markup`<section><h2>By ${column}</h2>${table(
        ['', '>decisions', '>right', '', '>people see', '>alone', '>wrong', '>own certificate'],
        inside.map(({ value, n, proposed, seenShare, alone, own }) => [
          value,
          number(n),
          shareOf(proposed.n - proposed.errors, proposed.n),
          bar(proposed.n === 0 ? 0 : (proposed.n - proposed.errors) / proposed.n),
          percent(seenShare),
          number(alone.n),
          markup`<span class="${alone.n > 0 && alone.errors / alone.n > terms.maxError ? 'bad' : ''}">${shareOf(alone.errors, alone.n)}</span>`,
          own.certifiedAfter === undefined ? 'never' : `after ${number(own.certifiedAfter)}`,
        ]),
      )}<p><small>Wrong: of what stood alone under the certificate of all together. Own certificate: had the segment had to earn by itself.</small></p></section>`,
  )
}

function findingsSection({ findings }: TrialReport): Markup | undefined {
  if (findings.length === 0) return undefined
  return markup`<section><h2>About the data</h2><ul>${findings.map(
    ({ message, rows, count, leftOut }) =>
      markup`<li>${message}${leftOut && markup` <span class="warn">Left out.</span>`} <small>Rows ${rows.join(', ')}${count > rows.length && ', …'}</small></li>`,
  )}</ul></section>`
}

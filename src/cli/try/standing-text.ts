/**
 * What could stand alone, under which promise and in which segment, and how two systems compare, on the terminal.
 */
import type { TrialReport } from '../../index.ts'
import { percent } from '../chart.ts'
import { paint } from '../output.ts'
import { counted, cut, oneLine } from '../text.ts'
import { hanging, INDENT, table, title, wrapped } from './layout.ts'
import { loadChart } from './load-chart.ts'
import { headline, missingWords, number, points, shareOf, sure, wrongOf } from './words.ts'

export function comparisonText({ comparison }: TrialReport, wide: number): string[] {
  if (comparison === undefined) return []
  const { candidate, current, report, margin, right, standings } = comparison
  const colour = report.verdict === 'worse' ? 'red' : report.verdict === 'inconclusive' ? 'yellow' : 'green'
  const blocks = report.blockedBy.length === 0 ? '' : `  Blocked by: ${report.blockedBy.map(oneLine).join(', ')}.`
  const row = (name: string, test: (typeof report)['overall'], isSegment: boolean): string[] => [
    name,
    number(test.n),
    number(test.wins),
    number(test.losses),
    points(test.mean),
    `${points(test.low)} … ${points(test.high)}`,
    isSegment && test.verdict === 'worse' ? paint('red', 'worse: blocks') : test.verdict,
  ]
  const alone = (standing: typeof standings.current): string =>
    standing.certifiedAfter === undefined ? 'nothing' : `${percent(1 - standing.lastThird.share)} of the last third`
  return [
    title(`${oneLine(candidate)} against ${oneLine(current)}`),
    ...wrapped(
      `${paint([colour, 'bold'], report.verdict)}${blocks}  Right: ${shareOf(right.candidate.n - right.candidate.errors, right.candidate.n)} against ${shareOf(right.current.n - right.current.errors, right.current.n)}. Could stand alone: ${alone(standings.candidate)} against ${alone(standings.current)}.`,
      wide,
    ),
    '',
    ...table(
      ['', '>n', '>new only', '>old only', '>points', '>between', 'verdict'],
      [
        row('all', report.overall, false),
        ...report.segments.map((segment) => row(cut(oneLine(segment.segment), Math.max(10, wide - 68)), segment, true)),
      ],
    ),
    ...wrapped(
      paint(
        'dim',
        `New only, old only: on how many decisions only that one is right. Up to ${percent(margin)} less often right counts as not worse. Each segment is tested at its share of the doubt.`,
      ),
      wide,
    ),
  ]
}

export function aloneText(report: TrialReport, wide: number): string[] {
  const { standing, terms, settled, proposer, answers, coverage } = report
  const isCertified = standing.certifiedAfter !== undefined && standing.alone.n > 0
  const why = missingWords(report)
  const certificate = standing.certificates.findLast(({ certified }) => certified)
  const reach = coverage.findLast(({ error }) => error <= terms.maxError)
  const rightShare = shareOf(settled.n - settled.errors, settled.n)
  const facts: [string, string][] = [
    [
      'right',
      `${rightShare} of ${counted(settled.n, 'proposal')}${proposer.learns ? ' of the second half' : ''}; always saying "${oneLine(answers.commonest.answer)}" would be right in ${percent(answers.commonest.share)}`,
    ],
    ...(isCertified
      ? ([
          [
            'alone',
            `${number(standing.alone.n)} of ${number(standing.decisions)} stood alone; in truth ${number(standing.alone.errors)} of them were wrong (${shareOf(standing.alone.errors, standing.alone.n)})`,
          ],
          ['people', `saw ${percent(standing.seenShare)} of all decisions, ${percent(standing.lastThird.share)} of the last third`],
        ] as [string, string][])
      : []),
    ...(certificate === undefined
      ? []
      : ([
          [
            'proof',
            `confidence ≥ ${sure(certificate.tau)}: ${wrongOf(certificate)}, evidence ${number(Math.round(certificate.eValue))}, needed ${number(Math.ceil(certificate.needed))}`,
          ],
        ] as [string, string][])),
    ...(standing.alarms.length > 0
      ? ([
          [
            'alarms',
            standing.alarms
              .map(({ after, audited, errors }) => `after decision ${number(after)} (${errors} of ${audited} audits wrong)`)
              .join(', '),
          ],
        ] as [string, string][])
      : []),
    [
      'in hindsight',
      reach === undefined
        ? `no confidence keeps to ${percent(terms.maxError)} wrong`
        : `the surest ${percent(reach.share)} keep to ${percent(terms.maxError)} wrong (confidence ≥ ${sure(reach.confidence)})`,
    ],
  ]
  return [
    title('What could stand alone'),
    ...wrapped(paint(isCertified ? 'green' : 'yellow', headline(report)), wide),
    ...(why === undefined ? [] : wrapped(why, wide)),
    '',
    ...facts.flatMap(([name, text]) => hanging(`${INDENT}${paint('dim', name.padEnd(13))}`, text, wide)),
    ...(isCertified
      ? [
          '',
          `${INDENT}${paint('dim', 'Share of decisions that people see, over time')}`,
          ...loadChart(standing.load, standing.certifiedAfter, Math.min(wide, 80) - 2).map((line) => INDENT + line),
          ...wrapped(paint('dim', report.promise), wide),
        ]
      : []),
  ]
}

export function whatIfText({ whatIf, terms }: TrialReport): string[] {
  if (whatIf.every(({ certifiedAfter }) => certifiedAfter === undefined)) return []
  const rows = whatIf.map(({ maxError, certifiedAfter, lastThirdShare, alone }) => {
    const cells = [
      percent(maxError),
      certifiedAfter === undefined ? 'never' : number(certifiedAfter),
      percent(lastThirdShare),
      number(alone.n),
      alone.n === 0 ? '–' : shareOf(alone.errors, alone.n),
    ]
    return maxError === terms.maxError ? cells.map((cell) => paint('bold', cell)) : cells
  })
  return [
    title('Under other promises'),
    ...table(['>wrong at most', '>after', '>people see at the end', '>stood alone', '>truly wrong'], rows),
  ]
}

export function segmentsText({ segments, terms }: TrialReport, wide: number): string[] {
  const byColumn = Map.groupBy(segments, ({ column }) => column)
  return [...byColumn].flatMap(([column, inside], at) => [
    ...(at === 0 ? [] : ['']),
    title(`By ${oneLine(column)}`),
    ...table(
      ['', '>decisions', '>right', '>people see', '>alone', '>wrong', '>own certificate'],
      inside.map(({ value, n, proposed, seenShare, alone, own }) => {
        const isOver = alone.n > 0 && alone.errors / alone.n > terms.maxError
        const wrong = shareOf(alone.errors, alone.n)
        return [
          cut(oneLine(value), Math.max(10, wide - 66)),
          number(n),
          shareOf(proposed.n - proposed.errors, proposed.n),
          percent(seenShare),
          number(alone.n),
          isOver ? paint('red', wrong) : wrong,
          own.certifiedAfter === undefined ? 'never' : `after ${number(own.certifiedAfter)}`,
        ]
      }),
    ),
    ...wrapped(
      paint(
        'dim',
        'Wrong: of what stood alone under the certificate of all together. Own certificate: had the segment had to earn by itself.',
      ),
      wide,
    ),
  ])
}

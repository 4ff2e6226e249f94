/**
 * A backtest as people read it: the verdict first, then what it rests on, then the cases to look at.
 */
import type { BacktestReport, Decisive, MetricReport, Noted, RunResult } from '../index.ts'
import { humanUsd } from '../index.ts'
import { paint, screenWidth } from './output.ts'
import { columns, counted, cut, oneLine } from './text.ts'

const SHOWN = 8
const OUTCOMES = ['unchanged', 'better', 'worse', 'different', 'diverged'] as const
const MEANING: Readonly<Record<(typeof OUTCOMES)[number], string>> = {
  unchanged: 'the same results',
  better: 'by people’s answers or measures',
  worse: 'by people’s answers or measures',
  different: 'otherwise, and nothing says whether that is good',
  diverged: 'could not go on: what comes next is not recorded, or the code does not fit',
}

export function backtestLines(report: BacktestReport): string[] {
  const { runs, outcomes, steps, calls, spent, saved, estimated, notes, metrics } = report
  const rows = OUTCOMES.filter((outcome) => outcomes[outcome] > 0).map((outcome) => [
    outcome,
    outcomes[outcome].toLocaleString('en-US'),
    paint('dim', MEANING[outcome]),
  ])
  return [
    paint('bold', `Backtest: ${report.change.map(oneLine).join('; ')}`),
    '',
    verdictLine(report),
    '',
    ...columns(['outcome', '>runs', ''], rows, (text) => paint('dim', text)).map((line) => `  ${line}`),
    '',
    ...metrics.flatMap(metricLines),
    `  Steps: ${steps.served.toLocaleString('en-US')} served, ${counted(steps.ran, 'step')} taken anew, ${counted(calls, 'model call')}.`,
    `  Money: ${humanUsd(spent.microUsd)} spent (about ${humanUsd(estimated.microUsd)} was expected, ${atPrices(report.prices)}), ${humanUsd(saved.microUsd)} saved.`,
    ...(runs.again > 0 ? [`  ${counted(runs.again, 'run')} had been paid for by an earlier try.`] : []),
    ...(runs.left > 0
      ? [paint('yellow', `  ${counted(runs.left, 'run')} not tried: the budget is spent. A larger --usd goes on from here.`)]
      : []),
    ...(runs.troubled.length > 0
      ? [paint('yellow', `  ${counted(runs.troubled.length, 'run')} set aside: ${oneLine(runs.troubled[0]?.why ?? '')}. Try again later.`)]
      : []),
    ...Object.entries(runs.leftOut).map(([why, some]) => `  ${counted(some, 'run')} left out: ${oneLine(why)}.`),
    ...notes.map((note) => paint('dim', `  ${oneLine(note)}`)),
    ...decisiveLines('Right before, wrong under the change', report.regressions),
    ...decisiveLines('Wrong before, right under the change', report.fixes),
    ...caseLines(report.cases),
  ]
}

/** One run, step by step. */
export function diffLines(result: RunResult): string[] {
  return [
    `${paint('bold', oneLine(result.run))}  ${result.outcome}${result.why === undefined ? '' : `: ${oneLine(result.why)}`}`,
    ...result.scores
      .filter(({ was }) => was !== undefined)
      .map((score) => `  ${oneLine(score.metric)} at ${oneLine(score.path)}: ${scoreText(score)}`),
    ...result.steps.filter(({ inside }) => inside !== true).flatMap(stepLines),
  ]
}

function verdictLine({ verdict, blockedBy, selection }: BacktestReport): string {
  const blocked = blockedBy.map(({ metric, segment }) => `"${oneLine(segment)}" (${oneLine(metric)})`).join(', ')
  if (selection.of === 'must-pass') return 'Must-pass cases: no verdict, only what would break.'
  switch (verdict) {
    case 'better':
      return paint('green', '✓ better')
    case 'not worse':
      return paint('green', '✓ not worse')
    case 'worse':
      return paint('red', blocked === '' ? '✗ worse' : `✗ worse in ${blocked}`)
    default:
      return paint('yellow', '? inconclusive: there is not enough evidence either way')
  }
}

function metricLines({ metric, overall, segments, verdict }: MetricReport): string[] {
  const row = (name: string, of: MetricReport['overall'], said: string): string[] => [
    name,
    of.n.toLocaleString('en-US'),
    String(of.wins),
    String(of.losses),
    points(of.mean),
    `${points(of.low)} … ${points(of.high)}`,
    said,
  ]
  const rows = [
    row(oneLine(metric), overall, verdict),
    ...segments.map((segment) => row(`  ${oneLine(segment.segment)}`, segment, segment.verdict)),
  ]
  const table = columns(['metric', '>runs', '>better', '>worse', '>difference', '>bounds', 'verdict'], rows, (text) => paint('dim', text))
  return [...table.map((line) => `  ${line}`), '']
}

/** A difference of shares, in hundredths. */
function points(share: number): string {
  return `${share > 0 ? '+' : ''}${(share * 100).toFixed(1)}`
}

function decisiveLines(title: string, decisive: readonly Decisive[]): string[] {
  if (decisive.length === 0) return []
  return [
    '',
    paint('bold', `${title} (${decisive.length})`),
    ...decisive.slice(0, SHOWN).map((one) => cut(`  ${oneLine(one.run)}  ${oneLine(one.path)}: ${scoreText(one)}`, screenWidth() - 1)),
    ...more(decisive.length),
  ]
}

function scoreText({
  answer,
  proposed,
  wouldPropose,
  was,
  would,
}: Pick<Decisive, 'answer' | 'proposed' | 'wouldPropose' | 'was' | 'would'>): string {
  if (answer === undefined) return `${was} before, ${would} under the change`
  return `people said ${oneLine(answer)}; was ${oneLine(proposed ?? 'nothing')}, would be ${oneLine(wouldPropose ?? 'nothing')}`
}

function caseLines(cases: readonly RunResult[]): string[] {
  const some = cases.filter(({ outcome }) => outcome === 'different' || outcome === 'diverged')
  if (some.length === 0) return []
  const [first] = some
  return [
    '',
    paint('bold', `Different or diverged (${some.length} shown in --json)`),
    ...some.slice(0, SHOWN).map((result) => cut(`  ${oneLine(result.run)}  ${result.outcome}  ${summary(result)}`, screenWidth() - 1)),
    ...more(some.length),
    paint('dim', `  One run step by step: the same with --run ${oneLine(first?.run ?? '')}`),
  ]
}

function summary({ why, steps }: RunResult): string {
  if (why !== undefined) return oneLine(why)
  return steps
    .filter(({ differs, inside }) => differs && inside !== true)
    .map(({ path, what }) => `${oneLine(path)} ${what}`)
    .join(', ')
}

function stepLines({ path, what, why, was, is, differs }: Noted): string[] {
  const head = `  ${oneLine(path)}  ${what}${differs || what !== 'ran' ? '' : ', the same'}  ${paint('dim', oneLine(why))}`
  if (!differs) return [head]
  return [
    head,
    ...(was === undefined ? [] : [paint('red', `    - ${cut(oneLine(was), screenWidth() - 8)}`)]),
    ...(is === undefined ? [] : [paint('green', `    + ${cut(oneLine(is), screenWidth() - 8)}`)]),
  ]
}

function more(all: number): string[] {
  return all > SHOWN ? [paint('dim', `  and ${all - SHOWN} more; --json has them`)] : []
}

/** By what an estimate was made, in words. */
export function atPrices(prices: BacktestReport['prices']): string {
  if (prices === 'new') return 'at the price of the model that is tried'
  return prices === 'recorded'
    ? 'at the prices of when it was recorded'
    : 'at the prices of when it was recorded: that of the model that is tried is not known'
}

/**
 * Backtests in words: what was changed, on which runs, and what the evidence says.
 *
 * Owns: those sentences. A bound is called what it is: right with the confidence of the whole interval, at every look. Where the test says
 * more than the interval does (they are not the same test), the sentence says what the test said. What is lost under the change counts as
 * wrong in the lower bound, and as right in the upper one.
 */
import type { PairedReport } from '../../../../src/statistics/comparison.ts'
import { counted } from '../../parts/figures.tsx'
import type { Backtest, Chosen, Lost, MetricReport, Noted, Report, RunOutcome } from './documents.ts'

export const MARGIN = 0.02
export const ALPHA = 0.05

/** What each outcome of a run means, in the order of a reader's interest. */
export const OUTCOMES: readonly { readonly outcome: RunOutcome; readonly means: string }[] = [
  { outcome: 'worse', means: 'by people’s answers or measures' },
  { outcome: 'better', means: 'by people’s answers or measures' },
  { outcome: 'different', means: 'otherwise, and nothing says whether that is good' },
  { outcome: 'diverged', means: 'what comes next is not recorded, or the code does not fit' },
  { outcome: 'unchanged', means: 'the same results' },
]

type Terms = NonNullable<Backtest['terms']>
type Judged = Pick<Report, 'verdict' | 'blockedBy' | 'metrics' | 'selection' | 'runs'>

/** A change in a line. */
export function changeWords({ prompts = {}, models = {}, code = false, steps = [] }: Backtest['change']): string {
  const texts = Object.keys(prompts)
  const parts = [
    ...texts.map((name) => `another text of ${name}`),
    ...Object.entries(models).map(([name, model]) => `${name} on ${model}`),
    ...(code ? ['the code as it is here'] : []),
    ...steps.map((name) => `other work in ${name}`),
  ]
  const line = parts.join(', ')
  return line === '' ? 'nothing' : `${line.charAt(0).toUpperCase()}${line.slice(1)}`
}

/** Which runs, in a line. */
export function selectionWords({ of, flow, from, until, release, segment, sample, seed, runs }: Chosen): string {
  const day = (time: string): string => time.slice(0, 10)
  const drawn =
    sample === undefined || of === 'must-pass' ? '' : `, drawn at random${seed === undefined || seed === '1' ? '' : ` (seed ${seed})`}`
  const which = [
    runs !== undefined
      ? `${counted(runs.length, 'run')} by name`
      : of === 'must-pass'
        ? 'runs that must pass'
        : sample === undefined
          ? 'all runs'
          : counted(sample, 'run'),
    ...(flow === undefined ? [] : [`of ${flow}`]),
    ...(release === undefined ? [] : [`of release ${release}`]),
    ...(segment === undefined ? [] : [`in segment ${segment}`]),
    ...(from === undefined ? [] : [`since ${day(from)}`]),
    ...(until === undefined ? [] : [`before ${day(until)}`]),
  ].join(' ')
  return `${which}${drawn}`
}

/** The verdict as a sentence or two, with what it rests on. */
export function verdictSentence(report: Judged, terms: Pick<Terms, 'margin' | 'alpha'> = { margin: MARGIN, alpha: ALPHA }): string {
  const { verdict, metrics, selection, runs } = report
  if (runs.replayed === 0) return 'No verdict: no run was tried.'
  if (selection.of === 'must-pass' || selection.runs !== undefined)
    return 'No verdict: these runs are no random sample. They show what would break, and certify nothing.'
  if (metrics.length === 0)
    return 'No verdict: nothing here tells better from worse. No decision was answered by people, and no measure was recorded.'
  const blocked = blockedWords(report)
  if (blocked !== undefined) return blocked
  const decisive = deciding(metrics, verdict)
  if (decisive === undefined) return `${capital(verdict)}.`
  const { metric, overall, ifLostWereRight = overall } = decisive
  const over = `over ${counted(overall.n, 'run')}${metrics.length > 1 ? `, by ${metricWords(metric)}` : ''}`
  return `${capital(verdict)}: ${boundWords(verdict, { ...overall, high: ifLostWereRight.high }, terms)}, ${over}.`
}

/** Worse in segments: these stop a change, however it does overall. */
function blockedWords({ blockedBy, metrics }: Judged): string | undefined {
  if (blockedBy.length === 0) return undefined
  const named = blockedBy.map(({ metric, segment }) => {
    const found = metrics.find((one) => one.metric === metric)?.segments.find((one) => one.segment === segment)
    const by = found === undefined ? '' : `, ${pointsWords(found.mean)} over ${counted(found.n, 'run')}`
    return `“${segment}” (${metricWords(metric)}${by})`
  })
  return `Worse in ${named.join(' and ')}. A segment that is worse stops the change, however it does overall.`
}

/** The metric that the verdict hangs on: the one with that verdict whose interval reaches down furthest. */
function deciding(metrics: readonly MetricReport[], verdict: string): MetricReport | undefined {
  return metrics.filter((one) => one.verdict === verdict).sort((one, other) => one.overall.low - other.overall.low)[0]
}

function boundWords(verdict: string, { low, high, mean }: PairedReport, { margin, alpha }: Pick<Terms, 'margin' | 'alpha'>): string {
  const sure = `with ${trimmed((1 - alpha) * 100)} % confidence`
  if (verdict === 'not worse') return low >= 0 ? `no worse at all ${sure}` : `at most ${points(Math.min(-low, margin))} worse ${sure}`
  if (verdict === 'better') return low > 0 ? `at least ${points(low)} better ${sure}` : `better ${sure}, by ${points(mean)} as it was seen`
  if (verdict === 'worse')
    return -high > margin ? `at least ${points(-high)} worse ${sure}` : `more than the ${points(margin)} that are allowed, ${sure}`
  return `anything from ${pointsWords(low)} to ${pointsWords(high)} ${sure}`
}

/** What would decide it. */
export function adviceWords({ verdict, metrics, selection, runs }: Judged, margin: number): string | undefined {
  if (verdict !== 'inconclusive' || runs.replayed === 0 || metrics.length === 0) return undefined
  if (selection.of === 'must-pass' || selection.runs !== undefined) return undefined
  return `It takes more runs that people answered, or more than the ${points(margin)} that still count as not worse.`
}

/** decision “queue” */
export function metricWords(metric: string): string {
  return metric.replace(/^(decision|measure) (.*)$/, '$1 “$2”')
}

/** Why it is not known how good a recorded decision or measure would be. */
export const LOST: Readonly<Record<Lost, string>> = {
  diverged: 'the replay did not get there',
  skipped: 'the flow went on without it',
  otherwise: 'another question would be asked',
  unanswered: 'people were asked, did not answer, and another answer would be proposed',
  trouble: 'a model could not be asked',
}

/** A share's hundredths, without a sign. */
export function points(share: number): string {
  const text = trimmed(share * 100)
  return `${text} ${text === '1' ? 'point' : 'points'}`
}

/** With a direction: "3 points better". */
export function pointsWords(share: number): string {
  if (Math.abs(share) < 0.0005) return 'no difference'
  return `${points(Math.abs(share))} ${share < 0 ? 'worse' : 'better'}`
}

/** With a sign, for tables. */
export function signed(share: number): string {
  const value = (share * 100).toFixed(1)
  return share > 0 && value !== '0.0' ? `+${value}` : value.replace('-', '−')
}

export function notedWords({ what, differs }: Pick<Noted, 'what' | 'differs'>): string {
  switch (what) {
    case 'ran':
      return differs ? 'taken anew, and came out otherwise' : 'taken anew, with the same result'
    case 'would do':
      return 'would have done something else; it did not'
    case 'not applicable':
      return 'people would be asked something they were not asked'
    default:
      return 'what would have come is not known'
  }
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(1)))
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

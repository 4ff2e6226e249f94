/**
 * `rondo autonomy [DECISION]`: what stands without a person, on what evidence, what is promised, and what people are left with.
 */
import type { Command } from 'commander'
import { type AutonomyReport, autonomyReports } from '../../index.ts'
import type { EpochState, SegmentState } from '../../people/earned-fold.ts'
import type { LoadPoint } from '../../people/earned-state.ts'
import { chart, percent, spark } from '../chart.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { time } from '../documents.ts'
import { withDatabase } from '../open.ts'
import { paint } from '../output.ts'
import { columns, counted, dateTime, oneLine, plain } from '../text.ts'
import { knownDecision } from './cases.ts'

export function addAutonomy(program: Command): void {
  program
    .command('autonomy')
    .summary('what stands without a person, on what evidence')
    .description(
      "Shows each decision's autonomy, read from its cases: the policy and what it promises, epoch, threshold and certificates, the share that stands alone, people's load over time, alarms and why. With a name, one decision in full.",
    )
    .argument('[decision]', 'one of them')
    .addHelpText('after', examples(['rondo autonomy', 'rondo autonomy folder', 'rondo autonomy folder --json | jq .items[0].state']))
    .action(async (decision: string | undefined, _options: object, command: Command) => {
      await withDatabase(globalsOf(command), 'read', async (rondo) => {
        if (decision !== undefined) await knownDecision(rondo, decision)
        const reports = await autonomyReports(rondo, decision)
        outputOf(command).result({ items: reports.map(reportDocument) }, () => linesOf(reports, decision !== undefined))
      })
    })
}

function linesOf(reports: readonly AutonomyReport[], inFull: boolean): string[] {
  const [only] = reports
  if (only === undefined) return ['No decision has been answered by people yet. Each of their answers makes a case; this reads them.']
  if (inFull || reports.length === 1) return fullLines(only)
  const rows = reports.map((report) => {
    const epoch = newest(report)
    return [
      oneLine(report.decision),
      oneLine(shortPolicy(report)),
      report.cases.total.toLocaleString('en-US'),
      report.refused.length > 0 ? paint('red', 'refused') : (epoch?.threshold?.toFixed(3) ?? (report.terms === undefined ? '' : 'none')),
      percent(report.alone),
      spark((report.load ?? []).map(({ share }) => share)),
      report.state === undefined || report.state.alarms.length === 0 ? '' : paint('red', counted(report.state.alarms.length, 'alarm')),
    ]
  })
  return [
    ...columns(['decision', 'policy', '>cases', '>threshold', '>alone', "people's load", ''], rows, (text) => paint('dim', text)),
    paint('dim', 'One in full: rondo autonomy DECISION'),
  ]
}

function fullLines(report: AutonomyReport): string[] {
  const { state } = report
  return [
    `${paint('bold', oneLine(report.decision))}  ${paint('dim', oneLine(report.policy ?? 'no policy has ruled yet'))}`,
    plain(report.promise),
    '',
    ...report.refused.flatMap(({ segment, why }) => [
      paint('red', `✗ Refused${segment === undefined ? '' : ` in "${oneLine(segment)}"`}: ${oneLine(why)}.`),
      '',
    ]),
    ...(state?.segments ?? []).flatMap((segment) => segmentLines(segment, report.refused.length > 0)),
    ...alarmLines(report),
    ...tallyLines(report),
    '',
    ...loadLines(report.load),
  ]
}

function segmentLines({ segment, current, epochs }: SegmentState, refused: boolean): string[] {
  const { threshold, burnIn, certified, audits, reviewers } = current
  const stands =
    threshold === undefined
      ? burnIn.labelled < burnIn.needed
        ? `nothing yet: ${burnIn.labelled} of the ${burnIn.needed} answers that set the thresholds are there`
        : 'nothing yet: no threshold is certified'
      : `${refused ? paint('dim', 'refused; else ') : ''}confidence ≥ ${paint('green', threshold.toFixed(3))}${certified === undefined ? '' : `, since ${dateTime(certified.at)}, after ${counted(certified.labels, 'answer')}`}`
  const field = (name: string, text: string): string => `${paint('dim', name.padEnd(12))} ${text}`
  const kinds = { start: '', version: ', begun by a new version', drift: ', begun by an alarm' }
  return [
    ...(segment === undefined ? [] : [paint('bold', `segment ${oneLine(segment)}`)]),
    field(
      'epoch',
      `${current.epoch}${epochs.length > 1 ? ` of ${epochs.length}` : ''}, ${oneLine(current.version)}${kinds[current.began]}`,
    ),
    field('stands alone', stands),
    ...certificateLines(current),
    ...(audits.n === 0
      ? []
      : [
          field(
            'checks',
            `${counted(audits.n, 'random check')} of what stands alone, ${audits.errors} wrong; the alarm rings at ${audits.limit.toLocaleString('en-US')}, and stands at ${audits.value.toPrecision(2)}`,
          ),
        ]),
    ...(reviewers.n === 0
      ? []
      : [
          field(
            'people',
            `of ${counted(reviewers.n, 'question')} there that two answered blind they differ on ${reviewers.differed}: at least ${percent(reviewers.differed / reviewers.n / 2)} of their answers are wrong, as far as this sample goes (evidence ${reviewers.eValue.toPrecision(2)} of ${reviewers.needed} to refuse the promise)`,
          ),
        ]),
    '',
  ]
}

function certificateLines({ certificates }: EpochState): string[] {
  if (certificates.length === 0) return []
  const rows = certificates.map((one) => [
    '',
    `≥ ${one.tau.toFixed(3)}`,
    percent(one.share),
    String(one.n),
    String(one.errors),
    one.eValue >= 1e6 ? one.eValue.toExponential(1) : one.eValue.toPrecision(3),
    one.needed.toPrecision(3),
    one.certified ? paint('green', '✓ certified') : '',
  ])
  return columns(['            ', '>confidence', '>traffic', '>answers', '>errors', '>e-value', '>needed', ''], rows, (text) =>
    paint('dim', text),
  )
}

function alarmLines({ state }: AutonomyReport): string[] {
  if (state === undefined || state.alarms.length === 0) return []
  return [
    ...state.alarms.map(({ at, audited, errors, epoch, segment, value, limit }) =>
      paint(
        'red',
        `! ${dateTime(at)}: alarm in epoch ${epoch}${segment === undefined ? '' : ` of "${oneLine(segment)}"`}: ${errors} of ${counted(audited, 'random check')} were wrong (${value.toPrecision(3)}, the limit is ${limit}); people got everything back`,
      ),
    ),
    '',
  ]
}

function tallyLines({ cases, checked, escalated, alone }: AutonomyReport): string[] {
  const origins = (['escalation', 'audit', 'correction', 'import'] as const).flatMap((origin) => {
    const n = cases[origin]
    return n === undefined ? [] : [`${n.toLocaleString('en-US')} ${origin}`]
  })
  const wrong = ({ n, errors }: { n: number; errors: number }): string => `${errors} of ${n} (${percent(errors / n)})`
  return [
    `${counted(cases.total, 'case')}${origins.length === 0 ? '' : `: ${origins.join(', ')}`}`,
    ...(checked.n === 0 ? [] : [`Wrong proposals among random checks: ${wrong(checked)}`]),
    ...(escalated.n === 0 ? [] : [`Wrong proposals among questions put to people: ${wrong(escalated)}`]),
    alone === undefined
      ? 'What stands alone is seen by nobody under this policy, so how much of it there is cannot be known from the cases.'
      : `Lately about ${percent(alone)} stood alone.`,
  ]
}

function loadLines(load: readonly LoadPoint[] | undefined): string[] {
  const [first] = load ?? []
  const last = load?.at(-1)
  if (load === undefined || first === undefined || last === undefined) return []
  const decisions = Math.round(load.reduce((sum, point) => sum + point.decisions, 0))
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10)
  return [
    paint('dim', `The share that people saw, over about ${counted(decisions, 'decision')}, oldest first:`),
    ...chart(
      load.map(({ share }) => share),
      [day(first.from), day(last.to)],
    ),
  ]
}

/** The segment that was last heard of stands for a decision in the overview. */
function newest({ state }: AutonomyReport): EpochState | undefined {
  return state?.segments.at(-1)?.current
}

function shortPolicy({ policy, terms }: AutonomyReport): string {
  return terms === undefined ? (policy ?? '–') : `earned(${terms.maxError})`
}

function reportDocument(report: AutonomyReport) {
  const { state, load } = report
  return {
    ...report,
    state: state && {
      policy: state.policy,
      segments: state.segments.map(({ segment, current, epochs }) => ({
        segment,
        current: epochDocument(current),
        epochs: epochs.map(epochDocument),
      })),
      alarms: state.alarms.map((alarm) => ({ ...alarm, at: time(alarm.at) })),
    },
    load: load?.map(stretch),
    lately: report.lately && stretch(report.lately),
    error: { ...report.error, points: report.error.points.map(stretch) },
  }
}

function stretch<Point extends { readonly from: number; readonly to: number }>(point: Point) {
  return { ...point, from: time(point.from), to: time(point.to) }
}

function epochDocument(epoch: EpochState) {
  const { since, certified, alarm } = epoch
  return {
    ...epoch,
    since: since && { ...since, at: time(since.at) },
    certified: certified && { ...certified, at: time(certified.at) },
    alarm: alarm && { ...alarm, at: time(alarm.at) },
  }
}

/**
 * `rondo show RUN`: one run, as a timeline of its steps; with `--step`, one step as it stands in the journal.
 */
import type { Command } from 'commander'
import { systemClock } from '../../clock.ts'
import { humanDuration } from '../../duration.ts'
import { RondoError } from '../../errors.ts'
import type { Answer, Entry, ReviewRecord, RunRecord } from '../../journal/records.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { entryDocument, reviewDocument, runDocument, stepDocument } from '../documents.ts'
import { findRun } from '../find-run.ts'
import { withDatabase } from '../open.ts'
import { paint, screenWidth } from '../output.ts'
import { answeredText, statusText, usageText, waitText } from '../step-text.ts'
import { clockTime, cut, dateTime, oneLine, plain, relative } from '../text.ts'
import { journalOf, pathOf, reviewsOf, stepsIn, type TimelineStep, timeline } from '../timeline.ts'
import { timelineLines } from '../timeline-text.ts'
import { decoded, inline, outline } from '../value.ts'

const LINES_OF_A_VALUE = 12

interface Options {
  readonly step?: string
  readonly all?: boolean
}

export function addShow(program: Command): void {
  program
    .command('show')
    .summary('show one run as a timeline')
    .description(
      'Shows a run: its steps as a tree, with how each stands, how long it took, what it used, what it waits for and who answered. A beginning or the end of the id is enough where it is the only one.',
    )
    .argument('<run>', 'its id, or a part of it')
    .option('--step <path>', 'one step instead: all the journal holds of it')
    .option('--all', 'fold nothing, cut nothing')
    .addHelpText(
      'after',
      examples(['rondo show 019ab3c4', 'rondo show 019ab3c4 --step "draft[2]/approve"', 'rondo show 019ab3c4 --json | jq .steps']),
    )
    .action(async (given: string, options: Options, command: Command) => {
      await withDatabase(globalsOf(command), 'read', async (rondo) => {
        const run = await findRun(rondo, given)
        const entries = await journalOf(rondo, run.id)
        const reviews = await reviewsOf(rondo, run.id)
        const steps = timeline(entries, reviews, run.status === 'completed')
        const output = outputOf(command)
        const all = options.all === true
        if (options.step === undefined)
          return output.result({ run: runDocument(run), steps: steps.map(stepDocument) }, () => runLines(run, steps, all))
        const step = stepAt(steps, options.step, run)
        const own = entries.filter((entry) => pathOf(entry) === step.path)
        return output.result(
          {
            run: runDocument(run),
            step: stepDocument(step),
            entries: own.map(entryDocument),
            ...(step.review && { review: reviewDocument(step.review) }),
          },
          () => stepLines(step, own, run, all),
        )
      })
    })
}

function stepAt(steps: readonly TimelineStep[], path: string, run: RunRecord): TimelineStep {
  const every = [...stepsIn(steps)]
  const found = every.find((step) => step.path === path)
  if (found !== undefined) return found
  const like = every.filter((step) => step.path.includes(path) || path.includes(step.path)).slice(0, 5)
  const hint =
    like.length === 0 ? `"rondo show ${run.id}" lists them` : `There is ${like.map((step) => `"${oneLine(step.path)}"`).join(', ')}`
  throw new RondoError('run_unknown', `Run ${run.id} has no step at "${oneLine(path)}". ${hint}.`, { details: { run: run.id, path } })
}

function runLines(run: RunRecord, steps: readonly TimelineStep[], all: boolean): string[] {
  const now = systemClock.now()
  const took =
    run.startedAt === undefined ? '' : `${run.endedAt === undefined ? 'for' : 'in'} ${humanDuration((run.endedAt ?? now) - run.startedAt)}`
  const waits = [...stepsIn(steps)].filter((step) => step.state === 'waiting' && step.review !== undefined)
  return [
    `${paint('bold', oneLine(run.flow))}  ${statusText(run.status)}  ${took}`.trimEnd(),
    '',
    ...facts(run, now),
    ...field('input', shownValue(run.input, all)),
    '',
    ...(steps.length === 0 ? [paint('dim', 'No steps yet.')] : timelineLines(steps, run, now, all)),
    '',
    ...ending(run, all),
    ...waits.flatMap((step) => (step.review === undefined ? [] : [answerHint(step.review)])),
    paint('dim', `One step in full: rondo show ${oneLine(run.id)} --step PATH`),
  ]
}

function facts(run: RunRecord, now: number): string[] {
  const used = usageText(run.usage)
  const attention = run.usage.attentionMs > 0 ? `${humanDuration(run.usage.attentionMs)} of people's attention` : ''
  const rows: [string, string][] = [
    ['run', run.id],
    ['key', run.key ?? ''],
    ['created', `${dateTime(run.createdAt)} (${relative(run.createdAt, now)})`],
    ['deadline', run.deadlineAt === undefined ? '' : `${dateTime(run.deadlineAt)} (${relative(run.deadlineAt, now)})`],
    ['wakes', run.wakeAt === undefined || run.status !== 'waiting' ? '' : `${dateTime(run.wakeAt)} (${relative(run.wakeAt, now)})`],
    ['release', run.release ?? ''],
    ['parent', run.parent === undefined ? '' : `${run.parent.run} at ${run.parent.path}`],
    ['used', [used, attention].filter((part) => part !== '').join(' · ')],
  ]
  return rows.filter(([, value]) => value !== '').map(([name, value]) => field(name, [oneLine(value)])[0] ?? '')
}

function ending(run: RunRecord, all: boolean): string[] {
  if (run.output !== undefined) return field('output', shownValue(run.output, all))
  if (run.error !== undefined)
    return [
      ...field('error', plain(run.error.message).split('\n')),
      ...(run.error.path === undefined ? [] : field('at', [oneLine(run.error.path)])),
      paint('dim', `After mending it: rondo retry ${oneLine(run.id)}`),
    ]
  if (run.reason !== undefined) return field('reason', plain(run.reason).split('\n'))
  return []
}

function answerHint(review: ReviewRecord): string {
  return paint('yellow', `● ${oneLine(review.title)} — answer with: rondo inbox show "${oneLine(review.id)}"`)
}

function field(name: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `${paint('dim', (index === 0 ? name : '').padEnd(9))} ${line}`)
}

/** A value's outline, cut in both directions unless all of it is wanted. */
function shownValue(encoded: string | undefined, all: boolean): string[] {
  const lines = outline(decoded(encoded))
  if (all) return lines
  const shown = lines.slice(0, LINES_OF_A_VALUE).map((line) => cut(line, screenWidth() - 10))
  const left = lines.length - shown.length
  return left > 0 ? [...shown, paint('dim', `… ${left} more lines; see all with --all`)] : shown
}

function stepLines(step: TimelineStep, entries: readonly Entry[], run: RunRecord, all: boolean): string[] {
  const now = systemClock.now()
  const took = step.endedAt === undefined ? '' : `in ${humanDuration(step.endedAt - step.startedAt)}`
  const head = `${paint('bold', oneLine(step.path))}  ${step.kind}  ${step.state}  ${took}`.trimEnd()
  const used = usageText(step.usage)
  const last = entries.findLast((entry) => entry.record !== undefined)
  return [
    head,
    '',
    ...field('run', [`${oneLine(run.flow)} ${oneLine(run.id)}`]),
    ...(used === '' ? [] : field('used', [used])),
    ...(step.review === undefined ? [] : reviewLines(step.review, now, all)),
    ...(last === undefined ? [] : field('record', shownValue(last.record, all))),
    ...(step.value === undefined ? [] : field('result', shownValue(step.value, all))),
    ...(step.error === undefined ? [] : field('error', plain(step.error.stack ?? step.error.message).split('\n'))),
    '',
    paint('dim', 'In the journal:'),
    ...entries.map((entry) => `  ${paint('dim', clockTime(entry.at))}  ${entry.state.padEnd(10)}${entryRemark(entry, now)}`),
  ]
}

function entryRemark(entry: Entry, now: number): string {
  const parts = [
    entry.attempt === undefined ? '' : entry.state === 'opened' ? `asked, stage ${entry.attempt}` : `attempt ${entry.attempt}`,
    entry.dueAt === undefined ? '' : `due ${relative(entry.dueAt, now)}`,
    entry.error === undefined ? '' : inline(entry.error.message, 90),
    entry.usage === undefined ? '' : usageText(entry.usage),
  ]
  return parts.filter((part) => part !== '').join(', ')
}

function reviewLines(review: ReviewRecord, now: number, all: boolean): string[] {
  const comments = review.comments.map((comment) => `${oneLine(comment.by)}: ${oneLine(comment.text)}`)
  return [
    ...field('question', [oneLine(review.title)]),
    ...field('asked', [review.state === 'open' ? waitText(review, now) : `${review.role}, ${review.state}`]),
    ...field('shown', shownValue(review.question, all)),
    ...(review.answers.length === 0
      ? []
      : field(
          'answered',
          review.answers.map((answer) => answerLine(review.kind, answer, now)),
        )),
    ...(comments.length === 0 ? [] : field('comments', comments)),
  ]
}

function answerLine(kind: ReviewRecord['kind'], answer: Answer, now: number): string {
  const value = answer.outcome === 'edited' && answer.value !== undefined ? ` → ${inline(decoded(answer.value), 80)}` : ''
  return `${oneLine(answeredText({ kind, answers: [answer] }))}${value}, ${relative(answer.at, now)}`
}

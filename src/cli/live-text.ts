/**
 * What happens in a run, as it happens, in lines that people read: an entry of the journal or a change of status each.
 */
import { humanDuration } from '../duration.ts'
import type { Entry, NewEntry, ReviewRecord, RunRecord, RunStatus } from '../journal/records.ts'
import { paint } from './output.ts'
import { answeredText, childOf, decidedText, resultText, statusText, usageText, waitText } from './step-text.ts'
import { dateTime, oneLine, relative } from './text.ts'
import { pathOf } from './timeline.ts'
import { inline } from './value.ts'

const RESULT = 100

/** The line for an entry that was just committed; `undefined` for those that say nothing new. */
export function entryLine(entry: NewEntry | Entry, at: number, review: ReviewRecord | undefined): string | undefined {
  const path = oneLine(pathOf(entry))
  switch (entry.state) {
    case 'completed':
      return done(entry, path, at, review)
    case 'failed':
      return `${paint('red', '✗')} ${path}  ${paint('red', inline(entry.error?.message ?? 'failed', 160))}`
    case 'retrying':
      return `${paint('yellow', '↻')} ${path}  ${paint('yellow', inline(`attempt ${entry.attempt ?? 1} failed, again ${relative(entry.dueAt ?? at, at)}: ${entry.error?.message ?? ''}`, 160))}`
    case 'retracted':
      return `${paint('dim', '↺')} ${path}  ${paint('dim', 'runs again')}`
    case 'opened':
      return opened(entry, path, at, review)
    case 'attempted':
      return undefined
  }
}

function done(entry: NewEntry | Entry, path: string, at: number, review: ReviewRecord | undefined): string | undefined {
  const took = paint(
    'dim',
    [
      humanDuration(Math.max(0, at - entry.startedAt)),
      usageText(entry.usage ?? { inputTokens: 0, outputTokens: 0, microUsd: 0, attentionMs: 0 }),
    ]
      .filter((part) => part !== '')
      .join(' · '),
  )
  return `${paint('green', '✓')} ${path}  ${took}${said(resultOf(entry, review))}`
}

function resultOf(entry: NewEntry | Entry, review: ReviewRecord | undefined): string {
  if (entry.kind === 'decide') return inline(decidedText(entry.value, review), RESULT)
  if (review !== undefined && review.answers.length > 0) return inline(answeredText(review), RESULT)
  if (entry.kind === 'loop' || entry.kind === 'map' || entry.kind === 'all' || entry.value === undefined) return ''
  return inline(resultText(entry.value, entry.record), RESULT)
}

function opened(entry: NewEntry | Entry, path: string, at: number, review: ReviewRecord | undefined): string | undefined {
  if (entry.kind === 'sleep')
    return `${paint('yellow', '◌')} ${path}${said(entry.dueAt === undefined ? 'sleeps' : `sleeps until ${dateTime(entry.dueAt)} (${relative(entry.dueAt, at)})`)}`
  if (entry.kind === 'signal')
    return `${paint('yellow', '◌')} ${path}${said(`waits for a signal${entry.dueAt === undefined ? '' : `, at most until ${dateTime(entry.dueAt)}`}`)}`
  if (entry.kind === 'call') return `${paint('yellow', '◌')} ${path}${said(`calls run ${childOf(entry.record) ?? ''}`)}`
  if (entry.attempt !== undefined && review?.state === 'open')
    return `${paint('yellow', '●')} ${path}  ${oneLine(review.title)}  ${paint('yellow', waitText(review, at))}`
  return undefined
}

/** The line for a run that began, was held or came to its end. */
export function statusLine(status: RunStatus, run: RunRecord | undefined, at: number): string | undefined {
  if (status === 'queued' || status === 'running' || status === 'waiting') return undefined
  const took = run?.startedAt === undefined ? '' : ` in ${humanDuration((run.endedAt ?? at) - run.startedAt)}`
  const used = run === undefined ? '' : usageText(run.usage)
  const why = run?.error?.message ?? run?.reason
  return `${statusText(status)}${took}${said(used)}${why === undefined ? '' : `  ${paint(status === 'cancelled' ? 'dim' : 'red', inline(why, 200))}`}`
}

function said(text: string): string {
  return text === '' ? '' : `  ${paint('dim', text)}`
}

/**
 * Steps and runs in words: the marks, colours and remarks that the timeline and the live lines share.
 */
import { humanDuration } from '../duration.ts'
import type { Answer, ReviewRecord, RunRecord, RunStatus } from '../journal/records.ts'
import { humanUsd, type Usage } from '../money.ts'
import { paint } from './output.ts'
import { clockTime, counted, dateTime, oneLine, relative } from './text.ts'
import type { TimelineStep } from './timeline.ts'
import { decoded, inline } from './value.ts'

type Style = Parameters<typeof paint>[0]

const RESULT = 60

const STATUS: Readonly<Record<RunStatus, { readonly mark: string; readonly style: Style }>> = {
  queued: { mark: '·', style: 'dim' },
  running: { mark: '▸', style: 'cyan' },
  waiting: { mark: '●', style: 'yellow' },
  paused: { mark: '‖', style: 'yellow' },
  stopped: { mark: '■', style: 'red' },
  completed: { mark: '✓', style: 'green' },
  failed: { mark: '✗', style: 'red' },
  cancelled: { mark: '⊘', style: 'dim' },
}

export function statusText(status: RunStatus): string {
  return paint(STATUS[status].style, `${STATUS[status].mark} ${status}`)
}

/** The mark of a step's state; what was begun and is not over is under way, waits, or was left so by a run that ended. */
export function stepMark(step: Pick<TimelineStep, 'state' | 'kind'>, run: RunStatus): string {
  switch (step.state) {
    case 'completed':
      return paint('green', '✓')
    case 'failed':
      return paint('red', '✗')
    case 'waiting':
      return paint('yellow', '●')
    case 'retrying':
      return paint('yellow', '↻')
    case 'retracted':
      return paint('dim', '↺')
    case 'attempted':
      return run === 'running' ? paint('cyan', '▸') : paint('yellow', '?')
    case 'opened':
      if (run === 'completed' || run === 'failed' || run === 'cancelled') return paint('dim', '⊘')
      return step.kind === 'sleep' || step.kind === 'signal' || step.kind === 'call' ? paint('yellow', '◌') : paint('cyan', '▸')
  }
}

/** `1,234 tokens · $0.0123`; empty when nothing was used. */
export function usageText(usage: Usage): string {
  const tokens = usage.inputTokens + usage.outputTokens
  return [tokens > 0 ? counted(tokens, 'token') : '', usage.microUsd > 0 ? humanUsd(usage.microUsd) : '']
    .filter((part) => part !== '')
    .join(' · ')
}

/** What is worth saying of a step beside its name, kind and time, in at most `columns`. */
export function remark(step: TimelineStep, run: RunRecord, now: number, columns: number): string {
  if (columns < 8) return ''
  if (step.state === 'waiting' && step.review !== undefined) return paint('yellow', inline(waitText(step.review, now), columns))
  if (step.state === 'failed') return paint('red', inline(step.error?.message ?? 'failed', columns))
  if (step.state === 'retrying')
    return paint('yellow', inline(`again ${when(step.dueAt, now)}: ${step.error?.message ?? 'failed'}`, columns))
  if (step.state === 'retracted') return paint('dim', inline('its failure was taken back; it runs again', columns))
  if (step.state === 'attempted' && run.status !== 'running') return paint('yellow', inline('nobody knows whether it happened', columns))
  if (step.state === 'opened') return paint('dim', inline(openText(step, now), columns))
  return paint('dim', inline(doneText(step), columns))
}

function openText(step: TimelineStep, now: number): string {
  if (step.review?.state === 'settled') return `${answeredText(step.review)}; the run has not gone on yet`
  if (step.kind === 'sleep')
    return `sleeps until ${step.dueAt === undefined ? 'it is woken' : `${dateTime(step.dueAt)}, ${relative(step.dueAt, now)}`}`
  if (step.kind === 'signal') return `waits for a signal${step.dueAt === undefined ? '' : `, at most until ${relative(step.dueAt, now)}`}`
  if (step.kind === 'call') return `waits for run ${childOf(step.record) ?? ''}`
  if (step.kind === 'loop') return counted(step.steps.filter((inner) => inner.kind === 'round').length, 'round')
  return ''
}

function doneText(step: TimelineStep): string {
  if (step.kind === 'decide') return decidedText(step.value, step.review)
  if (step.review !== undefined && step.review.answers.length > 0) return answeredText(step.review)
  if (step.kind === 'call') return `run ${childOf(step.record) ?? ''}`
  if (step.kind === 'loop') return counted(step.steps.filter((inner) => inner.kind === 'round').length, 'round')
  if (step.kind === 'map') return counted(step.steps.length, 'item')
  if (step.steps.length > 0 || step.value === undefined) return ''
  return resultText(step.value, step.record)
}

/** `edited by ada: “not personal”`. */
export function answeredText({ kind, answers }: Pick<ReviewRecord, 'kind' | 'answers'>): string {
  // Of a budget, or of a write that nobody knows about, nothing was proposed that could be changed.
  const word = (outcome: Answer['outcome']): string => (kind === 'budget' || kind === 'unknown' ? 'answered' : outcome)
  return answers.map(({ outcome, by, note }) => `${word(outcome)} by ${by}${note === undefined ? '' : `: “${note}”`}`).join(' · ')
}

/** What a decision came to, and who took it: `→ list · edited by ada`, `→ spam · by predictor, 0.97`. */
export function decidedText(value: string | undefined, review: ReviewRecord | undefined): string {
  const decision = decoded(value)
  if (!has(decision, 'value') || !has(decision, 'by')) return `→ ${inline(decision, RESULT)}`
  const people = review !== undefined && review.answers.length > 0
  const sure = has(decision, 'confidence') && decision.by === 'predictor' ? `, ${Number(decision.confidence).toFixed(2)}` : ''
  return `→ ${inline(decision.value, RESULT)} · ${people ? answeredText(review) : `by ${String(decision.by)}${sure}`}`
}

/** A step's result in a few words: a proposal as its answer and confidence, a model's reply as its text, a prompt's answer with the model, all else as it is. */
export function resultText(value: string, record: string | undefined): string {
  const result = decoded(value)
  if (result === undefined) return ''
  if (has(result, 'prediction') && has(result.prediction, 'confidence')) {
    const answer = has(result.prediction, 'answer') ? result.prediction.answer : undefined
    return answer === undefined ? 'nothing to propose' : `→ ${inline(answer, RESULT)}, ${Number(result.prediction.confidence).toFixed(2)}`
  }
  if (has(result, 'text') && has(result, 'toolRequests')) return `→ ${inline(result.text === '' ? result.toolRequests : result.text, 400)}`
  return [modelText(decoded(record)), `→ ${inline(result, 400)}`].filter((part) => part !== '').join(' ')
}

/** The model that answered, and that its first answer had to be mended, where a record tells of one. */
function modelText(record: unknown): string {
  if (!has(record, 'model') || !has(record, 'prompt')) return ''
  return `${String(record.model)}${has(record, 'repair') ? ', mended once' : ''}`
}

function has<Name extends string>(value: unknown, name: Name): value is Record<Name, unknown> {
  return value !== null && typeof value === 'object' && name in value
}

/** `waits for mail-desk since 5m, due in 3h`. */
export function waitText(review: ReviewRecord, now: number): string {
  const due = review.dueAt === undefined ? '' : `, due ${when(review.dueAt, now)}`
  const claimed = review.claimedBy !== undefined && (review.claimedUntil ?? 0) > now ? `, ${review.claimedBy} is at it` : ''
  const given = review.quorum > 1 ? `, ${review.answers.length} of ${review.quorum} answered` : ''
  const since = now - review.openedAt < 1000 ? '' : ` since ${humanDuration(now - review.openedAt)}`
  return `waits for ${review.role}${since}${due}${claimed}${given}`
}

function when(at: number | undefined, now: number): string {
  return at === undefined ? 'soon' : relative(at, now)
}

/** The id of the child run that a `call` recorded. */
export function childOf(record: string | undefined): string | undefined {
  const value = decoded(record)
  return value !== null && typeof value === 'object' && 'child' in value && typeof value.child === 'string' ? value.child : undefined
}

/** Why a run stands as it does, where there is something to say. */
export function runRemark(run: RunRecord, now: number): string {
  if (run.error !== undefined) return oneLine(run.error.message)
  if (run.reason !== undefined) return oneLine(run.reason)
  if (run.status === 'waiting' && run.wakeAt !== undefined) return `wakes ${relative(run.wakeAt, now)} (${clockTime(run.wakeAt)})`
  return ''
}

/** How a run stands that is not over, in a line that is redrawn. */
export function inlineRunState(run: RunRecord, now: number): string {
  const since = run.startedAt === undefined ? '' : `  ${humanDuration(now - run.startedAt)}`
  const why =
    run.status === 'paused'
      ? `  let it go on with "rondo resume ${oneLine(run.id)}"`
      : run.wakeAt === undefined
        ? ''
        : `  wakes ${relative(run.wakeAt, now)}`
  return `${STATUS[run.status].mark} ${run.status}${since}${why}`
}

/**
 * A question of the inbox, as people read it in a terminal.
 */
import { humanDuration } from '../duration.ts'
import type { InboxItem } from '../index.ts'
import { paint, screenWidth } from './output.ts'
import { cut, oneLine, relative } from './text.ts'
import { inline, outline } from './value.ts'

const SUBJECT_LINES = 24

/** The question in full; `all`: nothing is cut. */
export function questionLines(item: InboxItem, now: number, all: boolean): string[] {
  const { asks, subject, proposal, context, why } = item.content
  return [
    paint('bold', oneLine(item.title)),
    paint('dim', [item.kind, `for ${oneLine(item.role)}`, ...standing(item, now)].join(' · ')),
    paint('dim', `${oneLine(item.flow)} ${oneLine(item.run)} at ${oneLine(item.path)}`),
    ...(why === undefined ? [] : [paint('dim', `asked because: ${oneLine(why)}`)]),
    ...(asks === undefined || asks === item.title ? [] : ['', ...outline(asks)]),
    ...(why === undefined ? [] : [paint('dim', `Asked because: ${oneLine(why)}`)]),
    '',
    ...indented(subject, all),
    ...(context === undefined || !all ? [] : ['', paint('dim', 'The model was shown:'), ...indented(context, all)]),
    ...(proposal === undefined
      ? []
      : ['', `Proposed: ${paint('cyan', inline(proposal.value, 100))}  ${paint('dim', proposalText(proposal))}`]),
    ...item.answers.map((answer) => paint('dim', `${oneLine(answer.by)} has answered, ${relative(answer.at, now)}`)),
    ...item.comments.map(
      (comment) => `${paint('magenta', `${oneLine(comment.by)}:`)} ${oneLine(comment.text)}  ${paint('dim', relative(comment.at, now))}`,
    ),
  ]
}

function indented(value: unknown, all: boolean): string[] {
  const lines = outline(value)
  const shown = all ? lines : lines.slice(0, SUBJECT_LINES).map((line) => cut(line, screenWidth() - 2))
  const left = lines.length - shown.length
  const shortened = left > 0 || shown.some((line, index) => line !== lines[index])
  return [
    ...shown.map((line) => `  ${line}`),
    ...(shortened ? [paint('dim', `  … ${left > 0 ? `${left} more lines; ` : ''}cut here`)] : []),
  ]
}

function proposalText({ confidence, source }: { confidence: number; source: string }): string {
  return `confidence ${confidence.toFixed(2)}, from ${source}`
}

/** How long it waits, until when, who is at it: the parts of a line. */
export function standing(item: InboxItem, now: number): string[] {
  return [
    item.state === 'open' ? `waits since ${humanDuration(now - item.openedAt)}` : item.state,
    item.dueAt === undefined ? '' : `due ${relative(item.dueAt, now)}`,
    item.quorum > 1 ? `${item.answers.length} of ${item.quorum} answered` : '',
    item.claimedBy === undefined ? '' : `${oneLine(item.claimedBy)} is at it`,
  ].filter((part) => part !== '')
}

/** What the question is about, on one line. */
export function summary(item: InboxItem, columns: number): string {
  return inline(item.content.subject, columns)
}

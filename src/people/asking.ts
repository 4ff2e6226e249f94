/**
 * Whom a question is put to, for how long, and who is next: what reviews and decisions have in common.
 *
 * Owns: turning that into the stages of a question, refusing what could never come about, and what the answers cost people.
 */
import { type Duration, milliseconds } from '../duration.ts'
import { RondoError } from '../errors.ts'
import type { Question } from '../flow/definition.ts'
import type { Answer, CaseAnswer } from '../journal/records.ts'
import { NO_USAGE, type Usage } from '../money.ts'

export interface Asking {
  /** Who is asked. */
  readonly role: string
  /** How long they have. */
  readonly within?: Duration
  /** Who is asked next when they did not answer; they have as long again unless `within` is given. */
  readonly escalateTo?: string | { readonly role: string; readonly within?: Duration }
  /** How many different people must answer. Default 1. */
  readonly quorum?: number
}

type Stage = Question['stages'][number]

/** The stages of a question. With `patient`, the last one is due like the others, but waits as long as it takes. Throws `invalid_definition`. */
export function stagesOf(asking: Asking, patient: boolean, what: string): Stage[] {
  const { role, within, escalateTo, quorum = 1 } = asking
  const refuse = (why: string): RondoError => new RondoError('invalid_definition', `${what} ${why}`, { terminal: true })
  if (role === '') throw refuse('names no role to ask. Say who answers, as in { role: "desk" }.')
  if (!Number.isInteger(quorum) || quorum < 1)
    throw refuse(`has a quorum of ${quorum}. It is the number of people who must answer: 1, 2, …`)
  if (within === undefined && escalateTo !== undefined) throw refuse('escalates, but never: say after how long, as in { within: "4h" }.')
  if (within === undefined && !patient)
    throw refuse('says what happens when nobody answers in time, but gives no time. Say how long people have, as in { within: "4h" }.')
  const next = typeof escalateTo === 'string' ? { role: escalateTo } : escalateTo
  const stages = [{ role, within }, ...(next === undefined ? [] : [{ role: next.role, within: next.within ?? within }])]
  return stages.map((stage, index) => ({
    role: stage.role,
    ...(stage.within !== undefined && { withinMs: milliseconds(stage.within) }),
    ...(stage.within !== undefined && patient && index === stages.length - 1 && { patient }),
  }))
}

/** People's time as usage; an answer whose door did not measure it counts as `otherwiseMs`. `undefined` when none is known. */
export function attentionOf(answers: readonly Answer[], otherwiseMs = 0): Usage | undefined {
  const attentionMs = answers.reduce((sum, answer) => sum + (answer.attentionMs ?? otherwiseMs), 0)
  return attentionMs === 0 ? undefined : { ...NO_USAGE, attentionMs }
}

/** The answers as the record keeps them: the value only of those who gave one of their own. */
export function answersForRecord(answers: readonly Answer[]): Omit<Answer, 'roles'>[] {
  return answers.map(({ roles, value, ...rest }) => ({ ...rest, ...(rest.outcome === 'edited' && value !== undefined && { value }) }))
}

/** One person's answer as a case keeps it: the value where it is not the case's own. */
export function caseAnswer({ by, at, attentionMs }: Answer, own: string, given: string): CaseAnswer {
  return { by, at, ...(given !== own && { answer: given }), ...(attentionMs !== undefined && { attentionMs }) }
}

/** What the people who answered had to say, each under their name when there are several. */
export function notesOf(answers: readonly Answer[]): string | undefined {
  const said = answers.filter(({ note }) => note !== undefined && note !== '')
  if (said.length === 0) return undefined
  return answers.length === 1 ? said[0]?.note : said.map(({ by, note }) => `${by}: ${note}`).join('\n')
}

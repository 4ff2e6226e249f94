/**
 * Decisions: named questions in a flow, answered by a predictor, by people, or by both, as a policy says.
 *
 * Owns: what a decision is and which ones make no sense. Never: takes one (deciding.ts).
 */
import type { z } from 'zod'
import { RondoError } from '../errors.ts'
import type { Definition, Question as PeopleQuestion } from '../flow/definition.ts'
import { checkName } from '../flow/path.ts'
import type { Predictor } from '../model/predictor.ts'
import { answerSchema, choicesOf, issuesOf } from './answer-schema.ts'
import { type Asking, stagesOf } from './asking.ts'
import { type Autonomy, always, never } from './autonomy.ts'
import { decide } from './deciding.ts'
import { decideAgain } from './deciding-again.ts'

/** The people behind a decision, and what happens when they do not answer. */
export interface DecisionPeople<Answer> extends Asking {
  /** When nobody answered in time: keep `wait`ing (default), `fail` the step, or go on with a `default`. */
  readonly otherwise?: 'wait' | 'fail' | { readonly default: Answer }
  /** What an answer takes them, in minutes: counted as attention where the door they answered at did not measure it. */
  readonly minutes?: number
  /**
   * The share of questions that two different people answer blind: without the proposal, and without each other's answer. When they
   * differ, a third is asked. It is what `rondo people` knows how right people are from. Default 0.
   */
  readonly double?: number
}

export interface DecisionOptions<Question, Answer> {
  readonly name: string
  /** The question in a line, for people. Default: the name. */
  readonly title?: string
  readonly question: z.ZodType<Question>
  readonly answer: z.ZodType<Answer>
  /** What proposes answers. Without one, people answer everything. */
  readonly predictor?: Predictor<NoInfer<Question>, NoInfer<Answer>>
  readonly people?: DecisionPeople<NoInfer<Answer>>
  /** When a proposal stands without a person. Default: `always()` ask, or with nobody to ask, `never()`. */
  readonly autonomy?: Autonomy
  /** The segment a question falls into: what policies certify, and verdicts look at, one by one. */
  readonly segment?: (question: NoInfer<Question>) => string
}

/** What stands at the end of a decision. */
export interface Decided<Answer> {
  readonly value: Answer
  readonly by: 'predictor' | 'people' | 'default'
  /** Of the proposal, when there was one. */
  readonly confidence?: number
  readonly predicted?: Answer
  /** Who answered. */
  readonly people?: readonly string[]
  readonly note?: string
}

/** A decision as flows take it and registries read it. */
export interface Decision<Question, Answer> extends Definition<'decide', Question, Decided<Answer>> {
  readonly title: string
  readonly question: z.ZodType<Question>
  readonly answer: z.ZodType<Answer>
  /** JSON schema of the answer. */
  readonly schema: Readonly<Record<string, unknown>>
  /** The possible answers, when the schema names them all. */
  readonly choices: readonly Answer[] | undefined
  readonly predictor: Predictor<Question, Answer> | undefined
  readonly people: DecisionPeople<Answer> | undefined
  readonly stages: PeopleQuestion['stages']
  readonly autonomy: Autonomy
  readonly segment: ((question: Question) => string) | undefined
}

/** A decision of any shape, as the registry keeps it: what reports and imports need of it. */
export type AnyDecision = Pick<Decision<unknown, unknown>, 'name' | 'title' | 'question' | 'answer' | 'schema' | 'choices' | 'autonomy'> & {
  readonly predictor: { readonly name: string } | undefined
  readonly people: Asking | undefined
}

/** Any type at all, spelt out so that a predictor written in place keeps the literals of its answers. */
type Anything = string | number | boolean | bigint | NonNullable<unknown> | null | undefined

/**
 * Defines a decision, to be taken with `run.decide`. Each answer people give becomes a case, with the proposal they saw and the
 * probability with which they were asked. A predictor that fails goes to people, with the reason on the record; only a decision
 * with nobody to ask fails with it. Throws `invalid_definition`, naming what could never come about.
 */
export function decision<Question, const Answer extends Anything>(options: DecisionOptions<Question, Answer>): Decision<Question, Answer> {
  const { name, title = name, question, answer, predictor, people, segment } = options
  const what = `Decision "${name}"`
  checkName(name, 'A decision')
  const autonomy = options.autonomy ?? (people === undefined ? never() : always())
  if (predictor === undefined && people === undefined)
    throw invalid(`${what} has nobody to answer it. Give it a predictor, or people, or both.`)
  if (predictor === undefined && autonomy.name === 'never')
    throw invalid(`${what} has no predictor, so its policy "never" would leave it without an answer. Give it one, or another policy.`)
  if (people === undefined && autonomy.name !== 'never')
    throw invalid(`${what} has the policy "${autonomy.name}" but no people to ask. Give it { people: { role: … } }, or the policy never().`)
  const otherwise = people?.otherwise ?? 'wait'
  const schema = answerSchema(answer)
  const decided: Decision<Question, Answer> = {
    kind: 'decide',
    name,
    title,
    question,
    answer,
    schema,
    // The choices of the schema are values of the type it was made of: JSON has no other form for what can stand in an enum.
    choices: choicesOf(schema) as readonly Answer[] | undefined,
    predictor,
    people,
    stages: people === undefined ? [] : stagesOf(people, otherwise === 'wait', what),
    autonomy,
    segment,
    take: (asked, scope) => decide(decided, asked, scope),
    again: (asked, scope, was) => decideAgain(decided, asked, scope, was),
    ...(predictor?.version !== undefined && { version: (scope) => predictor.version?.(scope) }),
  }
  if (people?.minutes !== undefined && !(people.minutes >= 0)) throw invalid(`${what} says that an answer takes ${people.minutes} minutes.`)
  if (people?.double !== undefined && !(people.double >= 0 && people.double <= 1))
    throw invalid(`${what} has the share ${people.double} of its questions answered blind by two people: it is a number from 0 to 1.`)
  if (typeof otherwise === 'object') refuseDefault(answer, otherwise.default, what)
  return decided
}

function refuseDefault(answer: z.ZodType, value: unknown, what: string): void {
  const parsed = answer.safeParse(value)
  if (!parsed.success) throw invalid(`${what} has a default that its own answer schema refuses. ${issuesOf(parsed.error)}.`)
}

function invalid(message: string): RondoError {
  return new RondoError('invalid_definition', message, { terminal: true })
}

/**
 * How a decision is taken: the predictor proposes, the policy rules, and people answer where it says so or nothing else can.
 *
 * Owns: that order, what the answers come to, the record and the case. Never: how confident is enough (autonomy.ts).
 * Invariants:
 *   D1. People's answers are scored against the proposal they saw, under the probability with which they were asked: both are in
 *       the journal before the question is (proposing.ts), and a resume reads them there.
 *   D2. A predictor or policy that fails is a reason to ask people, kept on the record; with nobody to ask it fails the step.
 *   D3. Every decision that people answered makes one case, committed with it. A default makes none: nobody stood by it.
 *   D4. Of several people's answers the most frequent counts; while the first places tie, one more person is asked.
 *   D5. Which questions two people answer blind is drawn by a hash of the question's place: nothing about the question or its proposal.
 */
import { isDeepStrictEqual } from 'node:util'
import { RondoError } from '../errors.ts'
import type { StepScope, Taken } from '../flow/definition.ts'
import { FailedTake } from '../flow/failed-take.ts'
import type { QuestionContent } from '../flow/question-content.ts'
import type { Answer as Given, NewCase } from '../journal/records.ts'
import { decode, encode } from '../json.ts'
import { draw } from '../statistics/chance.ts'
import { issuesOf } from './answer-schema.ts'
import { answersForRecord, attentionOf, caseAnswer, notesOf } from './asking.ts'
import type { Decided, Decision, DecisionPeople } from './decision.ts'
import type { DecisionRecord } from './decision-record.ts'
import { contentOf } from './inbox-item.ts'
import { type Proposed, propose } from './proposing.ts'

/** A decision under way: what is asked, and what is known so far. */
export interface Asked<Question, Answer> {
  readonly decision: Decision<Question, Answer>
  readonly question: Question
  readonly segment: string | undefined
  readonly proposed: Proposed<Answer>
}

export async function decide<Question, Answer>(
  decision: Decision<Question, Answer>,
  given: Question,
  scope: StepScope,
): Promise<Taken<Decided<Answer>>> {
  const question = questionOf(decision, given, scope.path)
  const segment = decision.segment?.(question)
  const proposed = await propose(decision, question, segment, scope)
  const asked = { decision, question, segment, proposed }
  const answer = proposed.prediction?.answer
  if (answer !== undefined && proposed.ruling?.review === false)
    return { value: { value: answer, by: 'predictor', ...foreseen(proposed) }, record: recordOf(asked, 'predictor'), ...underOf(proposed) }
  return turnToPeople(asked, scope)
}

/** Asks people where there are any. */
export async function turnToPeople<Question, Answer>(asked: Asked<Question, Answer>, scope: StepScope): Promise<Taken<Decided<Answer>>> {
  const { decision } = asked
  if (decision.people !== undefined) return askPeople(asked, decision.people, scope)
  throw new RondoError(
    'answer_invalid',
    `Predictor "${decision.predictor?.name}" had nothing to propose for "${scope.path}", and decision "${decision.name}" has no people to ask. Give it { people: { role: … } }.`,
    { details: { path: scope.path } },
  )
}

async function askPeople<Question, Answer>(
  asked: Asked<Question, Answer>,
  people: DecisionPeople<Answer>,
  scope: StepScope,
): Promise<Taken<Decided<Answer>>> {
  const { decision, proposed } = asked
  const { quorum = 1, double = 0 } = people
  const blind = draw(`double ${decision.name} ${scope.runId}:${scope.path}`) < double
  const outcome = await scope.question({
    kind: 'decide',
    title: decision.title,
    content: blind ? blindContent(asked) : openContent(asked),
    quorum: blind ? Math.max(quorum, 2) : quorum,
    stages: decision.stages,
    check: (answers) => complaintAbout(asked, answers, blind),
  })
  if (outcome.kind === 'expired') {
    const record = recordOf(asked, 'default')
    if (typeof people.otherwise !== 'object') throw new FailedTake(expired(decision.name, scope.path, people.role), { record })
    return { value: { value: people.otherwise.default, by: 'default', ...foreseen(proposed) }, record, ...underOf(proposed) }
  }
  const { answers } = outcome.review
  const value = leading(answers.map((given) => standsFor(asked, given)))[0]?.value
  if (value === undefined) throw new Error(`The question at "${scope.path}" was settled without an answer.`)
  const usage = attentionOf(answers, (people.minutes ?? 0) * 60_000)
  // As it was asked, whatever the code says by now.
  const blindly = contentOf(outcome.review).blind === true ? { blind: true as const } : {}
  const note = notesOf(answers)
  return {
    value: { value, by: 'people', ...foreseen(proposed), people: answers.map(({ by }) => by), ...(note !== undefined && { note }) },
    record: { ...recordOf(asked, 'people'), answers: answersForRecord(answers), ...blindly },
    newCase: { ...caseOf(asked, value, answers), ...blindly },
    ...(usage !== undefined && { usage }),
    ...underOf(proposed),
  }
}

export function questionOf<Question, Answer>(decision: Decision<Question, Answer>, given: Question, path: string): Question {
  const parsed = decision.question.safeParse(given)
  if (parsed.success) return parsed.data
  throw new RondoError(
    'invalid_input',
    `Decision "${decision.name}" does not take this question at "${path}". ${issuesOf(parsed.error)}.`,
    {
      cause: parsed.error,
      details: { path },
      terminal: true,
    },
  )
}

function openContent<Question, Answer>(asked: Asked<Question, Answer>): QuestionContent {
  const { prediction } = asked.proposed
  const why = reasonOf(asked.proposed)
  return {
    ...bareContent(asked),
    ...(prediction?.answer !== undefined && {
      proposal: { value: prediction.answer, confidence: prediction.confidence, source: prediction.source },
    }),
    ...(why !== undefined && { why }),
  }
}

function blindContent<Question, Answer>(asked: Asked<Question, Answer>): QuestionContent {
  return { ...bareContent(asked), blind: true, why: 'drawn at random for a blind review: two people answer it, each by themselves' }
}

function bareContent<Question, Answer>({ decision, question }: Asked<Question, Answer>): QuestionContent {
  return {
    decision: decision.name,
    ...(decision.title !== decision.name && { asks: decision.title }),
    subject: question,
    schema: decision.schema,
    ...(decision.choices !== undefined && { choices: decision.choices }),
  }
}

/** Why people are asked, as far as the policy or what went wrong says. */
function reasonOf<Answer>({ ruling, trouble }: Proposed<Answer>): string | undefined {
  if (trouble !== undefined) return `there is no proposal: ${trouble}`
  const why = ruling?.detail?.['why']
  if (typeof why === 'string') return ruling?.origin === 'audit' ? `a random check: ${why}` : why
  return ruling?.origin === 'audit' ? 'a random check' : undefined
}

/** What is wrong with the first answer that cannot be taken. The door has looked already, but early answers came before the question. */
function complaintAbout<Question, Answer>(asked: Asked<Question, Answer>, answers: readonly Given[], blind: boolean): string | undefined {
  for (const { by, outcome, value } of answers) {
    if (outcome === 'rejected') return `${by} rejected, but a decision needs an answer: give the right one.`
    if (outcome === 'accepted' && (blind || asked.proposed.prediction?.answer === undefined))
      return `${by} accepted, but ${blind ? 'no proposal is shown' : 'nothing was proposed'}: give an answer.`
    const parsed = outcome === 'edited' ? asked.decision.answer.safeParse(value === undefined ? undefined : decode(value)) : undefined
    if (parsed?.success === false) return `The answer of ${by} was refused: ${issuesOf(parsed.error)}.`
  }
  return leading(answers.map((given) => standsFor(asked, given))).length > 1
    ? `The answers tie: ${answers.map(({ by }) => by).join(', ')}. Please answer again.`
    : undefined
}

/** The value an answer stands for: the proposal that was accepted, or the person's own. */
function standsFor<Question, Answer>({ decision, proposed }: Asked<Question, Answer>, given: Given): Answer {
  const proposal = proposed.prediction?.answer
  if (given.outcome === 'accepted' && proposal !== undefined) return proposal
  return decision.answer.parse(given.value === undefined ? undefined : decode(given.value))
}

/** The most frequent of some values: several when they tie. */
function leading<Value>(values: readonly Value[]): { value: Value; count: number }[] {
  const counts: { value: Value; count: number }[] = []
  for (const value of values) {
    const same = counts.find((other) => isDeepStrictEqual(other.value, value))
    if (same === undefined) counts.push({ value, count: 1 })
    else same.count += 1
  }
  const most = Math.max(...counts.map(({ count }) => count))
  return counts.filter(({ count }) => count === most)
}

export function foreseen<Answer>({ prediction }: Proposed<Answer>): Pick<Decided<Answer>, 'confidence' | 'predicted'> {
  if (prediction?.answer === undefined) return {}
  return { confidence: prediction.confidence, predicted: prediction.answer }
}

/** The version it was taken under: its predictor's. */
export function underOf<Answer>({ prediction }: Proposed<Answer>): { readonly version?: string } {
  return prediction === undefined ? {} : { version: prediction.version }
}

export function recordOf<Question, Answer>(
  { decision, question, segment, proposed: { prediction, ruling, trouble } }: Asked<Question, Answer>,
  by: DecisionRecord['by'],
): DecisionRecord {
  return {
    decision: decision.name,
    question,
    schema: decision.schema,
    by,
    policy: ruling?.policy ?? (decision.predictor === undefined ? 'people only' : decision.autonomy.name),
    probability: ruling?.probability ?? 1,
    origin: ruling?.origin ?? 'escalation',
    ...(segment !== undefined && { segment }),
    ...(prediction !== undefined && { prediction }),
    ...(trouble !== undefined && { trouble }),
    ...(ruling?.epoch !== undefined && { epoch: ruling.epoch }),
    ...(ruling?.detail !== undefined && { detail: ruling.detail }),
    ...(decision.people !== undefined && { role: decision.people.role }),
  }
}

function caseOf<Question, Answer>(asked: Asked<Question, Answer>, answer: Answer, answers: readonly Given[]): NewCase {
  const { prediction, ruling } = asked.proposed
  return {
    decision: asked.decision.name,
    question: encode(asked.question),
    answer: encode(answer),
    probability: ruling?.probability ?? 1,
    origin: ruling?.origin ?? 'escalation',
    by: answers.map(({ by }) => by).join(', '),
    answers: answers.map((given) => caseAnswer(given, encode(answer), encode(standsFor(asked, given)))),
    ...(prediction?.answer !== undefined && { predicted: encode(prediction.answer), confidence: prediction.confidence }),
    ...(prediction !== undefined && { version: prediction.version }),
    ...(asked.segment !== undefined && { segment: asked.segment }),
    ...(ruling !== undefined && { policy: ruling.policy }),
    ...(ruling?.epoch !== undefined && { epoch: ruling.epoch }),
  }
}

function expired(name: string, path: string, role: string): RondoError {
  return new RondoError(
    'review_expired',
    `Nobody answered decision "${name}" at "${path}" (role "${role}") in time. Give people longer with { within }, or say what stands without them: { otherwise: { default: … } } or "wait".`,
    { details: { path, role }, terminal: true },
  )
}

/**
 * Mending a decision that stood without a person: a case with the right answer, under the probability that was logged then.
 *
 * Owns: reading the decision back from the journal, and the case. Never: changes the run, which has gone on.
 */
import { RondoError } from '../errors.ts'
import { type RunRecord, splitPath } from '../journal/records.ts'
import type { Store } from '../journal/store.ts'
import { decode, encode } from '../json.ts'
import { misfit } from './answer-schema.ts'
import { type DecisionRecord, decisionRecord } from './decision-record.ts'
import { hasRole, needRole, type Person } from './person.ts'
import { refused, unknownError } from './refusals.ts'

export async function correct(
  store: Pick<Store, 'runs' | 'journal' | 'cases'>,
  run: RunRecord | undefined,
  id: string,
  person: Person,
  value: unknown,
): Promise<void> {
  if (run === undefined) throw unknownError(id, 'There is no such run.')
  const path = id.slice(run.id.length + 1)
  const record = await recordAt(store, run.id, path)
  if (record === undefined) throw unknownError(id, 'No decision has been taken there.')
  if (record.role !== undefined && !hasRole(person, 'operator')) needRole(person, record.role, `Decision "${record.decision}"`)
  if (record.role === undefined) needRole(person, 'operator', `Decision "${record.decision}"`)
  if (record.by === 'people') throw peopleDecided(id, record)
  const wrong = value === undefined ? 'a correction needs a value' : misfit(record.schema, value)
  if (wrong !== undefined) throw refused(id, `Decision "${record.decision}" does not take this answer: ${wrong}.`)
  const { prediction, segment, epoch } = record
  await store.cases.add([
    {
      decision: record.decision,
      run: run.id,
      path,
      question: encode(record.question),
      answer: encode(value),
      probability: record.probability,
      origin: 'correction',
      by: person.name,
      policy: record.policy,
      ...(prediction?.answer !== undefined && { predicted: encode(prediction.answer), confidence: prediction.confidence }),
      ...(prediction !== undefined && { version: prediction.version }),
      ...(segment !== undefined && { segment }),
      ...(epoch !== undefined && { epoch }),
    },
  ])
}

/** What the journal keeps of the decision taken at a path. */
async function recordAt(store: Pick<Store, 'journal'>, run: string, path: string): Promise<DecisionRecord | undefined> {
  const { scope, name } = splitPath(path)
  const found = (await store.journal.load(run, scope)).findLast((entry) => entry.name === name)
  if (found?.kind !== 'decide' || found.state !== 'completed' || found.record === undefined) return undefined
  const parsed = decisionRecord.safeParse(decode(found.record))
  return parsed.success ? parsed.data : undefined
}

function peopleDecided(id: string, record: DecisionRecord): RondoError {
  const who = record.answers?.map(({ by }) => by).join(', ')
  return new RondoError(
    'review_taken',
    `People decided this ("${record.decision}"): ${who}. Only what stood without a person can be corrected.`,
    {
      details: { review: id },
    },
  )
}

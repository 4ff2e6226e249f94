/**
 * Cases as a file: for a spreadsheet, a notebook, another system, or to be imported again.
 *
 * Owns: writing them. JSON Lines loses nothing; in CSV a question of fields has a column for each (`question.FIELD`), what is no text is
 * JSON, and what each of several people answered is left out. Holds one page of cases in memory.
 */

import { everyCase } from '../journal/every-case.ts'
import type { CaseAnswer, CaseRecord } from '../journal/records.ts'
import type { CaseStore } from '../journal/store.ts'
import { decode, encode } from '../json.ts'
import type { CaseFormat } from './case-fields.ts'
import { csvLine } from './csv.ts'

export interface ExportOptions {
  readonly cases: CaseStore
  readonly decision: string
  readonly format: CaseFormat
}

/** What is written of a case besides question and answer, in this order. */
const ABOUT = ['confidence', 'probability', 'origin', 'by', 'at', 'segment', 'version', 'policy', 'epoch', 'run', 'path', 'blind'] as const

/** The file in pieces of text, in order of commit. */
export async function* exportCases(options: ExportOptions): AsyncGenerator<string> {
  if (options.format === 'jsonl') {
    for await (const one of everyCase(options.cases, options)) yield `${jsonLine(one)}\n`
    return
  }
  const fields = await questionFields(options)
  yield csvLine([...fieldColumns(fields), 'answer', 'predicted', ...ABOUT])
  for await (const one of everyCase(options.cases, options)) yield csvLine(cellsOf(one, fields))
}

/** What is kept as encoded text is JSON already, and goes in as it is. */
function jsonLine(one: CaseRecord): string {
  const about = ABOUT.flatMap((name) => {
    const value = name === 'at' ? new Date(one.at).toISOString() : one[name]
    return value === undefined ? [] : [`${JSON.stringify(name)}:${JSON.stringify(value)}`]
  })
  const predicted = one.predicted === undefined ? [] : [`"predicted":${one.predicted}`]
  const answers = one.answers === undefined ? [] : [`"answers":[${one.answers.map((given) => answerLine(given, one)).join(',')}]`]
  return `{${[`"question":${one.question}`, `"answer":${one.answer}`, ...predicted, ...about, ...answers].join(',')}}`
}

function answerLine(given: CaseAnswer, one: CaseRecord): string {
  const { by, at, attentionMs, answer = one.answer } = given
  const about = JSON.stringify({ by, at: new Date(at).toISOString(), ...(attentionMs !== undefined && { attentionMs }) })
  return `${about.slice(0, -1)},"answer":${answer}}`
}

/** The fields that questions have, in order of appearance; `undefined` when one is not made of fields. A reading of all cases. */
async function questionFields(options: ExportOptions): Promise<string[] | undefined> {
  const fields = new Set<string>()
  for await (const one of everyCase(options.cases, options)) {
    const question = fieldsIn(one)
    if (question === undefined) return undefined
    for (const field of Object.keys(question)) fields.add(field)
  }
  return [...fields]
}

function fieldColumns(fields: readonly string[] | undefined): string[] {
  return fields === undefined ? ['question'] : fields.map((field) => `question.${field}`)
}

function cellsOf(one: CaseRecord, fields: readonly string[] | undefined): string[] {
  const question = fields === undefined ? undefined : fieldsIn(one)
  return [
    ...(question === undefined || fields === undefined ? [cellOf(decode(one.question))] : fields.map((field) => cellOf(question[field]))),
    cellOf(decode(one.answer)),
    one.predicted === undefined ? '' : cellOf(decode(one.predicted)),
    ...ABOUT.map((name) => (name === 'at' ? new Date(one.at).toISOString() : String(one[name] ?? ''))),
  ]
}

function fieldsIn(one: CaseRecord): Record<string, unknown> | undefined {
  const question = decode(one.question)
  const isPlain = question !== null && typeof question === 'object' && Object.getPrototypeOf(question) === Object.prototype
  return isPlain ? { ...question } : undefined
}

function cellOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : encode(value)
}

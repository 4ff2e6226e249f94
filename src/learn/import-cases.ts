/**
 * Cases from a file: decisions that people took somewhere else, for the learner to learn from.
 *
 * Owns: reading CSV and JSON Lines into cases, with every complaint at its row. Never: keeps half a file: all rows are looked at first, and
 * the cases go into the store in one write. An imported case has origin `import`, so it certifies nothing: nobody drew it at random.
 *
 * CSV: the first row names the columns. The question is one column (`question`), or one column for each of its fields, called as the
 * field is or `question.FIELD`; the rest is `answer`, and where the file has them `predicted`, `confidence`, `by`, `at`, `segment`, `version`.
 * JSON Lines: one object in each line with these names. Values that JSON lacks are written as the journal writes them.
 */
import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { RondoError } from '../errors.ts'
import { everyCase } from '../journal/every-case.ts'
import type { NewCase } from '../journal/records.ts'
import type { CaseStore } from '../journal/store.ts'
import { decode, encode } from '../json.ts'
import { issuesOf } from '../people/answer-schema.ts'
import { Cell, type Fields, type FileOptions, isFields, readFields } from './case-fields.ts'
import type { TextSource } from './csv.ts'

/** The decision whose cases these are. */
export interface CaseSubject {
  readonly name: string
  readonly question: z.ZodType
  readonly answer: z.ZodType
}

export interface ImportOptions extends FileOptions {
  readonly cases: CaseStore
  readonly decision: CaseSubject
  /** Told how many rows were read, now and then. */
  readonly progress?: (rows: number) => void
}

export interface Imported {
  readonly imported: number
  /** Cases of the file that were imported before, and were left out. */
  readonly known: number
}

/** Complaints that are reported; more are counted. */
const COMPLAINTS = 20
const PROGRESS_EVERY = 1000

/**
 * Imports a file of cases, all of it or nothing. The same file again adds nothing. Throws `invalid_input` that names the rows at fault.
 *
 * @example
 * await importCases({ cases: rondo.store.cases, decision: folder, format: 'csv', columns: { question: { body: 'Text' }, answer: 'Label' } }, createReadStream(file))
 */
export async function importCases(options: ImportOptions, source: TextSource): Promise<Imported> {
  const { cases, decision } = options
  const complaints: string[] = []
  const read: NewCase[] = []
  let [rows, wrong] = [0, 0]
  for await (const { fields, row, line } of readFields(options, source)) {
    rows += 1
    if (rows % PROGRESS_EVERY === 0) options.progress?.(rows)
    const made = caseOf(decision, fields)
    if (typeof made !== 'string') {
      if (wrong === 0) read.push(made)
      continue
    }
    wrong += 1
    if (complaints.length < COMPLAINTS) complaints.push(`row ${row} (line ${line}): ${made}`)
  }
  if (wrong > 0) throw refused(wrong, rows, complaints)
  const fresh = await unknownOf(cases, decision.name, read)
  if (fresh.length > 0) await cases.add(fresh)
  return { imported: fresh.length, known: read.length - fresh.length }
}

/** The case in a row, or what is wrong with it. */
function caseOf(decision: CaseSubject, fields: Fields): NewCase | string {
  const question = fitting(decision.question, fields['question'])
  const answer = fitting(decision.answer, fields['answer'])
  const predicted = fields['predicted'] === undefined ? undefined : fitting(decision.answer, fields['predicted'])
  const confidence = shareIn(fields['confidence'])
  const at = timeIn(fields['at'])
  const wrong = [
    'wrong' in question && `question: ${question.wrong}`,
    'wrong' in answer && `answer: ${answer.wrong}`,
    predicted !== undefined && 'wrong' in predicted && `predicted: ${predicted.wrong}`,
    Number.isNaN(confidence) && 'confidence: it is a number from 0 to 1',
    Number.isNaN(at) && 'at: it is a time such as 2026-01-31T09:30:00Z, or milliseconds since 1970',
  ].filter((one) => one !== false)
  if ('wrong' in question || 'wrong' in answer || (predicted !== undefined && 'wrong' in predicted) || wrong.length > 0)
    return wrong.join('; ')
  const [by, segment, version] = [textIn(fields['by']), textIn(fields['segment']), textIn(fields['version'])]
  return {
    decision: decision.name,
    question: encode(question.value),
    answer: encode(answer.value),
    probability: 1,
    origin: 'import',
    ...(predicted !== undefined && { predicted: encode(predicted.value) }),
    ...(confidence !== undefined && { confidence }),
    ...(by !== undefined && { by }),
    ...(at !== undefined && { at }),
    ...(segment !== undefined && { segment }),
    ...(version !== undefined && { version }),
  }
}

/** The value a schema makes of what the file says. Cells are text first; the ones refused as text are read as JSON. */
function fitting(schema: z.ZodType, said: unknown): { readonly value: unknown } | { readonly wrong: string } {
  const asText = schema.safeParse(withCells(said, () => false))
  if (asText.success) return { value: asText.data }
  const refusedFields = new Set(asText.error.issues.map(({ path }) => path[0]))
  const asJson = schema.safeParse(withCells(said, (field) => refusedFields.has(field)))
  return asJson.success ? { value: asJson.data } : { wrong: issuesOf(asText.error).replaceAll('the answer: ', '') }
}

function withCells(said: unknown, isJson: (field: string | undefined) => boolean): unknown {
  if (said instanceof Cell) return isJson(undefined) ? jsonIn(said.text) : said.text
  if (!isFields(said) || !Object.values(said).some((value) => value instanceof Cell)) return said
  const read = Object.entries(said).map(([field, cell]): [string, unknown] => {
    const text = cell instanceof Cell ? cell.text : ''
    return [field, isJson(field) ? jsonIn(text) : text]
  })
  return Object.fromEntries(read)
}

/** An empty cell is nothing; what is no JSON stays text. */
function jsonIn(text: string): unknown {
  if (text === '') return undefined
  try {
    return decode(text)
  } catch {
    return text
  }
}

function shareIn(said: unknown): number | undefined {
  if (said === undefined || said === null) return undefined
  const share = said instanceof Cell ? Number(said.text) : said
  return typeof share === 'number' && share >= 0 && share <= 1 ? share : Number.NaN
}

function timeIn(said: unknown): number | undefined {
  if (said === undefined || said === null) return undefined
  const time = said instanceof Cell ? said.text : said
  if (typeof time === 'number' || (typeof time === 'string' && /^\d+$/.test(time))) return Math.round(Number(time))
  return time instanceof Date ? time.getTime() : Date.parse(String(time))
}

function textIn(said: unknown): string | undefined {
  if (said instanceof Cell) return said.text
  return said === undefined || said === null ? undefined : String(said)
}

/** Those cases that were not imported before. A file may hold the same case twice: as often as that it is new. */
async function unknownOf(cases: CaseStore, decision: string, read: readonly NewCase[]): Promise<NewCase[]> {
  const known = new Map<string, number>()
  for await (const one of everyCase(cases, { decision }))
    if (one.origin === 'import') known.set(printOf(one), (known.get(printOf(one)) ?? 0) + 1)
  return read.filter((one) => {
    const left = known.get(printOf(one)) ?? 0
    if (left > 0) known.set(printOf(one), left - 1)
    return left === 0
  })
}

function printOf({ question, answer, by }: Pick<NewCase, 'question' | 'answer' | 'by'>): string {
  return createHash('sha256')
    .update(JSON.stringify([question, answer, by ?? '']))
    .digest('base64')
}

function refused(wrong: number, rows: number, complaints: readonly string[]): RondoError {
  const more = wrong > complaints.length ? `\n  and ${wrong - complaints.length} more` : ''
  return new RondoError(
    'invalid_input',
    `Nothing was imported: ${wrong} of ${rows} rows do not fit the decision.\n  ${complaints.join('\n  ')}${more}`,
    { details: { wrong, rows } },
  )
}

/**
 * A file of people's answers: who said what to which item, one row for each answer.
 *
 * Owns: reading it, with complaints at their rows. The first row names the columns, unless they are named from outside.
 */
import { RondoError } from '../errors.ts'
import { type Row, readCsv, type TextSource } from './csv.ts'
import type { PersonAnswer } from './reviewers.ts'

export interface AnswerFileOptions {
  /** What the columns are, in order, for a file whose first row is an answer already. Others may be called anything. */
  readonly columns?: readonly string[]
  readonly separator?: string
}

/** What a column may be called. */
const NAMES = {
  item: ['item', 'question', 'task', 'id'],
  by: ['by', 'worker', 'reviewer', 'annotator', 'person'],
  answer: ['answer', 'label'],
  gold: ['gold', 'truth'],
  seconds: ['seconds'],
} as const

type Field = keyof typeof NAMES
type Places = Readonly<Record<Field, number>>

/** The answers in a file of comma-separated values. Throws `invalid_input` that names the row. */
export async function readAnswers(source: TextSource, options: AnswerFileOptions = {}): Promise<PersonAnswer[]> {
  const { columns, separator } = options
  let places = columns === undefined ? undefined : placesIn(columns)
  const width = columns?.length
  const answers: PersonAnswer[] = []
  for await (const row of readCsv(source, separator === undefined ? {} : { separator })) {
    if (places === undefined) {
      places = placesIn(row.cells)
      continue
    }
    if (width !== undefined && row.cells.length !== width)
      throw refused(row, `it has ${row.cells.length} cells, and ${width} columns are named`)
    answers.push(answerIn(row, places))
  }
  if (answers.length === 0) throw new RondoError('invalid_input', 'The file holds no answers.')
  return answers
}

function placesIn(columns: readonly string[]): Places {
  const lower = columns.map((column) => column.trim().toLowerCase())
  const place = (field: Field): number => Math.max(-1, ...NAMES[field].map((name) => lower.indexOf(name)))
  const places: Places = { item: place('item'), by: place('by'), answer: place('answer'), gold: place('gold'), seconds: place('seconds') }
  const missing = (['item', 'by', 'answer'] as const).filter((field) => places[field] === -1)
  if (missing.length === 0) return places
  throw new RondoError(
    'invalid_input',
    `The file has no column called ${missing.map((field) => NAMES[field].join(' or ')).join(', and none called ')}. It has: ${columns.join(', ')}. If that is no row of names, say what the columns are, as in --columns by,item,answer,gold,seconds.`,
  )
}

function answerIn(row: Row, places: Places): PersonAnswer {
  const cell = (field: Field): string | undefined => (places[field] === -1 ? undefined : row.cells[places[field]]?.trim())
  const [item, by, answer, gold, time] = [cell('item'), cell('by'), cell('answer'), cell('gold'), cell('seconds')]
  if (!item || !by || !answer) throw refused(row, `${!item ? 'item' : !by ? 'by' : 'answer'} is empty`)
  const seconds = time === undefined || time === '' ? undefined : Number(time)
  if (seconds !== undefined && !(seconds >= 0)) throw refused(row, `"${time}" is no number of seconds`)
  return { item, by, answer, alone: true, ...(gold && { gold }), ...(seconds !== undefined && { seconds }) }
}

function refused({ row, line }: Row, what: string): RondoError {
  return new RondoError('invalid_input', `Row ${row} (line ${line}) is no answer: ${what}.`, { details: { row, line } })
}

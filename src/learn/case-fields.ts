/**
 * What the rows of a file of cases say, by name: CSV and JSON Lines brought to one form.
 *
 * Owns: which column or key is what. Never: knows the decision; what a cell means is for its schema to say (import-cases.ts).
 */
import { RondoError } from '../errors.ts'
import { decode } from '../json.ts'
import { type Row, readCsv, readLines, type TextSource } from './csv.ts'

export type CaseFormat = 'csv' | 'jsonl'

/** Which column holds what, where the file calls it otherwise. `question` is a column, or a column for each field. */
export interface CaseColumns {
  readonly question?: string | Readonly<Record<string, string>>
  readonly answer?: string
  readonly predicted?: string
  readonly confidence?: string
  readonly by?: string
  readonly at?: string
  readonly segment?: string
  readonly version?: string
}

/** What a row says, by name, and where it stands. Values are as the file has them: `Cell`s, or what JSON made of them. */
export interface Said {
  readonly row: number
  readonly line: number
  readonly fields: Fields
}
export type Fields = Readonly<Record<string, unknown>>

export interface FileOptions {
  readonly format: CaseFormat
  readonly columns?: CaseColumns
  /** Of a CSV file. Default: the one its first line uses. */
  readonly separator?: string
}

/** The text of a CSV cell: text where text is asked for, else what JSON makes of it. */
export class Cell {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** The rows of a file. Throws `invalid_input`, naming the row, for a file that cannot be read. */
export async function* readFields(options: FileOptions, source: TextSource): AsyncGenerator<Said> {
  if (options.format === 'jsonl') return yield* fieldsOfLines(source)
  const { separator } = options
  let layout: Layout | undefined
  for await (const row of readCsv(source, separator === undefined ? {} : { separator })) {
    if (layout === undefined) layout = layoutOf(row, options.columns ?? {})
    else yield { row: row.row, line: row.line, fields: layout(row) }
  }
  if (layout === undefined) throw new RondoError('invalid_input', 'The file is empty: its first row must name the columns.')
}

async function* fieldsOfLines(source: TextSource): AsyncGenerator<Said> {
  let row = 0
  for await (const { line, text } of readLines(source)) {
    row += 1
    yield { row, line, fields: objectIn(text, line) }
  }
}

function objectIn(text: string, line: number): Fields {
  let value: unknown
  try {
    value = decode(text)
  } catch {
    // Without the cause: its message quotes what the line says.
    throw new RondoError('invalid_input', `Line ${line} is no JSON. Nothing was imported.`, { details: { line } })
  }
  if (isFields(value)) return value
  throw new RondoError('invalid_input', `Line ${line} holds no object such as {"question": …, "answer": …}. Nothing was imported.`, {
    details: { line },
  })
}

/** How a row becomes fields. */
type Layout = (row: Row) => Fields

const PLAIN = ['answer', 'predicted', 'confidence', 'by', 'at', 'segment', 'version'] as const

function layoutOf({ cells: header }: Row, columns: CaseColumns): Layout {
  const at = (column: string): number => {
    const index = header.indexOf(column)
    if (index !== -1) return index
    throw new RondoError(
      'invalid_input',
      `The file has no column "${column}". It has: ${header.join(', ')}. Say with { columns } which column holds what.`,
    )
  }
  const plain = PLAIN.flatMap((name) => {
    const column = columns[name]
    if (column !== undefined) return [[name, at(column)] as const]
    return name === 'answer' || header.includes(name) ? [[name, at(name)] as const] : []
  })
  const question = questionColumns(header, columns, at)
  return ({ cells, row, line }) => {
    if (cells.length !== header.length)
      throw new RondoError(
        'invalid_input',
        `Row ${row} (line ${line}) has ${cells.length} cells where the first row names ${header.length} columns. Nothing was imported.`,
        { details: { row, line } },
      )
    const fields: Record<string, unknown> = {}
    for (const [name, index] of plain) if (name === 'answer' || cells[index] !== '') fields[name] = new Cell(cells[index] ?? '')
    fields['question'] =
      typeof question === 'number'
        ? new Cell(cells[question] ?? '')
        : Object.fromEntries(question.map(([field, index]) => [field, new Cell(cells[index] ?? '')]))
    return fields
  }
}

/** The column of the question, or those of its fields. Without a word about it, every column that is nothing else is a field. */
function questionColumns(header: readonly string[], columns: CaseColumns, at: (column: string) => number): number | [string, number][] {
  const { question } = columns
  if (typeof question === 'string') return at(question)
  if (question !== undefined) return Object.entries(question).map(([field, column]) => [field, at(column)])
  if (header.includes('question')) return at('question')
  const prefixed = header.filter((column) => column.startsWith('question.'))
  if (prefixed.length > 0) return prefixed.map((column) => [column.slice('question.'.length), at(column)])
  const taken = new Set<string>([...PLAIN.map((name) => columns[name] ?? name), ...BOOKKEEPING])
  return header.filter((column) => !taken.has(column)).map((column) => [column, at(column)])
}

/** Columns of an export that say how a case came about: not imported, and no field of a question. */
const BOOKKEEPING = ['seq', 'run', 'path', 'probability', 'origin', 'policy', 'epoch', 'blind']

export function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

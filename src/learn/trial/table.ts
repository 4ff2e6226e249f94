/**
 * A file of past decisions as a table of text: CSV and JSON Lines brought to one form.
 *
 * Owns: columns, cells and where each row stands. Never: knows what a column means (columns.ts), or drops a row in silence: what cannot be
 * a row of the table is among the `faults`.
 */
import { RondoError } from '../../errors.ts'
import { decode } from '../../json.ts'
import { readCsv, readLines, type TextSource } from '../csv.ts'

export type TableFormat = 'csv' | 'jsonl'

export interface TableRow {
  /** As a spreadsheet counts them: the header of a CSV file is row 1. */
  readonly row: number
  readonly line: number
  /** One for each column. */
  readonly cells: readonly string[]
}

/** A row that is left out, and why. */
export interface Fault {
  readonly row: number
  readonly line: number
  readonly why: string
}

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly TableRow[]
  readonly faults: readonly Fault[]
}

export interface TableOptions {
  readonly format: TableFormat
  /** The names of the columns, for a CSV file whose first row is data already. */
  readonly header?: readonly string[]
  /** Told how many rows were read, now and then. */
  readonly progress?: (rows: number) => void
}

const PROGRESS_EVERY = 1000

/** Reads all of a file. Throws `invalid_input`, naming the place, for a file that is no table. */
export async function readTable(source: TextSource, options: TableOptions): Promise<Table> {
  const table = options.format === 'csv' ? await csvTable(source, options) : await linesTable(source, options)
  if (table.rows.length > 0) return table
  const [first] = table.faults
  throw new RondoError(
    'invalid_input',
    first === undefined
      ? 'The file has no rows. It takes a header that names the columns, and a row for each past decision.'
      : `No row of the file can be read. Row ${first.row} (line ${first.line}): ${first.why}`,
  )
}

async function csvTable(source: TextSource, { header, progress }: TableOptions): Promise<Table> {
  let columns = header
  const rows: TableRow[] = []
  const faults: Fault[] = []
  for await (const { row, line, cells } of readCsv(source)) {
    if (columns === undefined) {
      columns = named(cells)
      continue
    }
    if (cells.length === columns.length) rows.push({ row, line, cells: cells.map((cell) => cell.trim()) })
    else faults.push({ row, line, why: `it has ${cells.length} cells, and there are ${columns.length} columns` })
    if (row % PROGRESS_EVERY === 0) progress?.(row)
  }
  return { columns: columns ?? [], rows, faults }
}

/** The names in a header. A header that names two columns alike is rather a row of data. */
function named(cells: readonly string[]): readonly string[] {
  const names = cells.map((cell, index) => (cell.trim() === '' ? `column ${index + 1}` : cell.trim()))
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return names
  throw new RondoError(
    'invalid_input',
    `The first row names two columns "${twice}" (${names.join(', ')}). If it is a row of data already, give the names yourself: --header one,two,…`,
    { details: { row: 1 } },
  )
}

async function linesTable(source: TextSource, { progress }: TableOptions): Promise<Table> {
  const places = new Map<string, number>()
  const read: { row: number; line: number; fields: ReadonlyMap<string, string> }[] = []
  const faults: Fault[] = []
  let row = 0
  for await (const { line, text } of readLines(source)) {
    row += 1
    const fields = fieldsOf(text)
    if (typeof fields === 'string') faults.push({ row, line, why: fields })
    else {
      for (const name of fields.keys()) if (!places.has(name)) places.set(name, places.size)
      read.push({ row, line, fields })
    }
    if (row % PROGRESS_EVERY === 0) progress?.(row)
  }
  const columns = [...places.keys()]
  return {
    columns,
    rows: read.map(({ fields, ...place }) => ({ ...place, cells: columns.map((name) => fields.get(name) ?? '') })),
    faults,
  }
}

/** The fields of a line as text, those of nested objects as `outer.inner`; or what is wrong with it. */
function fieldsOf(text: string): ReadonlyMap<string, string> | string {
  let value: unknown
  try {
    value = decode(text)
  } catch {
    // Without the cause: its message quotes what the line says.
    return 'it is no JSON'
  }
  if (!isRecord(value)) return 'it holds no object such as {"text": …, "answer": …}'
  const fields = new Map<string, string>()
  collect(value, '', fields)
  return fields
}

function collect(record: Readonly<Record<string, unknown>>, prefix: string, fields: Map<string, string>): void {
  for (const [name, value] of Object.entries(record)) {
    if (isRecord(value)) collect(value, `${prefix}${name}.`, fields)
    else if (value === null || value === undefined) fields.set(prefix + name, '')
    else fields.set(prefix + name, (typeof value === 'string' ? value : JSON.stringify(value)).trim())
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
}

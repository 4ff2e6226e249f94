/**
 * Comma-separated values, as RFC 4180 has them and as spreadsheets write them, read as they stream in.
 *
 * Owns: cutting text into rows and cells, and writing them. Never: knows what a cell means.
 * Taken as they come: LF, CRLF or CR between rows, a byte order mark, blank lines (skipped), a quote inside an unquoted cell (text).
 * Refused, with the row and the line: text after a closing quote, a quote that is never closed.
 */
import { RondoError } from '../errors.ts'

export interface Row {
  /** Counted from 1, the header included, blank lines not: what a spreadsheet shows beside it, unless the file has blank lines. */
  readonly row: number
  /** The line of the file on which it begins, from 1. */
  readonly line: number
  readonly cells: readonly string[]
}

export type TextSource = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>

/** A file may use semicolons or tabs: the one that occurs most often in the first line. */
const SEPARATORS = [',', ';', '\t']
/** Characters in which a first line ends, or else the separator is taken from what there is. */
const HEAD = 65_536

/** The rows of a file. Holds one row in memory, however long the file. */
export async function* readCsv(source: TextSource, options: { readonly separator?: string } = {}): AsyncGenerator<Row> {
  const reader = new CsvReader(options.separator)
  for await (const chunk of textOf(source)) yield* reader.read(chunk)
  yield* reader.end()
}

/** The lines of a file, without their ends; blank ones are left out. */
export async function* readLines(source: TextSource): AsyncGenerator<{ readonly line: number; readonly text: string }> {
  let [rest, line] = ['', 0]
  for await (const chunk of textOf(source)) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) {
      line += 1
      if (text.trim() !== '') yield { line, text }
    }
  }
  if (rest.trim() !== '') yield { line: line + 1, text: rest }
}

/** A row as text, its end included. Cells are quoted only where they must be. */
export function csvLine(cells: readonly string[]): string {
  const quoted = cells.map((cell) => (/[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
  // A row of one empty cell would be a blank line.
  return `${quoted.length === 1 && quoted[0] === '' ? '""' : quoted.join(',')}\r\n`
}

/** Text of bytes or text: UTF-8, its byte order mark taken away. Throws `invalid_input` for bytes that are no UTF-8. */
async function* textOf(source: TextSource): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let bytes = 0
  let isFirst = true
  const decoded = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
    } catch (cause) {
      throw new RondoError(
        'invalid_input',
        `The file is not UTF-8 text (at or before byte ${bytes}). Save it as "CSV UTF-8", or convert it.`,
        { cause },
      )
    }
  }
  for await (const chunk of source) {
    bytes += chunk.length
    const text = typeof chunk === 'string' ? chunk : decoded(chunk)
    if (text === '') continue
    yield isFirst && text.startsWith('\uFEFF') ? text.slice(1) : text
    isFirst = false
  }
  const last = decoded()
  if (last !== '') yield last
}

/** Where in a cell the reader is. `quote`: at a quote inside a quoted cell, which the next character shows to be an end or a quote. */
type Place = 'start' | 'plain' | 'quoted' | 'quote'

class CsvReader {
  #separator: string | undefined
  #place: Place = 'start'
  #cell = ''
  #cells: string[] = []
  #row = 1
  #line = 1
  #begins = 1
  #afterReturn = false
  /** Until the separator is known: what there is of the first line. */
  #head = ''

  constructor(separator: string | undefined) {
    this.#separator = separator
  }

  *read(chunk: string): Generator<Row> {
    let text = chunk
    if (this.#separator === undefined) {
      this.#head += chunk
      if (this.#head.length < HEAD && !/^[\r\n]*[^"\r\n]+[\r\n]/.test(unquoted(this.#head))) return
      this.#separator = separatorOf(this.#head)
      text = this.#head
    }
    yield* this.#scan(text, this.#separator)
  }

  *end(): Generator<Row> {
    if (this.#separator === undefined) yield* this.#scan(this.#head, separatorOf(this.#head))
    if (this.#place === 'quoted')
      throw this.#refused('a quote is opened and never closed. A quote inside a quoted cell is written twice ("")')
    yield* this.#endRow()
  }

  *#scan(text: string, separator: string): Generator<Row> {
    for (let at = 0; at < text.length; at += 1) {
      const character = text[at] ?? ''
      const isPairsSecond = this.#afterReturn && character === '\n'
      this.#afterReturn = character === '\r'
      if (this.#place === 'quoted') {
        // The bulk of a long cell is taken in one piece.
        const close = text.indexOf('"', at)
        const piece = text.slice(at, close === -1 ? text.length : close)
        this.#cell += piece
        this.#line += linesIn(piece, isPairsSecond)
        this.#afterReturn = piece === '' ? false : piece.endsWith('\r')
        at += piece.length
        if (close !== -1) {
          this.#place = 'quote'
          this.#afterReturn = false
        }
      } else if (character === separator) {
        this.#endCell()
      } else if (character === '\n' || character === '\r') {
        if (isPairsSecond) continue
        yield* this.#endRow()
        this.#line += 1
        this.#begins = this.#line
      } else if (character === '"' && this.#place !== 'plain') {
        if (this.#place === 'quote') this.#cell += '"'
        this.#place = 'quoted'
      } else if (this.#place === 'quote') {
        throw this.#refused(`there is text after a closing quote. A quote inside a quoted cell is written twice ("")`)
      } else {
        this.#cell += character
        this.#place = 'plain'
      }
    }
  }

  #endCell(): void {
    this.#cells.push(this.#cell)
    this.#cell = ''
    this.#place = 'start'
  }

  *#endRow(): Generator<Row> {
    const isBlank = this.#cells.length === 0 && this.#place === 'start'
    if (isBlank) return
    this.#endCell()
    yield { row: this.#row, line: this.#begins, cells: this.#cells }
    this.#row += 1
    this.#cells = []
  }

  #refused(what: string): RondoError {
    return new RondoError('invalid_input', `Row ${this.#row} (from line ${this.#begins}) cannot be read: ${what}.`, {
      details: { row: this.#row, line: this.#begins },
    })
  }
}

function linesIn(piece: string, startsInPair: boolean): number {
  return (piece.match(/\r\n|\r|\n/g)?.length ?? 0) - (startsInPair && piece.startsWith('\n') ? 1 : 0)
}

function separatorOf(head: string): string {
  const [line = ''] = unquoted(head)
    .replace(/^[\r\n]+/, '')
    .split(/[\r\n]/, 1)
  const counts = SEPARATORS.map((separator) => line.split(separator).length)
  return SEPARATORS[counts.indexOf(Math.max(...counts))] ?? ','
}

/** The text with every quoted cell as one letter. */
function unquoted(text: string): string {
  return text.replaceAll(/"[^"]*"/g, 'q')
}

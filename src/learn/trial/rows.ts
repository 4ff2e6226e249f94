/**
 * The past decisions in a table, and what is odd about them.
 *
 * Owns: what makes a row usable, and findings about the data as a whole. Never: mends a value. What is left out is counted by reason, with
 * the rows it was.
 */
import { RondoError } from '../../errors.ts'
import { type Columns, numberIn, type SystemColumns } from './columns.ts'
import type { Table, TableRow } from './table.ts'

/** A recorded proposal. */
export interface Recorded {
  /** `undefined`: it proposed nothing. */
  readonly answer: string | undefined
  readonly confidence: number
}

/** A past decision. */
export interface PastDecision {
  readonly row: number
  readonly line: number
  readonly text: string
  /** What people decided. */
  readonly answer: string
  readonly recorded: Recorded | undefined
  readonly against: Recorded | undefined
  /** One for each segment column. */
  readonly segments: readonly string[]
}

/** Rows with something in common that is worth knowing. */
export interface Finding {
  readonly kind:
    | 'unreadable'
    | 'no answer'
    | 'no text'
    | 'bad confidence'
    | 'same text, other answer'
    | 'repeated'
    | 'one answer'
    | 'answer once'
    | 'answer spelt twice'
  /** A sentence for people. */
  readonly message: string
  readonly count: number
  /** Whether these rows take no part. */
  readonly leftOut: boolean
  /** The first of them. */
  readonly rows: readonly number[]
}

export interface PastDecisions {
  readonly decisions: readonly PastDecision[]
  readonly findings: readonly Finding[]
}

const ROWS_SHOWN = 20
const NOTHING = ''

/** Reads the decisions. `needsText`: a row without a text is of no use. Throws `invalid_input` when no row is of use. */
export function pastDecisions(table: Table, columns: Columns, needsText: boolean): PastDecisions {
  const reader = new Reader(table, columns)
  const left = new Map<Finding['kind'], TableRow[]>()
  const decisions: PastDecision[] = []
  for (const row of table.rows) {
    const decision = reader.read(row)
    const why = typeof decision === 'string' ? decision : needsText && decision.text === '' ? 'no text' : undefined
    if (why !== undefined) left.set(why, [...(left.get(why) ?? []), row])
    else if (typeof decision !== 'string') decisions.push(decision)
  }
  const findings = [...unreadable(table), ...[...left].map(([kind, rows]) => leftOut(kind, rows, columns))]
  if (decisions.length === 0)
    throw new RondoError('invalid_input', `No row can be used. ${findings.map(({ message }) => message).join(' ')}`)
  return { decisions, findings: [...findings, ...oddities(decisions, columns)] }
}

class Reader {
  readonly #at: (name: string) => number
  readonly #columns: Columns
  readonly #percent: ReadonlyMap<string, number>

  constructor({ columns: names, rows }: Table, columns: Columns) {
    this.#at = (name) => names.indexOf(name)
    this.#columns = columns
    const confidences = [columns.system?.confidence, columns.against?.confidence].filter((name) => name !== undefined)
    this.#percent = new Map(confidences.map((name) => [name, scaleOf(rows, names.indexOf(name))]))
  }

  /** The decision, or what makes the row unusable. */
  read({ row, line, cells }: TableRow): PastDecision | 'no answer' | 'bad confidence' {
    const { text, answer, system, against, segments } = this.#columns
    const cell = (name: string): string => cells[this.#at(name)] ?? ''
    if (cell(answer) === '') return 'no answer'
    const recorded = system && this.#recorded(system, cell)
    const other = against && this.#recorded(against, cell)
    if (recorded === 'bad confidence' || other === 'bad confidence') return 'bad confidence'
    return {
      row,
      line,
      text: text
        .map(cell)
        .filter((part) => part !== '')
        .join('\n'),
      answer: cell(answer),
      recorded,
      against: other,
      segments: segments.map((name) => cell(name) || '(empty)'),
    }
  }

  #recorded({ prediction, confidence }: SystemColumns, cell: (name: string) => string): Recorded | 'bad confidence' {
    const answer = cell(prediction) || undefined
    if (answer === undefined) return { answer, confidence: 0 }
    if (confidence === undefined) return { answer, confidence: 1 }
    const said = cell(confidence)
    const value = numberIn(said) / (this.#percent.get(confidence) ?? 1)
    return said !== '' && value >= 0 && value <= 1 ? { answer, confidence: value } : 'bad confidence'
  }
}

/** 100 where a column of confidences holds percentages, else 1. */
function scaleOf(rows: readonly TableRow[], index: number): 1 | 100 {
  const said = rows.map(({ cells }) => cells[index] ?? '').filter((cell) => cell !== NOTHING)
  if (said.some((cell) => cell.endsWith('%'))) return 100
  const numbers = said.map(numberIn).filter((number) => Number.isFinite(number))
  const most = numbers.reduce((top, number) => Math.max(top, number), 0)
  // A lone value above 1 is a slip, and no percentage.
  return most > 1 && most <= 100 && numbers.filter((number) => number > 1).length > numbers.length / 2 ? 100 : 1
}

function unreadable({ faults }: Table): Finding[] {
  const [first] = faults
  if (first === undefined) return []
  const message = `${counted(faults.length, 'row')} cannot be read, such as row ${first.row} (line ${first.line}): ${first.why}.`
  return [{ kind: 'unreadable', message, count: faults.length, leftOut: true, rows: rowsOf(faults) }]
}

function leftOut(kind: Finding['kind'], rows: readonly TableRow[], { answer, text, system, against }: Columns): Finding {
  const confidences = [system?.confidence, against?.confidence].filter((name) => name !== undefined)
  const have = rows.length === 1 ? 'has' : 'have'
  const why: Partial<Record<Finding['kind'], string>> = {
    'no answer': `${have} nothing in "${answer}", so nobody knows what is right`,
    'no text': `${have} no text in ${text.map((name) => `"${name}"`).join(', ')}`,
    'bad confidence': `${have} no number from 0 to 1 in ${confidences.map((name) => `"${name}"`).join(' or ')}`,
  }
  return { kind, message: `${counted(rows.length, 'row')} ${why[kind]}.`, count: rows.length, leftOut: true, rows: rowsOf(rows) }
}

/** What stays in, and somebody should know of. */
function oddities(decisions: readonly PastDecision[], { answer }: Columns): Finding[] {
  const byText = Map.groupBy(
    decisions.filter(({ text }) => text !== ''),
    ({ text }) => text.toLowerCase().replace(/\s+/g, ' '),
  )
  const alike = [...byText.values()].filter((same) => same.length > 1)
  const torn = alike.filter((same) => new Set(same.map((one) => one.answer)).size > 1)
  const repeated = alike.flatMap((same) => same.slice(1))
  const byAnswer = Map.groupBy(decisions, (one) => one.answer)
  const once = [...byAnswer.values()].filter((same) => same.length === 1).flat()
  const spelt = [...Map.groupBy(byAnswer.keys(), (name) => name.toLowerCase().replace(/[\s_-]+/g, ' ')).values()]
  const twice = spelt.filter((names) => names.length > 1)
  const found: Finding[] = []
  const add = (kind: Finding['kind'], rows: readonly PastDecision[], count: number, message: string): void => {
    if (count > 0) found.push({ kind, message, count, leftOut: false, rows: rowsOf(rows) })
  }
  add(
    'same text, other answer',
    torn.flat(),
    torn.length,
    `${counted(torn.length, 'text')} ${torn.length === 1 ? 'was' : 'were'} answered in more than one way: no predictor can get all of ${torn.length === 1 ? 'its' : 'their'} ${torn.flat().length} rows right.`,
  )
  add(
    'repeated',
    repeated,
    repeated.length,
    `${counted(repeated.length, 'row')} ${repeated.length === 1 ? 'repeats' : 'repeat'} the text of an earlier one. If people do not really ask the same again, leave them out: they look easier than they are.`,
  )
  add(
    'one answer',
    [],
    byAnswer.size === 1 && decisions.length > 1 ? 1 : 0,
    `Every row that is used has the same answer in "${answer}": there was nothing to decide, and what this trial says of proposals holds for no other answer.`,
  )
  add(
    'answer once',
    once,
    once.length,
    `${counted(once.length, 'answer')} in "${answer}" ${once.length === 1 ? 'occurs' : 'occur'} only once (${someOf(once.map((one) => one.answer))}): nothing can be learned or checked there.`,
  )
  add(
    'answer spelt twice',
    twice.flatMap((names) => names.flatMap((name) => byAnswer.get(name)?.[0] ?? [])),
    twice.length,
    `${counted(twice.length, 'answer')} in "${answer}" ${twice.length === 1 ? 'is' : 'are'} spelt in more than one way (${someOf(twice.map((names) => names.map((name) => `"${name}"`).join(' = ')))}): they count as different answers.`,
  )
  return found
}

function someOf(names: readonly string[]): string {
  return names.length <= 5 ? names.join(', ') : `${names.slice(0, 4).join(', ')} and ${names.length - 4} more`
}

function rowsOf(rows: readonly { readonly row: number }[]): number[] {
  return rows
    .map(({ row }) => row)
    .sort((one, other) => one - other)
    .slice(0, ROWS_SHOWN)
}

function counted(count: number, one: string): string {
  return `${count.toLocaleString('en-US')} ${one}${count === 1 ? '' : 's'}`
}

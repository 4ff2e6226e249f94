/**
 * Which column is what: as it was told, and otherwise as names and contents suggest.
 *
 * Owns: that guess, and complaints about columns that are not there. Never: guesses in silence: what was guessed is said (`guessed`).
 */
import { RondoError } from '../../errors.ts'
import type { Table } from './table.ts'

/** Recorded proposals of one system. */
export interface SystemColumns {
  readonly prediction: string
  /** Without it, every proposal of the system counts as equally sure. */
  readonly confidence: string | undefined
}

export interface Columns {
  /** What was asked: one text, or several that are read one under the other. Empty where the file has none. */
  readonly text: readonly string[]
  /** What people decided. */
  readonly answer: string
  /** The system whose recorded proposals are tried; `undefined`: the proposals come from a predictor. */
  readonly system: SystemColumns | undefined
  /** The system it is compared with. */
  readonly against: SystemColumns | undefined
  readonly segments: readonly string[]
  /** Those of `text`, `answer`, `prediction`, `confidence` and `against confidence` that nobody named. */
  readonly guessed: readonly string[]
}

/** What somebody said of the columns. */
export interface ColumnChoice {
  readonly text?: readonly string[]
  readonly answer?: string
  readonly prediction?: string
  readonly confidence?: string
  readonly against?: string
  readonly againstConfidence?: string
  readonly segments?: readonly string[]
  /** Whether recorded proposals may be guessed: not when a model was named to propose. */
  readonly guessPrediction?: boolean
}

const TEXT =
  /^(texts?|bod(y|ies)|subject|message|mail|email|content|question|sentence|utterance|query|queries|comment|description|title|ticket|request|summary|input|complaint|review)$/
const ANSWER =
  /^(answer|label|category|intent|class|target|folder|queue|tag|decision|outcome|expected|gold|truth|actual|correct|resolution|type|topic|y)$/
const PREDICTION =
  /^(predicted|prediction|pred|predict|proposal|proposed|suggested|suggestion|guess|model_?answer|y_?pred)([_ .-].*)?$|[_ .-](prediction|predicted|pred|proposal|suggestion)$/
const CONFIDENCE =
  /^(confidence|score|probability|prob|certainty|conf)$|[_ .-](confidence|score|probability|prob|conf)$|^(confidence|score|prob)[_ .-]/

/** Columns looked at this far suffice to know them. */
const SAMPLE = 2000
const MOST_ANSWERS = 500

/** Finds the columns. Throws `usage` for one that is not there, and when no answer can be found. */
export function columnsOf(table: Table, choice: ColumnChoice): Columns {
  const find = (name: string, option: string): string => columnNamed(table.columns, name, option)
  const guessed: string[] = []
  const facts = table.columns.map((name, index) => factsOf(table, name, index))
  const segments = (choice.segments ?? []).flatMap((name) => severalNamed(table.columns, name, '--segment'))
  const text = (choice.text ?? []).flatMap((name) => severalNamed(table.columns, name, '--text'))
  const named = {
    answer: choice.answer === undefined ? undefined : find(choice.answer, '--answer'),
    prediction: choice.prediction === undefined ? undefined : find(choice.prediction, '--prediction'),
    confidence: choice.confidence === undefined ? undefined : find(choice.confidence, '--confidence'),
    against: choice.against === undefined ? undefined : find(choice.against, '--against'),
    againstConfidence: choice.againstConfidence === undefined ? undefined : find(choice.againstConfidence, '--against-confidence'),
  }
  const taken = new Set([...segments, ...text, ...Object.values(named)].filter((name) => name !== undefined))
  const free = (): readonly Facts[] => facts.filter(({ name }) => !taken.has(name))
  const guess = (what: string, found: string | undefined): string | undefined => {
    if (found === undefined) return undefined
    guessed.push(what)
    taken.add(found)
    return found
  }
  const confidenceOf = (prediction: string, what: string): string | undefined => guess(what, guessConfidence(free(), prediction))
  const prediction = named.prediction ?? (choice.guessPrediction === false ? undefined : guess('prediction', guessPrediction(free())))
  const confidence = named.confidence ?? (prediction === undefined ? undefined : confidenceOf(prediction, 'confidence'))
  const againstConfidence =
    named.againstConfidence ?? (named.against === undefined ? undefined : confidenceOf(named.against, 'against confidence'))
  const answer = named.answer ?? guess('answer', guessAnswer(free()))
  if (answer === undefined) throw noAnswer(table.columns)
  const texts = text.length > 0 ? text : guessText(free())
  if (text.length === 0 && texts.length > 0) guessed.push('text')
  return {
    text: texts,
    answer,
    system: prediction === undefined ? undefined : { prediction, confidence },
    against: named.against === undefined ? undefined : { prediction: named.against, confidence: againstConfidence },
    segments,
    guessed,
  }
}

interface Facts {
  readonly name: string
  readonly plain: string
  readonly filled: number
  readonly distinct: number
  readonly meanLength: number
  /** The share of what is filled that is a number, and of that from 0 to 1. */
  readonly numeric: number
  readonly shares: number
}

function factsOf(table: Table, name: string, index: number): Facts {
  const cells = table.rows.slice(0, SAMPLE).flatMap(({ cells }) => cells[index] || [])
  const numbers = cells.map(numberIn).filter((number) => Number.isFinite(number))
  return {
    name,
    plain: name.toLowerCase(),
    filled: cells.length,
    distinct: new Set(cells).size,
    meanLength: cells.reduce((sum, cell) => sum + cell.length, 0) / Math.max(1, cells.length),
    numeric: numbers.length / Math.max(1, cells.length),
    shares: numbers.filter((number) => number >= 0 && number <= 1).length / Math.max(1, cells.length),
  }
}

/** The number in a cell, which may be a percentage, or have a decimal comma as spreadsheets of many countries write it. */
export function numberIn(cell: string): number {
  return Number(cell.replace(/\s*%$/, '').replace(/^(-?\d*),(\d+)$/, '$1.$2'))
}

function guessPrediction(facts: readonly Facts[]): string | undefined {
  return facts.find((one) => PREDICTION.test(one.plain) && !CONFIDENCE.test(one.plain) && one.filled > 0)?.name
}

/** The column of numbers whose name has most in common with the prediction's. */
function guessConfidence(facts: readonly Facts[], prediction: string): string | undefined {
  const fitting = facts.filter((one) => CONFIDENCE.test(one.plain) && one.numeric >= 0.5)
  const likeness = ({ plain }: Facts): number => commonStart(plain, prediction.toLowerCase())
  return fitting.sort((one, other) => likeness(other) - likeness(one))[0]?.name
}

function commonStart(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length += 1
  return length
}

/** By name; else the column whose values come again and again, the last of those. */
function guessAnswer(facts: readonly Facts[]): string | undefined {
  const named = facts.filter((one) => ANSWER.test(one.plain))
  if (named.length > 0) return named[0]?.name
  const isAnswer = ({ distinct, filled, meanLength }: Facts): boolean =>
    distinct >= 2 && distinct <= Math.min(MOST_ANSWERS, Math.max(2, filled / 2)) && meanLength <= 60
  return facts.filter((one) => isAnswer(one) && !(one.shares === 1 && one.distinct > 2)).at(-1)?.name
}

/** By name (a subject and a body are both read); else the column with the longest texts. */
function guessText(facts: readonly Facts[]): string[] {
  const worded = facts.filter((one) => one.filled > 0 && one.numeric < 0.5)
  const named = worded.filter((one) => TEXT.test(one.plain))
  if (named.length > 0) return named.map(({ name }) => name)
  const [longest] = [...worded].sort((one, other) => other.meanLength - one.meanLength)
  return longest === undefined ? [] : [longest.name]
}

/** A column by its name, upper and lower case being the same where no other column is called so. */
export function columnNamed(columns: readonly string[], name: string, option: string): string {
  if (columns.includes(name)) return name
  const alike = columns.filter((column) => column.toLowerCase() === name.trim().toLowerCase())
  const [only] = alike
  if (only !== undefined && alike.length === 1) return only
  throw new RondoError('usage', `${option} names the column "${name}", which the file does not have. It has: ${columns.join(', ')}.`, {
    details: { column: name, columns },
  })
}

/** One column, or several with commas between them. */
function severalNamed(columns: readonly string[], name: string, option: string): string[] {
  if (columns.includes(name) || !name.includes(',')) return [columnNamed(columns, name, option)]
  return name.split(',').map((part) => columnNamed(columns, part.trim(), option))
}

function noAnswer(columns: readonly string[]): RondoError {
  return new RondoError(
    'usage',
    `Which column says what people decided? None could be found: name it with --answer COLUMN. The file has: ${columns.join(', ')}.`,
    { details: { columns } },
  )
}

/**
 * `rondo cases`: the questions people have answered, and their answers: listed, taken out to a file, brought in from one.
 */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { z } from 'zod'
import { RondoError } from '../../errors.ts'
import { type CaseColumns, type CaseFormat, type CaseRecord, type CaseSubject, exportCases, importCases, type Rondo } from '../../index.ts'
import { actingOn } from '../acting.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { loadDatabase } from '../config.ts'
import { time } from '../documents.ts'
import { collect, wholeNumber } from '../given.ts'
import { LiveLine } from '../live-line.ts'
import { openProject, withDatabase } from '../open.ts'
import { paint, screenWidth, usage } from '../output.ts'
import { columns, counted, oneLine, relative } from '../text.ts'
import { asJson, decoded, inline } from '../value.ts'

const FORMATS = ['csv', 'jsonl'] as const

export function addCases(program: Command): void {
  const cases = program
    .command('cases')
    .summary('answered questions: list, export, import')
    .description(
      'Works with cases: questions with an answer that a person stood by. Decisions learn from them, and earn their autonomy by them. They are kept for good.',
    )
    .addHelpText(
      'after',
      examples([
        'rondo cases list',
        'rondo cases list folder',
        'rondo cases export folder -o folder.csv',
        'rondo cases import folder old.csv',
      ]),
    )
  addList(cases)
  addExport(cases)
  addImport(cases)
}

interface ListOptions {
  readonly after: number
  readonly limit: number
}

function addList(cases: Command): void {
  cases
    .command('list')
    .summary('the decisions that have cases, or the cases of one')
    .argument('[decision]', 'the cases of this one, oldest first')
    .option('--after <seq>', 'only after this case: for the next page', wholeNumber(0), 0)
    .option('-n, --limit <number>', 'at most so many', wholeNumber(1), 20)
    .action(async (decision: string | undefined, options: ListOptions, command: Command) => {
      await withDatabase(globalsOf(command), 'read', async (rondo) => {
        const output = outputOf(command)
        if (decision === undefined) {
          const items = await rondo.store.cases.count()
          return output.result({ items }, () => countLines(items))
        }
        await knownDecision(rondo, decision)
        const items = await rondo.store.cases.list({ decision, ...options })
        const next = items.length === options.limit ? items.at(-1)?.seq : undefined
        return output.result({ items: items.map(caseDocument), next }, () => [
          ...caseLines(items),
          ...(next === undefined ? [] : [paint('dim', `More: --after ${next}`)]),
        ])
      })
    })
}

function countLines(items: readonly { decision: string; cases: number }[]): string[] {
  if (items.length === 0) return ['No cases yet. Every question that people answer makes one; "rondo cases import" brings older ones in.']
  const rows = items.map(({ decision, cases }) => [oneLine(decision), cases.toLocaleString('en-US')])
  return columns(['decision', '>cases'], rows, (text) => paint('dim', text))
}

function caseLines(items: readonly CaseRecord[]): string[] {
  if (items.length === 0) return ['No more cases.']
  const now = Date.now()
  const rows = items.map((one) => {
    const wrong = one.predicted !== undefined && one.predicted !== one.answer
    const proposed = one.predicted === undefined ? '' : `${inline(decoded(one.predicted), 24)} ${one.confidence?.toFixed(2) ?? ''}`.trim()
    return [
      String(one.seq),
      relative(one.at, now),
      `${one.origin}${one.blind === true ? ' (blind)' : ''}`,
      inline(one.by ?? '', 24),
      wrong ? paint('yellow', proposed) : paint('dim', proposed),
      inline(decoded(one.answer), 32),
    ]
  })
  const lines = columns(['>case', 'when', 'origin', 'by', 'proposed', 'answer', 'question'], rows, (text) => paint('dim', text))
  return lines.map((line, index) => {
    const one = items[index - 1]
    return one === undefined ? line : `${line}  ${paint('dim', inline(decoded(one.question), Math.max(20, screenWidth() - 90)))}`
  })
}

function caseDocument(one: CaseRecord) {
  return {
    ...one,
    question: asJson(one.question),
    answer: asJson(one.answer),
    predicted: asJson(one.predicted),
    at: time(one.at),
    answers: one.answers?.map((given) => ({ ...given, at: time(given.at), answer: asJson(given.answer ?? one.answer) })),
  }
}

interface ExportOptions {
  readonly format?: CaseFormat
  readonly output?: string
}

function addExport(cases: Command): void {
  cases
    .command('export')
    .summary('write the cases of a decision to a file')
    .description('Writes the cases of a decision, oldest first, to stdout or a file. JSON Lines loses nothing; CSV opens in a spreadsheet.')
    .argument('<decision>', 'whose cases')
    .addOption(new Option('-f, --format <format>', 'default: as the file is called, else jsonl').choices(FORMATS))
    .option('-o, --output <file>', 'this file instead of stdout')
    .addHelpText('after', examples(['rondo cases export folder -o folder.csv', 'rondo cases export folder | jq .answer']))
    .action(async (decision: string, options: ExportOptions, command: Command) => {
      const globals = globalsOf(command)
      await withDatabase(globals, 'read', async (rondo) => {
        await knownDecision(rondo, decision)
        const format = options.format ?? formatOf(options.output ?? '') ?? 'jsonl'
        const pieces = exportCases({ cases: rondo.store.cases, decision, format })
        if (options.output === undefined) {
          for await (const piece of pieces) if (!process.stdout.write(piece)) await drained()
          return
        }
        const file = resolve(globals.cwd, options.output)
        const handle = await open(file, 'w')
        try {
          for await (const piece of pieces) await handle.write(piece)
        } finally {
          await handle.close()
        }
        const found = (await rondo.store.cases.count()).find((one) => one.decision === decision)?.cases ?? 0
        outputOf(command).result({ decision, file, format, cases: found }, () => [
          `${paint('green', '✓')} Wrote ${counted(found, 'case')} of "${oneLine(decision)}" to ${oneLine(file)}.`,
        ])
      })
    })
}

function drained(): Promise<void> {
  return new Promise((resolve) => process.stdout.once('drain', resolve))
}

interface ImportOptions {
  readonly format?: CaseFormat
  readonly question?: readonly string[]
  readonly answer?: string
  readonly predicted?: string
  readonly confidence?: string
  readonly by?: string
  readonly at?: string
  readonly segment?: string
  readonly separator?: string
  readonly unchecked?: boolean
}

function addImport(cases: Command): void {
  cases
    .command('import')
    .summary('bring in cases from a file: all of it or nothing')
    .description(
      'Brings in decisions that people took somewhere else. Every row is held against the decision (the config names it under `decisions`); when one does not fit, nothing is imported and each such row is named. The same file again adds nothing. Imported cases teach, and certify nothing: nobody drew them at random.',
    )
    .argument('<decision>', 'whose cases they are')
    .argument('<file>', 'CSV whose first row names the columns, or JSON Lines; - for stdin')
    .addOption(new Option('-f, --format <format>', 'default: as the file is called, else csv').choices(FORMATS))
    .option('--question <column>', 'the column of the question, or FIELD=COLUMN for each of its fields; several with commas', collect)
    .option('--answer <column>', 'the column of the answer (default: answer)')
    .option('--predicted <column>', 'the column of what was predicted (default: predicted)')
    .option('--confidence <column>', 'the column of its confidence (default: confidence)')
    .option('--by <column>', 'the column of who answered (default: by)')
    .option('--at <column>', 'the column of when (default: at)')
    .option('--segment <column>', 'the column of the segment (default: segment)')
    .option('--separator <character>', 'between the cells (default: what the first row uses)')
    .option('--unchecked', 'without the decision: take text and JSON as they stand')
    .addHelpText(
      'after',
      examples([
        'rondo cases import folder tickets.csv --question subject=Betreff,body=Text --answer Ordner',
        'rondo cases import folder folder.jsonl',
      ]),
    )
    .action(async (decision: string, file: string, options: ImportOptions, command: Command) => {
      const globals = globalsOf(command)
      const project = await loadDatabase(globals)
      const rondo = await openProject(project, 'start')
      const output = outputOf(command)
      const line = new LiveLine({ quiet: output.json })
      try {
        const given = {
          cases: rondo.store.cases,
          decision: subjectOf(rondo, decision, options.unchecked === true),
          format: options.format ?? formatOf(file) ?? 'csv',
          columns: columnsOf(options),
          progress: (rows: number) => line.set(`${counted(rows, 'row')} read`),
          ...(options.separator !== undefined && { separator: options.separator }),
        }
        const { imported, known } = await actingOn(rondo, 'cases.import', decision, () =>
          importCases(given, file === '-' ? process.stdin : createReadStream(resolve(globals.cwd, file)).on('error', () => undefined)),
        )
        line.end()
        output.result({ decision, imported, known }, () => [
          `${paint('green', '✓')} Imported ${counted(imported, 'case')} of "${oneLine(decision)}"${known === 0 ? '' : `; ${counted(known, 'case')} of the file ${known === 1 ? 'was' : 'were'} there already`}.`,
        ])
      } catch (error) {
        line.end()
        throw unreadable(error, file)
      } finally {
        await rondo.close()
      }
    })
}

function unreadable(error: unknown, file: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return usage(`There is no file ${file}.`)
  return code === 'EISDIR' ? usage(`${file} is a folder.`) : error
}

function subjectOf(rondo: Rondo, name: string, unchecked: boolean): CaseSubject {
  const known = rondo.decisions.get(name)
  if (known !== undefined) return known
  if (unchecked) return { name, question: z.unknown(), answer: z.unknown() }
  const others = [...rondo.decisions.keys()]
  throw new RondoError(
    'config_invalid',
    `The config does not name a decision "${oneLine(name)}"${others.length === 0 ? '' : `, but ${others.join(', ')}`}, so its cases cannot be checked. Add it: defineConfig({ flows, decisions: [${/^\w+$/.test(name) ? name : '…'}] }); or take them as they stand with --unchecked.`,
  )
}

function columnsOf({ question, answer, predicted, confidence, by, at, segment }: ImportOptions): CaseColumns {
  return {
    ...(question !== undefined && { question: questionOf(question) }),
    ...(answer !== undefined && { answer }),
    ...(predicted !== undefined && { predicted }),
    ...(confidence !== undefined && { confidence }),
    ...(by !== undefined && { by }),
    ...(at !== undefined && { at }),
    ...(segment !== undefined && { segment }),
  }
}

function questionOf(given: readonly string[]): string | Record<string, string> {
  const [only] = given
  if (given.length === 1 && only !== undefined && !only.includes('=')) return only
  const fields = given.map((part): [string, string] => {
    const cut = part.indexOf('=')
    if (cut < 1) throw usage(`--question takes one column, or FIELD=COLUMN for each field of the question; "${part}" is neither.`)
    return [part.slice(0, cut), part.slice(cut + 1)]
  })
  return Object.fromEntries(fields)
}

function formatOf(file: string): CaseFormat | undefined {
  if (/\.(jsonl|ndjson)$/i.test(file)) return 'jsonl'
  return /\.(csv|tsv)$/i.test(file) ? 'csv' : undefined
}

/** Throws when there is no such decision, naming those there are. */
export async function knownDecision(rondo: Rondo, decision: string): Promise<void> {
  const known = new Set([...(await rondo.store.cases.count()).map((one) => one.decision), ...rondo.decisions.keys()])
  if (known.has(decision)) return
  throw new RondoError(
    'run_unknown',
    `There are no cases of a decision "${oneLine(decision)}". ${known.size === 0 ? 'There are no cases at all yet.' : `There are: ${[...known].sort().map(oneLine).join(', ')}.`}`,
    { details: { decision } },
  )
}

/**
 * `rondo audit`: what people did, and whether the log is still what was written.
 */
import type { Command } from 'commander'
import type { ActRecord } from '../../index.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { EXIT } from '../exits.ts'
import { wholeNumber } from '../given.ts'
import { withDatabase } from '../open.ts'
import { paint } from '../output.ts'
import { columns, counted, dateTime, oneLine } from '../text.ts'

interface Options {
  readonly by?: string
  readonly what?: string
  readonly on?: string
  readonly limit: number
}

export function addAudit(program: Command): void {
  const audit = program
    .command('audit')
    .summary('what people did, in order')
    .description(
      'The audit log: who did what, on what, when, and from where; also what was refused. Nothing in it is ever changed or removed.',
    )
    .option('--by <name>', 'only of this person')
    .option('--what <act>', 'only this act, as in inbox.accept')
    .option('--on <id>', 'only on this run, question, prompt, user or token')
    .option('-n, --limit <number>', 'at most so many, the newest', wholeNumber(1), 50)
    .addHelpText('after', examples(['rondo audit --by ann', 'rondo audit verify', 'rondo audit verify --noted 1f2e…']))
    .action(async ({ limit, ...filter }: Options, command: Command) => {
      await withDatabase(globalsOf(command), 'read', async (rondo) => {
        const newest = await rondo.access.audit.list({ ...filter, before: Number.MAX_SAFE_INTEGER, limit })
        const items = newest.reverse()
        outputOf(command).result({ items }, () => (items.length === 0 ? ['Nobody has done anything yet.'] : lines(items)))
      })
    })
  audit
    .command('verify')
    .summary('whether the log is still what was written')
    .description(
      'Goes through every line and says whether each vouches for the one before. Note the hash it prints where nobody who can write to the database can change it, and give it another time.',
    )
    .option('--noted <hash>', 'the hash of a line, as it was noted elsewhere')
    .action(async ({ noted }: { noted?: string }, command: Command) => {
      await withDatabase(globalsOf(command), 'read', async (rondo) => {
        const report = await rondo.access.audit.verify(noted)
        if (report.kind === 'broken') process.exitCode = EXIT.failed
        outputOf(command).result(report, () =>
          report.kind === 'intact'
            ? [`${paint('green', '✓')} The log is intact: ${counted(report.lines, 'line')}, the newest with the hash`, report.head]
            : [`${paint('red', '✗')} The log is broken at line ${report.seq}: ${report.why}`],
        )
      })
    })
}

function lines(items: readonly ActRecord[]): string[] {
  const rows = items.map(({ seq, at, by, what, on = '', outcome, from = '', credential = '', detail = '' }) => [
    String(seq),
    dateTime(at),
    oneLine(by),
    what,
    oneLine(on),
    outcome === 'refused' ? paint('yellow', 'refused') : '',
    oneLine(from === '' ? credential : from),
    oneLine(detail),
  ])
  return columns(['>line', 'when', 'who', 'what', 'on', '', 'from', ''], rows, (text) => paint('dim', text))
}

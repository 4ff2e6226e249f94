/**
 * `rondo inbox`: what people are asked. One question at a time in a terminal, or by subcommands from anywhere.
 */
import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { systemClock } from '../../clock.ts'
import type { InboxItem, Person, Rondo } from '../../index.ts'
import { answerInbox } from '../answering.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { itemDocument } from '../documents.ts'
import { findQuestion } from '../find-question.ts'
import { findRun } from '../find-run.ts'
import { collect, duration, givenValue, wholeNumber } from '../given.ts'
import { withDatabase } from '../open.ts'
import { paint, screenWidth, usage } from '../output.ts'
import { ownerOf } from '../owner.ts'
import { questionLines, standing, summary } from '../question-text.ts'
import { isInteractive } from '../terminal.ts'
import { columns, counted, cut, inlineWidth, oneLine } from '../text.ts'

interface Who {
  readonly as?: string
  readonly role?: readonly string[]
}

interface Filter extends Who {
  readonly flow?: string
  readonly run?: string
  readonly kind?: string
  readonly limit?: number
  readonly everybody?: boolean
  readonly watch?: boolean
}

const KINDS = ['review', 'decide', 'unknown', 'budget'] as const

export function addInbox(program: Command): void {
  const inbox = program
    .command('inbox')
    .summary('answer what people are asked')
    .description(
      'Shows what waits for a person, most urgent first. In a terminal it asks one question at a time, answered by single keys; elsewhere it lists them. Answers may be given while another process drives the runs.',
    )
    .option('--as <name>', 'who answers (default: RONDO_AS, or your login name)')
    .option('--role <role>', 'the roles you have; several with commas (default: RONDO_ROLES, or all)', collect)
    .option('-f, --flow <name>', 'only questions of this flow')
    .option('--run <id>', 'only questions of this run')
    .option('--kind <kind>', `only of this kind: ${KINDS.join(', ')}`)
    .option('-n, --limit <number>', 'list at most so many', wholeNumber(1), 50)
    .option('--everybody', 'list what others have claimed or are asked, too')
    .option('--watch', 'in a terminal: stay, and ask what comes')
    .addHelpText(
      'after',
      examples([
        'rondo inbox                                  # one question at a time',
        'rondo inbox list --role mail-desk --json',
        'rondo inbox accept 019ab3c4                  # the one question of that run',
        `rondo inbox answer "019ab3c4:folder" --value '"list"' --as ada --role mail-desk`,
        'rondo inbox reject "019ab3c4:draft[0]/approve" --note "too long"',
      ]),
    )
    .action((_: unknown, command: Command) => {
      const { json } = globalsOf(command)
      return isInteractive() && !json ? interactive(command) : list(command)
    })
  inbox
    .command('list')
    .summary('list what you may answer')
    .description('Lists the questions you may answer, most urgent first.')
    .addHelpText('after', examples(['rondo inbox list', 'rondo inbox list --everybody --flow mail-desk --json']))
    .action((_: unknown, command: Command) => list(command))
  inbox
    .command('show')
    .summary('show one question in full')
    .description('Shows a question in full: what it is about, what was proposed, what an answer must look like.')
    .argument('<id>', 'run:path as listed; or the run, where it asks one thing only')
    .addHelpText('after', examples(['rondo inbox show "019ab3c4:draft[0]/approve"']))
    .action((id: string, _: unknown, command: Command) =>
      withDatabase(globalsOf(command), 'read', async (rondo) => {
        const item = await findQuestion(rondo, id)
        outputOf(command).result({ item: itemDocument(item) }, () => [
          ...questionLines(item, systemClock.now(), true),
          '',
          paint('dim', 'An answer fits this JSON schema:'),
          `  ${oneLine(JSON.stringify(item.content.schema))}`,
        ])
      }),
    )
  addAnswers(inbox)
  addRest(inbox)
}

/** The subcommands that answer. */
function addAnswers(inbox: Command): void {
  one(inbox, 'accept', 'let the subject, or the proposal, stand', 'rondo inbox accept 019ab3c4 --note "fine"')
    .option('--note <text>', 'said beside the answer')
    .action((id: string, options: { note?: string }, command: Command) =>
      change(id, command, 'accepted', (rondo, item, person) => rondo.inbox.accept(item.id, person, noted(options))),
    )
  one(inbox, 'answer', 'give the answer, or the subject as it should be', `rondo inbox answer 019ab3c4 --value '{"text":"Dear Ada, …"}'`)
    .requiredOption('-v, --value <json>', 'the answer: JSON, @file, or - for stdin')
    .option('--note <text>', 'said beside the answer')
    .action(async (id: string, options: { value: string; note?: string }, command: Command) => {
      const value = await givenValue(options.value, '--value', globalsOf(command).cwd)
      return change(id, command, 'answered', (rondo, item, person) => rondo.inbox.answer(item.id, person, value, noted(options)))
    })
  one(inbox, 'reject', 'the subject does not stand; say what should be different', 'rondo inbox reject 019ab3c4 --note "too long"')
    .requiredOption('--note <text>', 'what should be different')
    .action((id: string, options: { note: string }, command: Command) =>
      change(id, command, 'rejected', (rondo, item, person) => rondo.inbox.reject(item.id, person, options.note)),
    )
}

/** The subcommands that do something else with a question. */
function addRest(inbox: Command): void {
  one(inbox, 'claim', 'keep others out for a while', 'rondo inbox claim 019ab3c4 --for 1h')
    .option('--for <duration>', 'for how long (default 15m)', duration)
    .action((id: string, options: { for?: number }, command: Command) =>
      change(id, command, 'claimed', (rondo, item, person) =>
        rondo.inbox.claim(item.id, person, { ...(options.for !== undefined && { for: options.for }) }),
      ),
    )
  one(inbox, 'release', 'let others at it again', 'rondo inbox release 019ab3c4').action((id: string, _: unknown, command: Command) =>
    change(id, command, 'released', (rondo, item, person) => rondo.inbox.release(item.id, person)),
  )
  one(inbox, 'reassign', 'hand it to the people of another role', 'rondo inbox reassign 019ab3c4 --to lead --note "over my head"')
    .requiredOption('--to <role>', 'whom it is for now')
    .option('--note <text>', 'why')
    .action((id: string, options: { to: string; note?: string }, command: Command) =>
      change(id, command, `reassigned to ${options.to}`, (rondo, item, person) =>
        rondo.inbox.reassign(item.id, person, options.to, noted(options)),
      ),
    )
  one(inbox, 'comment', 'say something beside it', 'rondo inbox comment 019ab3c4 --text "I asked the customer"')
    .requiredOption('--text <text>', 'what is said')
    .action((id: string, options: { text: string }, command: Command) =>
      change(id, command, 'commented', (rondo, item, person) => rondo.inbox.comment(item.id, person, options.text)),
    )
}

function one(inbox: Command, name: string, summary: string, example: string): Command {
  return inbox
    .command(name)
    .summary(summary)
    .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
    .argument('<id>', 'run:path as listed; or the run, where it asks one thing only')
    .addHelpText('after', examples([example]))
}

function noted({ note }: { readonly note?: string }): { note?: string } {
  return note === undefined ? {} : { note }
}

async function change(
  id: string,
  command: Command,
  done: string,
  make: (rondo: Rondo, item: InboxItem, person: Person) => Promise<InboxItem>,
): Promise<void> {
  const person = personOf(command.optsWithGlobals<Who>())
  await withDatabase(globalsOf(command), 'write', async (rondo) => {
    const item = await make(rondo, await findQuestion(rondo, id), person)
    const driven = (await ownerOf(rondo)) !== undefined
    const later = item.state === 'settled' && !driven ? ' The run goes on when a process drives the database: run "rondo dev".' : ''
    const missing =
      item.state === 'open' && item.answers.length > 0 ? ` ${counted(item.quorum - item.answers.length, 'answer')} to go.` : ''
    outputOf(command).result({ item: itemDocument(item), driven }, () => [
      `${paint('green', '✓')} “${oneLine(item.title)}” ${oneLine(done)} by ${oneLine(person.name)}.${missing}${later}`,
    ])
  })
}

async function interactive(command: Command): Promise<void> {
  const options = command.optsWithGlobals<Filter>()
  await withDatabase(globalsOf(command), 'write', async (rondo) => {
    const person = personOf(options)
    const filter = { person, ...(await filterOf(rondo, options)) }
    process.exitCode = await answerInbox({ rondo, person, filter, watch: options.watch === true })
  })
}

async function list(command: Command): Promise<void> {
  const options = command.optsWithGlobals<Filter>()
  await withDatabase(globalsOf(command), 'read', async (rondo) => {
    const filter = { ...(await filterOf(rondo, options)), ...(options.everybody !== true && { person: personOf(options) }) }
    const items = await rondo.inbox.list({ ...filter, limit: options.limit ?? 50 })
    const total = await rondo.inbox.count(filter)
    outputOf(command).result({ items: items.map(itemDocument), total }, () => listLines(items, total))
  })
}

async function filterOf(
  rondo: Rondo,
  { flow, run, kind }: Filter,
): Promise<{ flow?: string; run?: string; kind?: (typeof KINDS)[number] }> {
  const known = KINDS.find((each) => each === kind)
  if (kind !== undefined && known === undefined) throw usage(`There is no kind "${oneLine(kind)}". There are: ${KINDS.join(', ')}.`)
  return {
    ...(flow !== undefined && { flow }),
    ...(run !== undefined && { run: (await findRun(rondo, run)).id }),
    ...(known !== undefined && { kind: known }),
  }
}

function listLines(items: readonly InboxItem[], total: number): string[] {
  if (items.length === 0) return ['Nothing waits for you.']
  const now = systemClock.now()
  const rows = items.map((item) => [
    cut(oneLine(item.title), 44),
    cut(oneLine(item.role), 20),
    standing(item, now).join(', '),
    oneLine(item.id),
  ])
  const left = screenWidth() - inlineWidth(rows)
  const cells = rows.map((row, index) => [...row, left > 16 ? paint('dim', itemSummary(items[index], left)) : ''])
  const lines = columns(['question', 'for', 'stands', 'id', left > 16 ? 'about' : ''], cells, (text) => paint('dim', text))
  return total > items.length
    ? [...lines, paint('dim', `${counted(total - items.length, 'more question')}; see them with --limit.`)]
    : lines
}

function itemSummary(item: InboxItem | undefined, columns: number): string {
  return item === undefined ? '' : summary(item, columns)
}

function personOf({ as, role }: Who): Person {
  const roles = role ?? process.env['RONDO_ROLES']?.split(',').filter((each) => each !== '')
  return { name: as ?? process.env['RONDO_AS'] ?? loginName(), roles: roles ?? ['*'] }
}

function loginName(): string {
  try {
    return userInfo().username
  } catch {
    throw usage('This account has no name to answer under. Say who answers: --as NAME')
  }
}

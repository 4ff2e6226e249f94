/**
 * `rondo user`: who may sign in, and what they may do.
 */
import type { Command } from 'commander'
import { systemClock } from '../../clock.ts'
import { isUserRole, type Rondo, USER_ROLES, type User, type UserRole } from '../../index.ts'
import { actorHere } from '../acting.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { loadDatabase } from '../config.ts'
import { collect } from '../given.ts'
import { openProject, withDatabase } from '../open.ts'
import { paint, usage } from '../output.ts'
import { givenSecret } from '../secret.ts'
import { columns, oneLine, relative } from '../text.ts'

interface Options {
  readonly role?: string
  readonly reviews?: readonly string[]
  readonly password?: boolean
}

export function addUser(program: Command): void {
  const user = program
    .command('user')
    .summary('who may sign in, and what they may do')
    .description(
      `Users of the HTTP door and its console. As soon as there is one, people sign in with name and password. A role says what they may do: ${USER_ROLES.join(', ')}; --reviews, whose questions they answer.`,
    )
    .addHelpText(
      'after',
      examples(['rondo user add ann --role admin', 'rondo user add bob --role reviewer --reviews mail-desk,lead', 'rondo user']),
    )
    .action((_: object, command: Command) => list(command))
  addAdd(user)
  addChange(user)
  addPassword(user)
  for (const [name, disabled, said] of [
    ['disable', true, 'keep a user out, at once'],
    ['enable', false, 'let a user in again'],
  ] as const)
    user
      .command(name)
      .summary(said)
      .argument('<name>')
      .action((given: string, _: object, command: Command) =>
        change(command, (rondo) => rondo.access.users.change(actorHere(), given, { disabled })),
      )
  user
    .command('list')
    .summary('the users')
    .action((_: object, command: Command) => list(command))
}

function addAdd(user: Command): void {
  user
    .command('add')
    .summary('add a user')
    .argument('<name>')
    .requiredOption('--role <role>', USER_ROLES.join(', '))
    .option('--reviews <roles>', 'the roles whose questions they may answer, * for every one (default: * for an admin)', collect)
    .option('--no-password', 'without one: they cannot sign in until it is set')
    .action(async (name: string, options: Options, command: Command) => {
      const password = options.password === false ? undefined : await givenSecret('Password')
      const { reviews } = options
      const given = {
        name,
        role: roleOf(options.role ?? ''),
        ...(reviews !== undefined && { reviews }),
        ...(password !== undefined && { password }),
      }
      const project = await loadDatabase(globalsOf(command))
      const rondo = await openProject(project, 'start')
      try {
        tell(command, await rondo.access.users.create(actorHere(), given))
      } finally {
        await rondo.close()
      }
    })
}

function addChange(user: Command): void {
  user
    .command('change')
    .summary('change what a user may do')
    .argument('<name>')
    .option('--role <role>', USER_ROLES.join(', '))
    .option('--reviews <roles>', 'the roles whose questions they may answer', collect)
    .action((name: string, { role, reviews }: Options, command: Command) => {
      if (role === undefined && reviews === undefined) throw usage('Say what to change: --role or --reviews.')
      const given = { ...(role !== undefined && { role: roleOf(role) }), ...(reviews !== undefined && { reviews }) }
      return change(command, (rondo) => rondo.access.users.change(actorHere(), name, given))
    })
}

function addPassword(user: Command): void {
  user
    .command('password')
    .summary('set a user’s password; that ends their sessions')
    .description('Asks for it at a terminal, or takes the first line of a pipe.')
    .argument('<name>')
    .action(async (name: string, _: object, command: Command) => {
      const password = await givenSecret('Password')
      await change(command, (rondo) => rondo.access.users.setPassword(actorHere(), name, password))
    })
}

async function change(command: Command, does: (rondo: Rondo) => Promise<User>): Promise<void> {
  await withDatabase(globalsOf(command), 'write', async (rondo) => tell(command, await does(rondo)))
}

async function list(command: Command): Promise<void> {
  await withDatabase(globalsOf(command), 'read', async (rondo) => {
    const items = await rondo.access.users.list()
    outputOf(command).result({ items }, () => {
      if (items.length === 0)
        return ['There are no users: whoever starts the server signs in by the link it prints. Add one with "rondo user add".']
      const now = systemClock.now()
      const rows = items.map((user) => [
        oneLine(user.name),
        user.role,
        user.reviews.map(oneLine).join(', '),
        user.signsInBy,
        relative(user.createdAt, now),
        user.disabledAt === undefined ? '' : paint('yellow', 'disabled'),
      ])
      return columns(['user', 'role', 'reviews', 'signs in by', 'since', ''], rows, (text) => paint('dim', text))
    })
  })
}

function tell(command: Command, user: User): void {
  outputOf(command).result(user, () => {
    const reviews = user.reviews.length === 0 ? '' : `, reviews ${user.reviews.map(oneLine).join(', ')}`
    return [`${paint('green', '✓')} ${oneLine(user.name)}: ${user.role}${reviews}${user.disabledAt === undefined ? '' : ', disabled'}`]
  })
}

function roleOf(text: string): UserRole {
  if (isUserRole(text)) return text
  throw usage(`--role takes one of ${USER_ROLES.join(', ')}, not "${text}".`)
}

/**
 * `rondo token`: what programs send to the HTTP door. Shown once.
 */
import type { Command } from 'commander'
import { systemClock } from '../../clock.ts'
import { SCOPES, type Token } from '../../index.ts'
import { actorHere } from '../acting.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { collect, duration } from '../given.ts'
import { withDatabase } from '../open.ts'
import { paint } from '../output.ts'
import { columns, dateTime, oneLine, relative } from '../text.ts'

interface Options {
  readonly user: string
  readonly label: string
  readonly scope: readonly string[]
  readonly within?: number
}

export function addToken(program: Command): void {
  const token = program
    .command('token')
    .summary('what programs send to the HTTP door')
    .description('Tokens of users. Each does what its scopes say, as far as its user may do it; only a hash of it is kept.')
    .addHelpText(
      'after',
      examples([
        'rondo token create --user ann --label "ci" --scope run,read --within 90d',
        'rondo token',
        'rondo token revoke 1f2e3d4c5b6a7988',
      ]),
    )
    .action((_: object, command: Command) => list(command))
  token
    .command('create')
    .summary('make a token, and show it once')
    .requiredOption('--user <name>', 'whose it is')
    .requiredOption('--label <text>', 'what it is for')
    .requiredOption('--scope <scopes>', `what it may do: ${SCOPES.join(', ')}; * for everything`, collect)
    .option('--within <duration>', 'how long it lasts, as in 90d (default: until it is revoked)', duration)
    .action(async ({ user, label, scope, within }: Options, command: Command) => {
      const output = outputOf(command)
      await withDatabase(globalsOf(command), 'write', async (rondo) => {
        const lasting = within === undefined ? {} : { lastsMs: within }
        const { token, secret } = await rondo.access.tokens.create(actorHere(), user, { label, scopes: scope, ...lasting })
        output.result({ ...token, secret }, () => [secret])
        output.note(`Token ${token.id} of ${oneLine(token.user)}: ${token.scopes.join(', ')}. It is shown this once.`)
      })
    })
  token
    .command('list')
    .summary('the tokens')
    .action((_: object, command: Command) => list(command))
  token
    .command('revoke')
    .summary('end a token, at once')
    .argument('<id>')
    .action(async (id: string, _: object, command: Command) => {
      await withDatabase(globalsOf(command), 'write', async (rondo) => {
        const token = await rondo.access.tokens.revoke(actorHere(), id)
        outputOf(command).result(token, () => [`${paint('green', '✓')} Token ${token.id} of ${oneLine(token.user)} is revoked.`])
      })
    })
}

async function list(command: Command): Promise<void> {
  await withDatabase(globalsOf(command), 'read', async (rondo) => {
    const items = await rondo.access.tokens.list()
    outputOf(command).result({ items }, () => {
      if (items.length === 0) return ['There are no tokens. Make one with "rondo token create".']
      const now = systemClock.now()
      const rows = items.map((token) => [
        token.id,
        oneLine(token.user),
        oneLine(token.label),
        token.scopes.join(', '),
        token.usedAt === undefined ? 'never' : relative(token.usedAt, now),
        stateOf(token, now),
      ])
      return columns(['token', 'user', 'for', 'may', 'used', ''], rows, (text) => paint('dim', text))
    })
  })
}

function stateOf({ endsAt, revokedAt }: Token, now: number): string {
  if (revokedAt !== undefined) return paint('yellow', 'revoked')
  if (endsAt === undefined) return ''
  return endsAt > now ? `until ${dateTime(endsAt)}` : paint('yellow', 'expired')
}

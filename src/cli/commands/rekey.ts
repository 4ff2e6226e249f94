/**
 * `rondo rekey`: brings everything in an encrypted database under the key that is written under now.
 *
 * Never: does it itself (journal/stores/sqlite/rekey.ts); it tells how far it is.
 */
import type { Command } from 'commander'
import { RondoError } from '../../errors.ts'
import { actorHere } from '../acting.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { LiveLine } from '../live-line.ts'
import { withDatabase } from '../open.ts'
import { paint } from '../output.ts'

export function addRekey(program: Command): void {
  program
    .command('rekey')
    .summary('encrypt everything under the newest key')
    .description(
      'Encrypts again what is kept under an old key, or plainly, and then forgets the old key. Give the new key as RONDO_KEY and the old one as RONDO_OLD_KEYS, here and in every process that uses the database, before you begin. Works beside them; stopped, it goes on where it was.',
    )
    .addHelpText('after', examples(['rondo rekey', 'RONDO_KEY=… RONDO_OLD_KEYS=… rondo rekey']))
    .action(async (_: object, command: Command) => {
      const output = outputOf(command)
      await withDatabase(globalsOf(command), 'write', async (rondo, { database }) => {
        const { encryption } = rondo.store
        if (encryption === undefined)
          throw new RondoError(
            'key_missing',
            'There is no key to encrypt under. Give one: RONDO_KEY, as "openssl rand -base64 32" makes it.',
          )
        await rondo.access.audit.append({
          ...actorHere(),
          what: 'database.rekey',
          on: database,
          outcome: 'asked',
          detail: `key ${encryption.keyId}`,
        })
        const line = new LiveLine({ quiet: output.json })
        const { done } = await encryption.rekey(({ done, of }) => line.progress(done, of, 'row'))
        line.end()
        output.result({ key: encryption.keyId, rows: done }, () => [
          `${paint('green', '✓')} Everything is encrypted under the key ${encryption.keyId}. Other keys are needed no more.`,
        ])
      })
    })
}

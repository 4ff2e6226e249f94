import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from '../../../testing/store-contract.ts'
import { keyRing } from '../../encryption-keys.ts'
import { openSqliteStore } from './store.ts'

const keys = keyRing({ key: randomBytes(32).toString('base64') })

for (const [title, more] of [
  ['SQLite in a file', {}],
  ['SQLite in a file that is encrypted', { ...(keys !== undefined && { keys }) }],
] as const)
  storeContract(title, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rondo-store-'))
    return {
      open: (clock) => openSqliteStore({ file: join(folder, 'rondo.db'), clock, ...more }),
      end: async () => rmSync(folder, { recursive: true, force: true }),
    }
  })

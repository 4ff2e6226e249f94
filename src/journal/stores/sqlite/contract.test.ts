import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from '../../../testing/store-contract.ts'
import { openSqliteStore } from './store.ts'

storeContract('SQLite in a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rondo-store-'))
  return {
    open: (clock) => openSqliteStore({ file: join(folder, 'rondo.db'), clock }),
    end: async () => rmSync(folder, { recursive: true, force: true }),
  }
})

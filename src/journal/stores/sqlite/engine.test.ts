import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { engineContract } from '../../../testing/engine-contract.ts'
import { openSqliteStore } from './store.ts'

engineContract('the embedded engine over SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rondo-engine-'))
  return {
    open: (clock) => openSqliteStore({ file: join(folder, 'rondo.db'), clock }),
    end: async () => rmSync(folder, { recursive: true, force: true }),
  }
})

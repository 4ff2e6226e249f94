/**
 * What docs/testing.md calls a store of one's own: the store in memory.
 */
import type { Clock } from '../../src/clock.ts'
import type { Store } from '../../src/journal/store.ts'
import { Ground } from '../../src/journal/stores/memory/ground.ts'
import { openMemoryStore } from '../../src/journal/stores/memory/memory.ts'

interface TestDatabase {
  ground: Ground | undefined
  drop(): Promise<void>
}

export async function createTestDatabase(): Promise<TestDatabase> {
  return { ground: undefined, drop: async () => undefined }
}

export async function openMyStore(database: TestDatabase, clock: Clock): Promise<Store> {
  database.ground ??= new Ground(clock)
  return openMemoryStore({ ground: database.ground })
}

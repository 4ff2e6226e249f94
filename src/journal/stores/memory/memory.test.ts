import type { Clock } from '../../../clock.ts'
import { engineContract } from '../../../testing/engine-contract.ts'
import { storeContract } from '../../../testing/store-contract.ts'
import { Ground } from './ground.ts'
import { openMemoryStore } from './memory.ts'

async function setup() {
  let ground: Ground | undefined
  return {
    open: async (clock: Clock) => {
      ground ??= new Ground(clock)
      return openMemoryStore({ ground })
    },
    end: async () => undefined,
  }
}

storeContract('the store in memory', setup)
engineContract('the embedded engine over the store in memory', setup)

import { engineContract } from '../../../testing/engine-contract.ts'
import type { Store } from '../../store.ts'
import { openMemoryStore } from './memory.ts'

engineContract('the embedded engine over the store in memory', async () => {
  let store: Store | undefined
  return {
    open: async (clock) => {
      store ??= openMemoryStore({ clock })
      return { ...store, own: () => Promise.resolve(), watch: () => () => undefined, close: () => Promise.resolve() }
    },
    end: async () => undefined,
  }
})

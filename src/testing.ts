/**
 * `rondo/testing`: what shows that a flow, a store or an engine keeps what Rondo promises.
 *
 * `crashEverywhere` works in any test runner. The contracts register their tests with Vitest, which is loaded when one is called:
 * `await storeContract('my store', setup)` at the top of a test file.
 */
import { RondoError } from './errors.ts'
import type { EngineSetup } from './testing/engine-contract.ts'
import type { StoreSetup } from './testing/store-contract.ts'

export { type Clock, ManualClock } from './clock.ts'
export type { Store } from './journal/store.ts'
export { CrashDifference } from './testing/crash-difference.ts'
export {
  type CrashOptions,
  type CrashReport,
  type CrashTried,
  crashEverywhere,
  type PlayedEnd,
  type Reply,
  type World,
} from './testing/crash-everywhere.ts'
export { type Kill, type KillableStore, killable } from './testing/killable.ts'
export type { EngineSetup, StoreSetup }

/**
 * Registers the contract of every store with Vitest: the invariants of the port, and each of its methods. `setup` is called for
 * each test, and `open` gives a store on the same ground each time, so that a test can close it and look again.
 */
export async function storeContract(title: string, setup: () => Promise<StoreSetup>): Promise<void> {
  await needVitest()
  const contract = await import('./testing/store-contract.ts')
  contract.storeContract(title, setup)
}

/**
 * Registers the contract of the embedded engine over a store with Vitest: what a flow may rely on, whenever the process dies.
 */
export async function engineContract(title: string, setup: () => Promise<EngineSetup>): Promise<void> {
  await needVitest()
  const contract = await import('./testing/engine-contract.ts')
  contract.engineContract(title, setup)
}

async function needVitest(): Promise<void> {
  try {
    await import('vitest')
  } catch (cause) {
    throw new RondoError(
      'package_missing',
      'The contracts of rondo/testing are tests for Vitest, which is not installed: npm i -D vitest',
      {
        cause,
      },
    )
  }
}

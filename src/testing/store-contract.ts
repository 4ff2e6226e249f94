/**
 * The contract of every store, as tests: the invariants J1–J8 of `journal/store.ts`, and each method of the port.
 *
 * Owns: the proofs, one file for each part of the port. Never: names a concrete store; `setup` brings it.
 * What only some stores can show (two processes, upgrades, a failing disk) is proved beside them.
 */
import { describe, test } from 'vitest'
import { accessProofs } from './store-contract/access.ts'
import { type Proof, StoreBench, type StoreSetup } from './store-contract/bench.ts'
import { drivingProofs } from './store-contract/driving.ts'
import { measureProofs } from './store-contract/measures.ts'
import { peopleProofs } from './store-contract/people.ts'
import { runProofs } from './store-contract/runs.ts'
import { writeProofs } from './store-contract/writes.ts'

export type { StoreSetup } from './store-contract/bench.ts'

/** Registers the suite with Vitest. `setup` is called once for each test. */
export function storeContract(title: string, setup: () => Promise<StoreSetup>): void {
  const proof: Proof = (name, prove) => {
    test(name, async () => {
      const bench = new StoreBench(await setup())
      try {
        await bench.open()
        await prove(bench)
      } finally {
        await bench.close()
      }
    })
  }
  describe(title, () => {
    describe('runs', () => runProofs(proof))
    describe('who drives', () => drivingProofs(proof))
    describe('what is written', () => writeProofs(proof))
    describe('people, cases, memos', () => peopleProofs(proof))
    describe('measures', () => measureProofs(proof))
    describe('access and the audit log', () => accessProofs(proof))
  })
}

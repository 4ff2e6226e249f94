/**
 * The contract of every engine over every store, as tests: what a flow may rely on.
 *
 * Owns: the proofs, one file for each part of the language. Never: names a concrete store; `setup` brings it.
 */
import { describe, test } from 'vitest'
import { Bench, type EngineSetup, type Proof } from './engine-contract/bench.ts'
import { branchProofs } from './engine-contract/branches.ts'
import { runProofs } from './engine-contract/runs.ts'
import { stepProofs } from './engine-contract/steps.ts'
import { waitingProofs } from './engine-contract/waiting.ts'

export type { EngineSetup } from './engine-contract/bench.ts'

/** Registers the suite with Vitest. `setup` is called once for each test. */
export function engineContract(title: string, setup: () => Promise<EngineSetup>): void {
  const proof: Proof = (name, prove) => {
    test(name, async () => {
      const bench = new Bench(await setup())
      try {
        await prove(bench)
      } finally {
        await bench.close()
      }
    })
  }
  describe(title, () => {
    describe('steps', () => stepProofs(proof))
    describe('branches and loops', () => branchProofs(proof))
    describe('waiting', () => waitingProofs(proof))
    describe('runs', () => runProofs(proof))
  })
}

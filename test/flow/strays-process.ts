/**
 * Flows whose promises fail unheard, in a process of its own: `node strays-process.ts flow | none | closed`. It prints what became of each
 * run; with `none` a promise that is no flow's fails as well, with `closed` one of a flow's after the system was closed.
 */
import { z } from 'zod'
import { createRondo, flow, type Rondo } from '../../src/index.ts'

const step = async (): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 1))
}
const fails = async (what: string): Promise<never> => {
  await step()
  throw new Error(`${what} failed`)
}
const afterwards = Promise.withResolvers<void>()
const subjects = [
  flow({
    name: 'in the flow',
    input: z.object({}),
    output: z.unknown(),
    async run(run) {
      void run.step('first', step, { effect: 'none' }).then(() => fails('The notice'))
      await run.signal('never')
    },
  }),
  flow({
    name: 'in a step',
    input: z.object({}),
    output: z.unknown(),
    async run(run) {
      await run.step('work', () => void fails('The call'), { effect: 'none' })
      await run.signal('never')
    },
  }),
  flow({
    name: 'left behind',
    input: z.object({}),
    output: z.unknown(),
    async run() {
      void fails('The last word')
      return 'done'
    },
  }),
  flow({
    name: 'later',
    input: z.object({}),
    output: z.unknown(),
    async run() {
      if (process.argv[2] === 'closed') void afterwards.promise.then(() => fails('What came later'))
      return 'done'
    },
  }),
  flow({ name: 'well', input: z.object({}), output: z.unknown(), run: async (run) => run.sleep('nap', 50) }),
]

const warnings: string[] = []
const rondo: Rondo = await createRondo({ flows: subjects, database: ':memory:', warn: (message) => void warnings.push(message) })
for (const one of subjects) await rondo.runs.start(one, {}, { id: one.name.replaceAll(' ', '-') })
await rondo.runs.ended('well')
const runs = await rondo.runs.list()
console.log(JSON.stringify({ runs: runs.map(({ id, status, error }) => [id, status, error?.code, error?.message]), warnings }))
if (process.argv[2] === 'none') void fails('Something else')
await step()
await step()
await rondo.close()
afterwards.resolve()
await step()
await step()
console.log('closed')

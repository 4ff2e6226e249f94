/**
 * `npm run bench`: speed and memory, as ratios within one run, against the raw limit of the same disk and SQLite.
 * Arguments name the parts to run: steps, loops, waiting, backtest, http. The exit code is 1 when a bar was missed.
 */
import { measureBacktest } from './backtest.ts'
import { measureHttp } from './http.ts'
import { measureLoops } from './loops.ts'
import { type Figure, print } from './measure.ts'
import { measureSteps } from './steps.ts'
import { measureWaiting } from './waiting.ts'

const PARTS: Readonly<Record<string, { title: string; measure: () => Promise<Figure[]>; not: string }>> = {
  steps: {
    title: 'Durable steps',
    measure: measureSteps,
    not: 'steps that do real work, results above 100 bytes, other processes on the same disk.',
  },
  loops: {
    title: 'Resuming a loop',
    measure: measureLoops,
    not: 'rounds with many steps of their own: a resume reads one round, whatever is in it.',
  },
  waiting: {
    title: 'Waiting runs',
    measure: measureWaiting,
    not: 'what a system keeps in memory whatever waits (some 20 MB), answers that come at once (they share commits), large questions, memory that the operating system keeps for the file.',
  },
  backtest: {
    title: 'Backtest',
    measure: measureBacktest,
    not: 'what models take to answer: they are asked by a server in this process, for the one changed prompt only.',
  },
  http: {
    title: 'Runs started over HTTP',
    measure: measureHttp,
    not: 'networks, encryption, large inputs, callers on other machines.',
  },
}

const wanted = process.argv.slice(2)
const unknown = wanted.find((name) => !(name in PARTS))
if (unknown !== undefined) {
  console.error(`There is no part "${unknown}". Parts: ${Object.keys(PARTS).join(', ')}.`)
  process.exit(2)
}
let missed = false
for (const [name, { title, measure, not }] of Object.entries(PARTS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const figures = await measure()
  missed ||= figures.some((figure) => figure.met === false)
  print(title, figures, not)
}
process.exitCode = missed ? 1 : 0

/**
 * `rondo check`: how the unfinished runs go on under the code that is here, before it is deployed.
 */
import type { Command } from 'commander'
import { type CheckReport, checkDeploy, type Diverging } from '../../index.ts'
import { examples, globalsOf, outputOf } from '../command.ts'
import { loadProject } from '../config.ts'
import { EXIT } from '../exits.ts'
import { LiveLine } from '../live-line.ts'
import { openProject } from '../open.ts'
import { paint } from '../output.ts'
import { counted, oneLine } from '../text.ts'

const SHOWN = 5

export function addCheck(program: Command): void {
  program
    .command('check')
    .summary('see whether unfinished runs go on under this code')
    .description(
      'Replays every unfinished run against the code that is here, up to where something would begin, and begins nothing. Exits with 1 when a run would diverge, or its flow is not here: run it before a deploy, on the database (or a copy) that the deploy will work on.',
    )
    .option('-f, --flow <name>', 'only runs of this flow')
    .addHelpText('after', examples(['rondo check', 'rondo check --flow mail-desk --json', 'rondo check --db backup.db']))
    .action(async ({ flow }: { flow?: string }, command: Command) => {
      const output = outputOf(command)
      const rondo = await openProject(await loadProject(globalsOf(command)), 'read')
      const line = new LiveLine({ quiet: output.json })
      try {
        const seen = (runs: number): void => line.set(`${counted(runs, 'run')} looked at`)
        const report = await checkDeploy(rondo, { seen, ...(flow !== undefined && { flow }) })
        line.end()
        output.result(report, () => checkLines(report))
        if (report.diverging.length > 0 || report.unknownFlows.length > 0) process.exitCode = EXIT.failed
      } finally {
        line.end()
        await rondo.close()
      }
    })
}

function checkLines(report: CheckReport): string[] {
  const { runs, unchanged, diverging, unused, unknownFlows } = report
  if (runs === 0) return ['No run is unfinished: nothing can diverge.']
  const isFine = diverging.length === 0 && unknownFlows.length === 0
  const mark = isFine ? paint('green', '✓') : paint('red', '✗')
  return [
    `${mark} ${unchanged.toLocaleString('en-US')} of ${counted(runs, 'unfinished run')} go on unchanged under this code.`,
    ...[...Map.groupBy(diverging, placeOf).values()].flatMap(divergingLines),
    ...unknownFlows.map(
      ({ flow, runs: some }) =>
        `  ${paint('red', '✗')} ${counted(some, 'run')} of flow "${oneLine(flow)}", which is not here: they would stand still.`,
    ),
    ...unused.map(({ flow, step, runs: some }) =>
      paint('dim', `  ${counted(some, 'run')} of "${oneLine(flow)}" hold step "${oneLine(step)}", which is not asked for any more.`),
    ),
    ...(isFine ? [] : ['', 'What can be done:', ...adviceFor(report).map((line) => `  · ${line}`)]),
  ]
}

/** Runs that diverge alike are told of together. */
function placeOf({ flow, how, at, why }: Diverging): string {
  return JSON.stringify([flow, how, at, how === 'breaks' ? '' : why])
}

function divergingLines(alike: readonly Diverging[]): string[] {
  const [first] = alike
  if (first === undefined) return []
  const shown = alike.slice(0, SHOWN).map(({ run }) => oneLine(run))
  return [
    `  ${paint('red', '✗')} ${counted(alike.length, 'run')} of "${oneLine(first.flow)}" would diverge${first.at === '' ? '' : ` at "${oneLine(first.at)}"`}: ${oneLine(first.why)}`,
    paint('dim', `    ${shown.join(', ')}${alike.length > SHOWN ? `, and ${alike.length - SHOWN} more` : ''}`),
  ]
}

function adviceFor({ diverging, unknownFlows }: CheckReport): string[] {
  const some = new Set(diverging.map(({ how }) => how))
  return [
    ...(some.has('skips') || some.has('breaks') || some.has('leaves')
      ? [
          'Migrate: keep the name and kind of a step that is only written otherwise; give a new step a new name, after those that are recorded.',
        ]
      : []),
    ...(some.has('fails') ? ['Mend: make the code take what older runs recorded, such as a field that may be missing.'] : []),
    ...(unknownFlows.length > 0 ? ['Register the flow again, if only until its runs are over, or cancel them: rondo cancel RUN.'] : []),
    'Pin: keep the flow as it was under its name, and give the changed one another name for new runs.',
    'Finish first: let these runs come to their end under the old code, and check again.',
  ]
}

/**
 * What every command has in common: the options that may stand anywhere, examples under its help.
 */
import type { Command } from 'commander'
import type { Globals } from './config.ts'
import { Output, paint } from './output.ts'

const CWD = process.cwd()

export function globalsOf(command: Command): Globals {
  const { json, db, config } = command.optsWithGlobals<{ json?: boolean; db?: string; config?: string }>()
  return { json: json === true, db, config, cwd: CWD }
}

export function outputOf(command: Command): Output {
  return new Output(globalsOf(command).json)
}

export function examples(lines: readonly string[]): string {
  return `\n${paint('bold', 'Examples:')}\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`
}

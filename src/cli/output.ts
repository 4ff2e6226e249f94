/**
 * What a command says: results on stdout, everything else on stderr; for people, or as JSON.
 *
 * Owns: the two forms. Invariants:
 *   O1. With `--json`, stdout holds JSON and nothing else: one document, or one a line where a command says so.
 *   O2. An error with `--json` is one line on stderr: `{"error":{"code":…,"message":…,"details":…}}`.
 *   O3. Colours only where a terminal reads them, and never against NO_COLOR.
 */
import { stripVTControlCharacters, styleText } from 'node:util'
import { RondoError } from '../errors.ts'
import { EXIT, exitCodeOf } from './exits.ts'
import { plain } from './text.ts'

type Style = Parameters<typeof styleText>[0]

/** Styles text for stdout, or for stderr where that is said. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream })
}

/** A line that was styled for stdout, on stderr: without styles where stderr is no terminal. */
export function forStderr(line: string): string {
  return process.stderr.isTTY === true || process.env['FORCE_COLOR'] ? line : stripVTControlCharacters(line)
}

export class Output {
  readonly json: boolean

  constructor(json: boolean) {
    this.json = json
  }

  /** The result of a command: lines for people, or a document for programs. */
  result(document: unknown, lines: () => readonly string[]): void {
    if (this.json) this.document(document)
    else this.lines(lines())
  }

  document(document: unknown): void {
    process.stdout.write(`${safeJson(document)}\n`)
  }

  lines(lines: readonly string[]): void {
    if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
  }

  /** Something beside the result, for people only. */
  note(line: string): void {
    if (!this.json) process.stderr.write(`${forStderr(line)}\n`)
  }
}

/** JSON in which no control character stands as itself: JSON.stringify leaves the upper ones, which steer some terminals. */
function safeJson(document: unknown): string {
  return JSON.stringify(document).replace(
    /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** How wide lines may be; wide enough for a pipe to keep what matters. */
export function screenWidth(): number {
  return Math.max(60, process.stdout.columns ?? 160)
}

/** Says what went wrong, and gives the exit code for it. Any copy of Rondo's errors is understood. */
export function reportError(thrown: unknown, json: boolean): number {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const known = error.name === 'RondoError'
  if (json) {
    const details = 'details' in error ? error.details : undefined
    process.stderr.write(
      `${safeJson({ error: { code: code ?? 'failed', message: error.message, ...(details !== undefined && { details }) } })}\n`,
    )
  } else {
    process.stderr.write(`${paint('red', '✗', process.stderr)} ${plain(error.message)}\n`)
    if (!known && error.stack !== undefined)
      process.stderr.write(`${paint('dim', plain(error.stack.split('\n').slice(1, 6).join('\n')), process.stderr)}\n`)
  }
  return known ? exitCodeOf(code) : EXIT.failed
}

/** A command line that is not right. */
export function usage(message: string): RondoError {
  return new RondoError('usage', message)
}

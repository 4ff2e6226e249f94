/**
 * What is given on the command line: values as JSON, from a file or from a pipe; numbers, durations, lists.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { milliseconds } from '../duration.ts'
import { decode } from '../json.ts'
import { usage } from './output.ts'

/**
 * A value: JSON, `@file` for a file with JSON in it, `-` for stdin. Rondo's own JSON is understood, so dates and bigints can be
 * given as the journal writes them: `{"$rondo":"date","value":"2026-01-01T00:00:00.000Z"}`.
 */
export async function givenValue(text: string, option: string, cwd: string): Promise<unknown> {
  const from = text === '-' ? 'stdin' : text.startsWith('@') ? text.slice(1) : undefined
  const json = text === '-' ? await readStdin() : from === undefined ? text : readGiven(resolve(cwd, from), option)
  try {
    return decode(json)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const hint = from === undefined ? ` Text is JSON in quotes: ${option} '"like this"'. Or name a file: ${option} @value.json` : ''
    throw usage(`${option} takes JSON, and ${from === undefined ? 'this' : from} is none: ${why}.${hint}`)
  }
}

function readGiven(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw usage(`${option} names the file ${file}, which cannot be read: ${error instanceof Error ? error.message : String(error)}.`)
  }
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

/** For commander: a whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value
    throw new InvalidArgumentError(`It takes a whole number from ${least} on.`)
  }
}

/** For commander: a duration in milliseconds. */
export function duration(text: string): number {
  try {
    return milliseconds(text)
  } catch {
    throw new InvalidArgumentError('It takes a duration such as 30s, 15m, 4h or 2d.')
  }
}

/** For commander: an option that may come several times, or once with commas. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), ...text.split(',').filter((part) => part !== '')]
}

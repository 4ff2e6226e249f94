/**
 * Encoded results as a reader compares them: read where they are whole, left as text where they were cut, and as lines of text.
 *
 * Owns: that reading. The form is for people: names and texts without quotes, one thing to a line.
 */
import { isRecord } from '../../api/client.ts'
import type { Noted } from './documents.ts'

export type Read = { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'cut'; readonly text: string }

/** The steps that differ, without those that are part of one that differs as well. */
export function outermost(steps: readonly Noted[]): Noted[] {
  const differing = steps.filter(({ differs }) => differs)
  return differing.filter(({ path }) => !differing.some((other) => path.startsWith(`${other.path}/`) || path.startsWith(`${other.path}[`)))
}

/** What an encoded text holds; one that was cut cannot be read. */
export function readEncoded(text: string): Read {
  try {
    return { kind: 'value', value: JSON.parse(text) }
  } catch {
    return { kind: 'cut', text }
  }
}

/** A value as lines, so that two can be compared line by line. */
export function linesOf(read: Read): string {
  return read.kind === 'cut' ? broken(read.text) : valueLines(read.value, '').join('\n')
}

function valueLines(value: unknown, indent: string): string[] {
  if (typeof value === 'string') return value.split('\n').map((line) => `${indent}${line}`)
  const fields: [string, unknown][] | undefined = Array.isArray(value)
    ? value.map((item: unknown) => ['–', item])
    : isRecord(value)
      ? Object.entries(value)
      : undefined
  if (fields === undefined) return [`${indent}${value === undefined ? 'nothing' : JSON.stringify(value)}`]
  if (fields.length === 0) return [`${indent}${Array.isArray(value) ? 'empty list' : 'no fields'}`]
  return fields.flatMap(([name, item]) => {
    const label = name === '–' ? '–' : `${name}:`
    const inner = valueLines(item, `${indent}  `)
    const [first = ''] = inner
    return inner.length === 1 && !isNested(item) ? [`${indent}${label} ${first.trim()}`] : [`${indent}${label}`, ...inner]
  })
}

function isNested(value: unknown): boolean {
  return isRecord(value) || Array.isArray(value) ? Object.keys(value).length > 0 : false
}

/** JSON text broken where its fields end, as far as it goes. */
function broken(text: string): string {
  return text.replaceAll(/","/g, '",\n"').replaceAll(/\\n/g, '\n')
}

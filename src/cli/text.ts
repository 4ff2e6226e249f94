/**
 * Text for a terminal: made harmless, measured, cut, and set in columns; times as people read them.
 *
 * Owns: what reaches the terminal as text. Invariants:
 *   T1. What comes from a journal, a model or a person passes `plain` or `oneLine`: no control character in it can move the
 *       cursor, change colours or turn the direction of writing.
 *   T2. Widths are columns of the terminal, not characters.
 */
import { stripVTControlCharacters } from 'node:util'
import { humanDuration } from '../duration.ts'

/** Control characters (all but the line break), and the marks that turn the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HARMFUL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** The text with every control character made visible: nothing in it can steer the terminal. Line breaks stay. */
export function plain(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(HARMFUL, visible)
}

/** The text on one line. */
export function oneLine(text: string): string {
  return plain(text).replace(/\s*\n\s*/g, ' ⏎ ')
}

function visible(character: string): string {
  if (character === '\t') return '  '
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return `\\u${code.toString(16).padStart(4, '0')}`
}

const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const graphemes = new Intl.Segmenter()

/** How many columns a text takes; colours take none. */
export function width(text: string): number {
  let columns = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: printable ASCII, the common case
  const bare = /\u001b/.test(text) ? stripVTControlCharacters(text) : text
  if (/^[\x20-\x7e]*$/.test(bare)) return bare.length
  for (const { segment } of graphemes.segment(bare)) columns += WIDE.test(segment) ? 2 : 1
  return columns
}

/** The beginning of a text that fits, with `…` where something is missing. Not for coloured text. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text
  let kept = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    const next = WIDE.test(segment) ? 2 : 1
    if (used + next > columns - 1) break
    kept += segment
    used += next
  }
  return `${kept}…`
}

export function pad(text: string, columns: number, side: 'left' | 'right' = 'left'): string {
  const spaces = ' '.repeat(Math.max(0, columns - width(text)))
  return side === 'left' ? text + spaces : spaces + text
}

/** The largest of many values, or `least`: a call's arguments would not hold them all. */
export function largest(values: readonly number[], least: number): number {
  return values.reduce((most, value) => Math.max(most, value), least)
}

/** Rows in aligned columns, two spaces apart. A heading that starts with `>` sets its column to the right. */
export function columns(headings: readonly string[], rows: readonly (readonly string[])[], style: (heading: string) => string): string[] {
  const names = headings.map((heading) => heading.replace(/^>/, ''))
  const widths = names.map((name, index) =>
    largest(
      rows.map((row) => width(row[index] ?? '')),
      width(name),
    ),
  )
  const set = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => pad(cell, widths[index] ?? 0, headings[index]?.startsWith('>') ? 'right' : 'left'))
      .join('  ')
      .trimEnd()
  const heading = names.some((name) => name !== '') ? [set(names.map((name) => (name === '' ? '' : style(name))))] : []
  return [...heading, ...rows.map(set)]
}

/** How many columns rows take once they are set in columns. */
export function inlineWidth(rows: readonly (readonly string[])[]): number {
  const columns = largest(
    rows.map((row) => row.length),
    0,
  )
  const widest = (index: number): number =>
    largest(
      rows.map((row) => width(row[index] ?? '')),
      0,
    )
  return Array.from({ length: columns }, (_, index) => widest(index) + 2).reduce((sum, each) => sum + each, 0)
}

/** `3m ago`, `in 2h`, and the date itself when it is far. */
export function relative(at: number, now: number): string {
  const distance = Math.abs(now - at)
  if (distance > 30 * 86_400_000) return new Date(at).toISOString().slice(0, 10)
  if (distance < 1000) return at > now ? `in ${distance}ms` : 'now'
  const rough =
    humanDuration(distance < 60_000 ? Math.floor(distance / 1000) * 1000 : distance)
      .split(' ')[0]
      ?.replace('.0s', 's') ?? ''
  return at <= now ? `${rough} ago` : `in ${rough}`
}

/** A local time: `2026-11-24 10:44:02`. */
export function dateTime(at: number): string {
  const date = new Date(at)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clockTime(at)}`
}

/** `10:44:02`. */
export function clockTime(at: number): string {
  const date = new Date(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((value) => String(value).padStart(2, '0')).join(':')
}

/** `1 run`, `2,500 runs`. */
export function counted(amount: number, one: string, many = `${one}s`): string {
  return `${amount.toLocaleString('en-US')} ${amount === 1 ? one : many}`
}

/** A size in bytes as people read it. */
export function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  const unit = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3))
  const amount = bytes / 1000 ** unit
  return `${unit === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`
}

/** Enough of a run's id to tell it from its neighbours: the end of a long one (time-ordered ids begin alike). */
export function shortId(id: string): string {
  return id.length <= 16 ? id : `…${id.slice(-8)}`
}

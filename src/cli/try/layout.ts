/**
 * How a report is set on the terminal: titles, tables, and text in lines that fit.
 */
import { paint } from '../output.ts'
import { columns, width } from '../text.ts'

export const INDENT = '  '

export function title(text: string): string {
  return paint(['bold', 'underline'], text)
}

export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return columns(headings, rows, (heading) => paint('dim', heading)).map((line) => INDENT + line)
}

export function wrapped(text: string, wide: number): string[] {
  return hanging(INDENT, text, wide)
}

/** Text in lines that fit, the first after `lead`, the others below its end. Styles may span words, not lines. */
export function hanging(lead: string, text: string, wide: number): string[] {
  const indent = width(lead)
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/ (?!%)/)) {
    if (line !== '' && indent + width(line) + 1 + width(word) > wide) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((one, at) => (at === 0 ? lead : ' '.repeat(indent)) + one)
}

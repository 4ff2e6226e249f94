/**
 * Tables of a trial's page.
 */
import { type Markup, markup } from './markup.ts'

/** A heading that starts with `>` sets its column to the right. */
export function table(headings: readonly string[], rows: readonly (readonly (string | Markup)[])[], own?: number): Markup {
  const isRight = (at: number): boolean => headings[at]?.startsWith('>') === true
  return markup`<div class="scroll"><table><thead><tr>${headings.map(
    (heading, at) => markup`<th class="${isRight(at) ? 'n' : ''}">${heading.replace(/^>/, '')}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (cells, row) =>
      markup`<tr class="${row === own ? 'own' : ''}">${cells.map((cell, at) => markup`<td class="${isRight(at) ? 'n' : ''}">${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`
}

/**
 * Text that is HTML, and text that is not: what is put into a page is escaped unless it was made here.
 *
 * Invariant: what comes from a file becomes markup by the `markup` tag only, which escapes every value that is no `Markup` itself.
 */

export class Markup {
  readonly html: string
  constructor(html: string) {
    this.html = html
  }
}

type Value = string | number | Markup | undefined | false | readonly Value[]

/** HTML with values in it; lists are put one after the other, `undefined` and `false` are nothing. */
export function markup(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(parts.map((part, at) => (at === 0 ? part : htmlOf(values[at - 1]) + part)).join(''))
}

function htmlOf(value: Value): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Markup) return value.html
  if (typeof value === 'object') return value.map(htmlOf).join('')
  return escaped(String(value))
}

/** Control characters and marks that turn the direction of writing are shown as what they are: text from a file steers nothing. */
function escaped(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
  )
}

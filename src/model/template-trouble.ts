/**
 * What is wrong with a text that Handlebars cannot read, in words that say what to do. Handlebars itself says which tokens it expected.
 *
 * Owns: those words, and the line they are about. Never: reads a text for its meaning (template-parser.ts).
 */
export interface Trouble {
  /** Of the text, from 1. */
  readonly line: number | undefined
  readonly what: string
}

interface Tag {
  readonly name: string
  readonly line: number
}

const EXCERPT = 40

/** `message`: what Handlebars said of `body`. */
export function troubleIn(body: string, message: string): Trouble {
  const crossed = /^(\S+) doesn't match (\S+) - (\d+):/.exec(message)
  if (crossed !== null) {
    const [, opened = '', closed = '', line = ''] = crossed
    return { line: Number(line), what: `{{#${opened}}} is closed by {{/${closed}}}. Close it with {{/${opened}}}.` }
  }
  const at = /line (\d+)/.exec(message)?.[1]
  const line = at === undefined ? undefined : Number(at)
  const { open, stray } = blocksOf(body)
  if (stray !== undefined && /got 'OPEN_ENDBLOCK'/.test(message))
    return {
      line: stray.line,
      what: `{{/${stray.name}}} closes nothing that is open. Take it out, or open {{#${stray.name} …}} before it.`,
    }
  const ended = /got '(?:EOF|INVALID)'/.test(message)
  const last = open.at(-1)
  if (ended && /'OPEN_ENDBLOCK'/.test(message) && last !== undefined)
    return { line: last.line, what: `{{#${last.name}}} is not closed. Write {{/${last.name}}} where it ends.` }
  if (ended) return { line, what: `A "{{" is not closed. Write "}}" where it ends, or "\\\\{{" for braces that are text.` }
  // What came before the braces stands in the excerpt as well.
  const excerpt = /\n(.*)\n-*\^/.exec(message)?.[1]?.trim()
  const near = excerpt?.slice(Math.max(0, excerpt.lastIndexOf('{{'))).slice(0, EXCERPT)
  return { line, what: `What stands in the braces is not understood${near === undefined ? '' : `, at "${near}"`}.` }
}

/** Blocks that are open at the end, outermost first; and the first that is closed though it was not open. */
function blocksOf(body: string): { open: Tag[]; stray: Tag | undefined } {
  const open: Tag[] = []
  let stray: Tag | undefined
  for (const { 0: found, 1: sign, 2: name = '', index } of body.matchAll(/\{\{~?\s*([#^/])\s*([\w.-]+)/g)) {
    const line = body.slice(0, index + found.length).split('\n').length
    if (sign !== '/') open.push({ name, line })
    else if (open.pop() === undefined) stray ??= { name, line }
  }
  return { open, stray }
}

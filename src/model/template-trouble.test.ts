import { expect, test } from 'vitest'
import { parseTemplate } from './template-parser.ts'

test.each([
  ['Hello {{#if x}} there\nand more', 1, '{{#if}} is not closed. Write {{/if}} where it ends.'],
  ['{{#each xs}}\n{{#if x}}a{{/if}}\nb', 1, '{{#each}} is not closed. Write {{/each}} where it ends.'],
  ['a\nHi {{/if}}', 2, '{{/if}} closes nothing that is open. Take it out, or open {{#if …}} before it.'],
  ['a\n{{#if x}}\n{{/each}}', 2, '{{#if}} is closed by {{/each}}. Close it with {{/if}}.'],
  ['a\nHi {{name', 2, 'A "{{" is not closed.'],
  ['Hi }} {{', 1, 'A "{{" is not closed.'],
  ['a\n\n{{a b c=}} d', 3, 'What stands in the braces is not understood, at "{{a b c=}} d".'],
])('%j is said to be wrong in line %i, and what to do', (text, line, what) => {
  expect(() => parseTemplate(text, 'prompts/x.prompt', 10)).toThrow(`prompts/x.prompt:${line + 9}: ${what}`)
})

/**
 * Prompt files and the check of what their text names, with the errors people will see.
 */
import { writeFile } from 'node:fs/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { closeAll, promptFolder } from '../../test/support/asking-system.ts'
import { createModels } from './language-models.ts'
import { checkPrompt, prompt } from './prompt.ts'
import { parsePromptFile } from './prompt-file.ts'
import { createPrompts } from './prompt-folder.ts'
import { tool } from './tool.ts'

afterEach(closeAll)

const parsed = (source: string) => parsePromptFile(source, 'prompts/x.prompt', 'x')

describe('front matter', () => {
  test('says model, settings, fallbacks and what is offered', () => {
    const file = parsed(
      '---\nmodel: openai/gpt-5\nfallbacks: [anthropic/claude]\nconfig:\n  temperature: 0.2\n  providerOptions: { openai: { user: x } }\ntools: [a]\nrounds: 3\nstream: true\ntimeout: 30s\nvertexai.note: for others\n---\nHello',
    )
    expect(file).toMatchObject({
      model: 'openai/gpt-5',
      fallbacks: ['anthropic/claude'],
      settings: { temperature: 0.2, providerOptions: { openai: { user: 'x' } } },
      tools: ['a'],
      rounds: 3,
      stream: true,
      timeoutMs: 30_000,
    })
  })

  test('may be missing, and the body may come from any system', () => {
    expect(parsed('Hello {{name}}').template.source).toBe('Hello {{name}}')
    expect(parsed('\uFEFF---\r\nmodel: a/b\r\n---\r\nHello\r\nyou').template.source).toBe('Hello\nyou')
  })

  test.each([
    ['---\nmodel: a/b\nmodle: c\n---\nx', 'prompts/x.prompt:3: "modle" is not known here. There are name, description, model'],
    [
      '---\nconfig:\n  temprature: 1\n---\nx',
      'prompts/x.prompt:3: "config.temprature" is not known here. There are maxOutputTokens, temperature',
    ],
    ['---\nmodel: a/b\nversion: 3\n---\nx', 'prompts/x.prompt:3: "version" is not known here. A version is not written down'],
    ['---\nconfig:\n  temperature: hot\n---\nx', 'prompts/x.prompt:3: "config.temperature": Invalid input: expected number'],
    ['---\nmodel: [\n---\nx', 'The front matter is no YAML'],
    ['---\n- model\n---\nx', 'must be a list of "key: value" lines'],
    ['---\nmodel: a/b\nx', 'prompts/x.prompt:1: The front matter begins with "---" and does not end'],
    ['---\nname: y\n---\nx', 'The front matter calls it "y", the file calls it "x"'],
    ['---\nmodel: a/b\n---\nx\n{{#if a}}', /prompts\/x\.prompt:5: \{\{#if\}\} is not closed/],
    ['a\n{{#if a}}\n{{/each}}', 'prompts/x.prompt:2: {{#if}} is closed by {{/each}}. Close it with {{/if}}.'],
    ['{{#*inline "x"}}{{/inline}}', 'Decorators and partial blocks are not understood'],
    ['{{#> layout}}x{{/layout}}', 'Decorators and partial blocks are not understood'],
    ['{{#people}}x{{/people}}', '{{#people}} is not understood: there are #if'],
    ['{{history}}', '{{history}} is not understood'],
    ['{{media url}}', 'Write {{media url=photo}}'],
    ['{{@user}}', 'There is no {{@user}}: there are @root, @index'],
  ])('that is wrong is said with its place: %j', (source, message) => {
    expect(() => parsed(source)).toThrow(message)
  })
})

describe('checking a prompt', () => {
  const input = z.object({
    mail: z.object({ from: z.string(), body: z.string() }),
    tags: z.array(z.object({ name: z.string() })).nullable(),
    extra: z.record(z.string(), z.number()),
    critique: z.string().optional(),
  })
  const output = z.object({ text: z.string() })
  const models = createModels({ default: 'openai/gpt-5', env: { OPENAI_API_KEY: 'x' } })
  const check = async (text: string, partials: Record<string, string> = {}) => {
    const folder = await promptFolder(Object.fromEntries(Object.entries(partials).map(([name, part]) => [`_${name}`, part])))
    return checkPrompt(
      prompt('reply', { input, output, text, tools: [tool({ name: 'find', description: '', input: z.object({}), run: () => 1 })] }),
      {
        prompts: createPrompts({ folder }),
        models,
      },
    )
  }

  test('follows blocks, partials and block parameters, and tells what is never used', async () => {
    const state = await check(
      '{{#with mail}}{{from}}{{../extra.any}}{{/with}}{{#each tags as |tag|}}{{name}}{{tag.name}}{{@index}}{{/each}}{{> part tone="warm"}}',
      {
        part: '{{mail.body}}{{tone}}{{this.tone}}{{@root.mail.from}}',
      },
    )
    expect(state).toMatchObject({ model: 'openai/gpt-5', tools: ['find'], shortVersion: expect.stringMatching(/^[0-9a-f]{8}$/) })
    expect(state.warnings).toEqual([expect.stringContaining('the input "critique" of prompt "reply" is never used')])
    expect((await check('{{json this}}')).warnings).toEqual([])
  })

  test.each([
    ['{{fodler}} {{mial}}', '"fodler" is not in the prompt\'s input, where there are mail, tags, extra, critique.'],
    [
      'x\n{{mial}}',
      'the text of prompt "reply":2: {{mial}}: "mial" is not in the prompt\'s input, where there are mail, tags, extra, critique. Did you mean "mail"?',
    ],
    ['{{mail.bdy}}', '{{mail.bdy}}: "bdy" is not in what {{mail.bdy}} looks into, where there are from, body. Did you mean "body"?'],
    ['{{#each tags}}{{mail}}{{/each}}', '"mail" is not in what {{mail}} looks into, where there are name.'],
    ['{{#if crtique}}x{{/if}}', 'Did you mean "critique"?'],
    ['{{../mail}}', 'goes up further than there are blocks around it'],
    ['{{> part}}', '"nope" is not in the prompt\'s input'],
    ['{{> loop}}', 'The partial "loop" uses itself (loop → loop)'],
    ['{{> gone}}', /There is no prompt file .*_gone\.prompt for "gone"/],
    ['{{> [../../etc/passwd]}}', 'There is no prompt file'],
    ['---\noutput:\n  format: text\n---\nx', '"output.format" is text, but the output in code is a value'],
    [
      '---\ninput:\n  schema:\n    mail: { from: string, subject: string }\n---\nx',
      '"input.schema" names "mail.subject", which the input of prompt "reply" in code does not have',
    ],
    ['---\noutput:\n  schema:\n    text: strin\n---\nx', '"output.schema": Picoschema: unsupported scalar type'],
    ['---\ntools: [fnd]\n---\nx', '"tools" names "fnd", which is not among the prompt\'s tools in code (find)'],
  ])('refuses %j', async (text, message) => {
    await expect(check(text, { part: '{{nope}}', loop: '{{> loop}}' })).rejects.toThrow(message)
  })

  test('takes a schema in the file that the code has a place for', async () => {
    const text =
      '---\ninput:\n  default: { critique: none }\n  schema:\n    mail: { from: string, body?: string }\n    critique?: string, what was said\n    extra: { (*): number }\noutput:\n  format: json\n  schema:\n    text: string\n---\n{{critique}}'
    expect((await check(text)).model).toBe('openai/gpt-5')
  })
})

test('a folder is read again when a file changed, its partials too, and the same object comes back while nothing did', async () => {
  const folder = await promptFolder({ reply: 'A {{> sign}}', _sign: 'one' })
  const prompts = createPrompts({ folder })
  const first = await prompts.load('reply')
  expect(await prompts.load('reply')).toBe(first)
  expect((await prompts.partial('sign')).source).toBe('one')
  await writeFile(`${folder}/_sign.prompt`, 'two')
  await writeFile(`${folder}/reply.prompt`, 'B {{> sign}}')
  expect((await prompts.partial('sign')).source).toBe('two')
  expect((await prompts.load('reply')).template.source).toBe('B {{> sign}}')
  expect(await prompts.names()).toEqual(['reply'])
})

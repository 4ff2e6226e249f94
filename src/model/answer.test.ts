import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { answerForm } from './answer.ts'

describe('what a model is asked for', () => {
  test('is text for strings, with or without limits', () => {
    expect(answerForm(z.string().min(1).max(200)).schema).toBeUndefined()
    expect(answerForm(z.string().transform((text) => text.length)).schema).toBeUndefined()
  })

  test('is an object for an object, and an object around anything else', () => {
    expect(answerForm(z.object({ a: z.number() }))).toMatchObject({ key: undefined, schema: { required: ['a'] } })
    for (const other of [
      z.enum(['a', 'b']),
      z.number(),
      z.boolean(),
      z.array(z.string()),
      z.union([z.object({}), z.string()]),
      z.literal('x'),
    ])
      expect(answerForm<unknown>(other)).toMatchObject({
        key: 'answer',
        schema: { type: 'object', required: ['answer'], additionalProperties: false },
      })
  })

  test('is closed, with every property required, as strict providers want it; what is optional may be null', () => {
    const { schema } = answerForm(
      z.object({
        must: z.string().describe('Needed.'),
        may: z.string().optional().describe('Perhaps.'),
        either: z.union([z.string(), z.number()]).optional(),
        fallback: z.number().default(3),
        inner: z.array(z.object({ x: z.int().optional() })),
      }),
    )
    expect(schema).toMatchObject({
      additionalProperties: false,
      required: ['must', 'may', 'either', 'fallback', 'inner'],
      properties: {
        must: { type: 'string', description: 'Needed.' },
        may: { description: 'Perhaps.', anyOf: [{ type: 'string' }, { type: 'null' }] },
        either: { anyOf: [{ type: ['string', 'number'] }, { type: 'null' }] },
        fallback: { anyOf: [{ type: 'number' }, { type: 'null' }] },
        inner: { items: { additionalProperties: false, required: ['x'] } },
      },
    })
    expect(JSON.stringify(schema)).not.toContain('"default"')
  })

  test('may refer to itself', () => {
    interface Tree {
      name: string
      inner?: Tree[] | undefined
    }
    const tree: z.ZodType<Tree> = z.lazy(() => z.object({ name: z.string(), inner: z.array(tree).optional() }))
    expect(JSON.stringify(answerForm(z.object({ tree })).schema)).toContain('"additionalProperties":false')
  })
})

describe('reading an answer', () => {
  const form = answerForm(
    z.object({ a: z.number(), b: z.string().optional(), c: z.string().nullable(), d: z.array(z.object({ e: z.int().default(7) })) }),
  )

  test('takes out the nulls that stand for what was left out, and leaves those that are meant', async () => {
    expect(await form.read('{"a":1,"b":null,"c":null,"d":[{"e":null},{"e":2}]}')).toEqual({
      kind: 'answer',
      value: { a: 1, c: null, d: [{ e: 7 }, { e: 2 }] },
    })
  })

  test('takes them out of the branches of a union too', async () => {
    const shape = z.union([
      z.object({ circle: z.number(), note: z.string().optional() }),
      z.object({ side: z.number(), note: z.string().optional() }),
    ])
    expect(await answerForm(z.object({ shape })).read('{"shape":{"side":2,"note":null}}')).toEqual({
      kind: 'answer',
      value: { shape: { side: 2 } },
    })
  })

  test.each([
    ['{"a":1,"c":"```","d":[]}'],
    ['  {"a":1,"c":"```","d":[]}\n'],
    ['```json\n{"a":1,"c":"```","d":[]}\n```'],
    ['Sure!\n\n```\n{"a":1,\n"c":"```","d":[]}\n```\nAnything else?'],
  ])('finds the JSON in %j', async (text) => {
    expect(await form.read(text)).toEqual({ kind: 'answer', value: { a: 1, c: '```', d: [] } })
  })

  test.each([
    ['', 'it is empty'],
    ['Sure! {"a":1', 'it is not JSON'],
    ['```json\n{"a":1}\n```\n```json\n{"a":2}\n```', 'it is not JSON'],
    ['{"a":"secret","c":null,"d":[{"e":1.5}]}', 'it does not fit its schema (a, d.0.e)'],
    ['[]', 'it does not fit its schema (the answer)'],
  ])('says of %j what is wrong, and quotes nothing of it in the summary', async (text, summary) => {
    expect(await form.read(text)).toMatchObject({ kind: 'problem', summary })
  })

  test('takes a wrapped answer bare as well', async () => {
    const choice = answerForm(z.enum(['spam', 'ham']))
    expect(await choice.read('{"answer":"spam"}')).toEqual({ kind: 'answer', value: 'spam' })
    expect(await choice.read('"ham"')).toEqual({ kind: 'answer', value: 'ham' })
    expect(await choice.read('ham')).toMatchObject({ kind: 'problem', summary: 'it is not JSON' })
  })

  test('runs refinements and transforms of the schema', async () => {
    const form = answerForm(
      z
        .string()
        .refine((text) => text.endsWith('.'), 'must end with a full stop')
        .transform((text) => text.length),
    )
    expect(await form.read('Yes.')).toEqual({ kind: 'answer', value: 4 })
    expect(await form.read('Yes')).toMatchObject({ kind: 'problem', problem: expect.stringContaining('must end with a full stop') })
  })
})

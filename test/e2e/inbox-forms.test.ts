/**
 * How a JSON schema becomes a form: which fields, what they begin with, and what is wrong with a value.
 */
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { blank, complaints, optionOf, shapeOf, UNREADABLE } from '../../console/src/parts/form/shape.ts'
import { budgetAnswerSchema, unknownAnswerSchema } from '../../src/flow/question-content.ts'

const shape = (type: z.ZodType) => shapeOf(z.toJSONSchema(type))
const wrong = (type: z.ZodType, value: unknown) => Object.fromEntries(complaints(shape(type), value))

describe('a shape', () => {
  test('is a choice for an enum, and for a union of fixed values', () => {
    expect(shape(z.enum(['a', 'b']))).toEqual({ kind: 'choice', choices: ['a', 'b'] })
    expect(shape(z.union([z.literal('x'), z.null()]))).toEqual({ kind: 'choice', choices: ['x', null] })
  })

  test('follows references, those that lead to themselves as far as anybody edits', () => {
    const Tree: z.ZodType = z.object({
      name: z.string(),
      get inner() {
        return Tree.optional()
      },
    })
    expect(shape(Tree)).toMatchObject({
      kind: 'object',
      fields: [
        { name: 'name', needed: true },
        { name: 'inner', needed: false },
      ],
    })
  })

  test('is JSON for what no field fits', () => {
    expect(shape(z.record(z.string(), z.number()))).toEqual({ kind: 'any' })
    expect(shapeOf({})).toEqual({ kind: 'any' })
  })

  test('names the ways to answer the questions the language itself asks', () => {
    expect(shapeOf(unknownAnswerSchema)).toMatchObject({
      kind: 'one-of',
      options: [{ title: 'happened: true' }, { title: 'happened: false' }],
    })
    expect(shapeOf(budgetAnswerSchema)).toMatchObject({ kind: 'one-of', options: [{ title: 'extend' }, { title: 'end: true' }] })
  })
})

describe('a value', () => {
  const Payment = z.object({
    to: z.string().min(1),
    cents: z.int().positive(),
    tags: z.array(z.enum(['new', 'old'])),
    note: z.string().optional(),
  })

  test('begins with what must be there and no more', () => {
    expect(blank(shape(Payment))).toEqual({ to: '', cents: undefined, tags: [] })
  })

  test('that fits has nothing wrong with it', () => {
    expect(wrong(Payment, { to: 'Mira', cents: 5, tags: ['new'] })).toEqual({})
  })

  test('that does not fit is told what is wrong, where it stands', () => {
    expect(wrong(Payment, { to: '', cents: 1.5, tags: ['new', undefined] })).toEqual({
      to: 'This must not be empty.',
      cents: 'This is a whole number.',
      'tags.1': 'Choose one.',
    })
    expect(wrong(z.number().gt(0), 0)).toEqual({ '': 'More than 0.' })
    expect(wrong(z.unknown(), UNREADABLE)).toEqual({ '': 'This is no JSON yet.' })
  })

  test('is taken for the option it fits best', () => {
    const either = shapeOf(budgetAnswerSchema)
    if (either.kind !== 'one-of') throw new Error('A budget is answered in one of two ways.')
    expect(optionOf(either, { extend: {} })).toBe(0)
    expect(optionOf(either, { end: true })).toBe(1)
  })
})

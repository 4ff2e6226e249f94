import { expect, test } from 'vitest'
import { bodyOf, missingIn, NEW, placeOf } from './order.ts'

const prompt = { ...NEW, prompt: 'sort', text: 'Which?' }

test('what was filled in is asked for, and nothing that was left empty', () => {
  expect(bodyOf(prompt)).toEqual({
    change: { prompts: { sort: 'Which?' } },
    selection: { sample: 500, seed: '1' },
    usd: 5,
    margin: 0.02,
  })
  expect(bodyOf({ ...NEW, what: 'code', mustPass: true, sample: '', seed: '', flow: 'tickets', margin: '0.5' })).toEqual({
    change: { code: true },
    selection: { of: 'must-pass', flow: 'tickets' },
    usd: 5,
    margin: 0.005,
  })
  expect(bodyOf({ ...NEW, what: 'model', of: 'queue', model: 'openai/gpt-5-mini' })).toMatchObject({
    change: { models: { queue: 'openai/gpt-5-mini' } },
  })
})

test('a window holds its last day whole', () => {
  const { selection } = bodyOf({ ...prompt, from: '2026-01-31', until: '2026-01-31' })
  expect(selection).toMatchObject({ from: new Date(2026, 0, 31).toISOString(), until: new Date(2026, 1, 1).toISOString() })
})

test('what is plainly missing is said at its field', () => {
  expect(missingIn(prompt)).toEqual({})
  expect(Object.keys(missingIn(NEW))).toEqual(['prompt'])
  expect(Object.keys(missingIn({ ...prompt, text: ' ', sample: '1.5', usd: 'much', margin: '' }))).toEqual([
    'text',
    'sample',
    'usd',
    'margin',
  ])
  expect(Object.keys(missingIn({ ...NEW, what: 'model' }))).toEqual(['of', 'model'])
})

test('what the server complains of stands where it was typed in', () => {
  const at = (code: string, places?: unknown, what: 'prompt' | 'model' | 'code' = 'prompt'): string =>
    placeOf({ code, details: places === undefined ? {} : { places } }, { what })
  expect(at('prompt_invalid')).toBe('text')
  expect(at('model_unknown')).toBe('model')
  expect(at('flow_unknown')).toBe('flow')
  expect(at('invalid_input', [['usd']])).toBe('usd')
  expect(at('invalid_input', [['selection', 'sample']])).toBe('sample')
  expect(at('invalid_input', [['change', 'models', 'queue']], 'model')).toBe('model')
  expect(at('invalid_input', [['change']], 'code')).toBe('form')
  expect(at('run_state')).toBe('form')
})

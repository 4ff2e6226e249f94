import { expect, test } from 'vitest'
import { isTerminal, RondoError, StepError, TerminalError, toErrorRecord } from './errors.ts'

test('an error is kept with name, message, code, a short stack, and what it came from', () => {
  const error = new RondoError('model_failed', 'It did not answer.', {
    cause: Object.assign(new TypeError('socket'), { code: 'ECONNRESET' }),
    details: { status: 500 },
    terminal: true,
  })
  const record = toErrorRecord(error)
  expect(record).toMatchObject({
    name: 'RondoError',
    message: 'It did not answer.',
    code: 'model_failed',
    details: { status: 500 },
    terminal: true,
    cause: { name: 'TypeError', message: 'socket', code: 'ECONNRESET' },
  })
  expect(record.stack?.split('\n').length).toBeLessThanOrEqual(12)
  expect(JSON.parse(JSON.stringify(record))).toEqual(record)
})

test('at most four causes are kept, so that a chain that bites its tail ends', () => {
  const error = new Error('round')
  error.cause = error
  let depth = 0
  for (let record = toErrorRecord(error); record.cause !== undefined; record = record.cause) depth += 1
  expect(depth).toBe(4)
})

test.each<[unknown, string]>([
  ['text', 'text'],
  [undefined, 'undefined'],
  [null, 'null'],
  [42, '42'],
  [{ message: 'like an error' }, 'like an error'],
  [{ status: 404 }, '{"status":404}'],
  [{ long: 'x'.repeat(1000) }, `{"long":"${'x'.repeat(491)}`],
])('of %j, which is no error, something is said', (thrown, message) => {
  expect(toErrorRecord(thrown)).toEqual({ name: 'Error', message })
})

test('a step’s failure that goes on keeps its record and names both steps', () => {
  const inner = new StepError('draft[0]/ask/call', { name: 'Error', message: 'down', code: 'model_failed', terminal: true })
  const outer = new StepError('draft[0]/ask', toErrorRecord(inner))
  expect([outer.message, outer.code, outer.path]).toEqual(['down', 'model_failed', 'draft[0]/ask'])
  const record = toErrorRecord(outer)
  expect(record).toMatchObject({ path: 'draft[0]/ask', terminal: true, cause: { path: 'draft[0]/ask/call', message: 'down' } })
  expect(toErrorRecord(new Error('wrapped', { cause: outer })).cause).toEqual(record)
})

test('a failed step throws the same live and from the journal', () => {
  const record = toErrorRecord(Object.assign(new RangeError('out'), { code: 'E_OUT' }))
  const live = new StepError('x', record)
  const replayed = new StepError('x', JSON.parse(JSON.stringify(record)))
  expect({ ...replayed, message: replayed.message, stack: replayed.stack }).toEqual({ ...live, message: live.message, stack: live.stack })
  expect([live.name, live.code]).toEqual(['RangeError', 'E_OUT'])
})

test('terminal is what says so, of whatever class', () => {
  expect(
    [new TerminalError('x'), Object.assign(new Error('x'), { terminal: true }), new Error('x'), 'x', { terminal: true }].map(isTerminal),
  ).toEqual([true, true, false, false, false])
})

test('an endless message is cut, and says so', () => {
  const { message, stack = '' } = toErrorRecord(new Error('x'.repeat(50_000)))
  expect(message).toBe(`${'x'.repeat(10_000)}… (40000 more characters were not kept)`)
  expect(stack.length).toBeLessThan(11_000)
  expect(toErrorRecord('y'.repeat(10_001)).message).toMatch(/^y+… \(1 more/)
})

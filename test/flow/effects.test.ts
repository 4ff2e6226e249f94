import { expect, test } from 'vitest'
import type { Effect, StepCall } from '../../src/flow/run.ts'
import { aborted, played, Stage, turn, until } from './stage.ts'

/** A step that hangs the first time and returns `again` after that. */
function hangsOnce(effect: Effect | undefined, calls: string[]) {
  return played(async (run) => {
    const receipt = await run.step(
      'charge',
      ({ key }) => (calls.push(key) === 1 ? new Promise<string>(() => undefined) : 'again'),
      effect === undefined ? {} : { effect },
    )
    await run.step('after', () => 1)
    return receipt
  })
}

test.each(['none', 'read', 'idempotent'] as const)(
  'a step with effect %s that died runs again under the same key, and nobody is asked',
  async (effect) => {
    const calls: string[] = []
    const subject = hangsOnce(effect, calls)
    const stage = await Stage.open([subject])
    await stage.start(subject)
    await until(() => calls.length === 1)
    await stage.crash(subject)
    expect(await stage.output()).toBe('again')
    expect(calls).toHaveLength(2)
    expect(calls[0]).toBe(calls[1])
    expect(calls[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  },
)

test('keys differ between steps, items and runs', async () => {
  const keys: string[] = []
  const subject = played((run) =>
    run.map('items', [1, 2], (item) =>
      run.all({ a: () => run.step(`s${item}`, ({ key }) => keys.push(key)), b: () => run.step('t', ({ key }) => keys.push(key)) }),
    ),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject, {}, { id: 'one' })
  await stage.start(subject, {}, { id: 'two' })
  await stage.settled('two')
  expect(new Set(keys).size).toBe(8)
})

test.each([
  [{ happened: true, result: { receipt: 7 } }, { receipt: 7 }, 1],
  [{ happened: true }, undefined, 1],
  [{ happened: false }, 'again', 2],
])('a write that died asks a person, and %j is what counts', async (answer, output, times) => {
  const calls: string[] = []
  const subject = hangsOnce(undefined, calls)
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await until(() => calls.length === 1)
  await stage.crash(subject)
  expect((await stage.settled()).status).toBe('waiting')
  await stage.crash(subject)
  expect((await stage.settled()).status).toBe('waiting')
  expect(await stage.questions()).toMatchObject([{ kind: 'unknown', path: 'charge', role: 'operator' }])
  await stage.answer('charge', answer)
  expect(await stage.output()).toEqual(output)
  expect(calls).toHaveLength(times)
  expect(await stage.questions()).toEqual([])
})

test('an answer that says neither is refused, and the question stands', async () => {
  const calls: string[] = []
  const subject = hangsOnce(undefined, calls)
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await until(() => calls.length === 1)
  await stage.crash(subject)
  await stage.settled()
  await stage.rondo.store.reviews.change('r:charge', () => ({
    answer: { by: 'a script', at: 1, outcome: 'accepted', value: '"perhaps"' },
    state: 'settled',
  }))
  stage.rondo.engine.wake('r')
  expect((await stage.settled()).status).toBe('waiting')
  const [question] = await stage.questions()
  expect(question?.comments.at(-1)).toMatchObject({ by: 'rondo', text: expect.stringContaining('Say whether it happened') })
  await stage.answer('charge', { happened: true, result: 'fine' })
  expect(await stage.output()).toBe('fine')
})

test('a write that threw is failed, not unknown', async () => {
  const subject = played((run) => run.step('charge', () => Promise.reject(new Error('declined 1'))))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  expect(await stage.settled()).toMatchObject({ status: 'failed', error: { message: 'declined 1', path: 'charge' } })
  expect(await stage.journal()).toEqual(['charge attempted', 'charge failed'])
})

test('a write under way is let finish when the process is asked to stop, and is not told to', async () => {
  let finish: () => void = () => undefined
  let told = false
  const calls: string[] = []
  const subject = played((run) =>
    run.step('charge', ({ signal }) => {
      calls.push('charge')
      signal.addEventListener('abort', () => (told = true))
      return new Promise<string>((resolve) => (finish = () => resolve('receipt')))
    }),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await until(() => calls.length === 1)
  const restarted = stage.restart(subject)
  for (let turns = 0; turns < 10; turns += 1) await turn()
  finish()
  await restarted
  expect(await stage.output()).toBe('receipt')
  expect([calls, told]).toEqual([['charge'], false])
})

test('a write that does not end when the process is asked to stop is told to after ten seconds, and is unknown', async () => {
  let told = false
  let calls = 0
  const subject = played((run) =>
    run.step('charge', async ({ signal }) => {
      calls += 1
      if (calls > 1) return 'again'
      await aborted(signal)
      told = true
      throw new Error('stopped in the middle')
    }),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await until(() => calls === 1)
  const restarted = stage.restart(subject)
  await turn()
  expect(told).toBe(false)
  stage.clock.advance(10_000)
  await restarted
  expect(told).toBe(true)
  expect((await stage.settled()).status).toBe('waiting')
  expect(await stage.questions()).toMatchObject([{ kind: 'unknown' }])
  await stage.answer('charge', { happened: false })
  expect(await stage.output()).toBe('again')
})

test('a write that was journaled as attempted when its run was held is not begun, and nobody is asked about it', async () => {
  const calls: string[] = []
  const subject = played((run) => run.step('charge', () => calls.push('charge')))
  const stage = await Stage.open([subject])
  let closing: Promise<void> | undefined
  stage.onCommit = ({ entries }) => {
    if (entries[0]?.state === 'attempted') closing = stage.rondo.engine.stop()
  }
  await stage.start(subject)
  await until(() => closing !== undefined)
  await closing
  expect(calls).toEqual([])
  expect(await stage.journal()).toEqual(['charge attempted', 'charge retracted'])
  stage.onCommit = () => undefined
  await stage.crash(subject)
  expect(await stage.output()).toBe(1)
  expect(calls).toEqual(['charge'])
})

test('a step inside the work of a step is refused: the run stops at once, and says which', async () => {
  const subject = played((run) => run.step('outer', () => run.step('inner', () => 1)))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  const run = await stage.settled()
  expect(run).toMatchObject({ status: 'stopped', error: { code: 'nested_step' } })
  expect(run.error?.message).toMatch(/run\.step\("inner"\) was called inside the work of step "outer"/)
})

test('a result that cannot be kept fails its step with the place, and can be caught', async () => {
  const subject = played((run) =>
    run.step('made', () => ({ rows: [1, { cell: () => 1 }] })).catch((error: Error & { code: string }) => [error.code, error.message]),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  expect(await stage.output()).toEqual(['not_serialisable', expect.stringMatching(/"made": .*a function \(at "rows\[1\]\.cell"\)/)])
})

test('a value that throws when it is read fails its step, not the run', async () => {
  const hostile = {
    get it(): never {
      throw new Error('hands off')
    },
  }
  const subject = played((run) => run.step('made', () => hostile).catch((error: Error) => error.message))
  const stage = await Stage.open([subject])
  await stage.start(subject)
  expect(await stage.output()).toMatch(/hands off/)
})

test('what a step tells live subscribers carries its path', async () => {
  const seen: unknown[] = []
  const subject = played((run) =>
    run.map('m', ['a'], () => run.step('s', ({ emit }: StepCall) => emit({ type: 'progress', message: 'half' }))),
  )
  const stage = await Stage.open([subject])
  stage.rondo.events.subscribe((event) => event.type === 'progress' && seen.push(event))
  await stage.start(subject)
  await stage.settled()
  expect(seen).toEqual([{ run: 'r', type: 'progress', message: 'half', path: 'm[a]/s' }])
})

import { expect, test } from 'vitest'
import { TerminalError } from '../../src/errors.ts'
import type { StepOptions } from '../../src/flow/run.ts'
import { aborted, HOUR, played, Stage, turn, until } from './stage.ts'

/** A step that fails `times` times and says when each attempt was. */
function fails(
  times: number,
  options: StepOptions,
  at: number[],
  error: (attempt: number) => unknown = (attempt) => new Error(`no ${attempt}`),
) {
  let stage: Stage | undefined
  const subject = played((run) =>
    run.step(
      'flaky',
      ({ attempt }) => {
        at.push(stage?.clock.now() ?? 0)
        if (at.length <= times) throw error(attempt)
        return attempt
      },
      options,
    ),
  )
  return {
    subject,
    async on(opened: Stage): Promise<void> {
      stage = opened
      await opened.start(subject)
    },
  }
}

test('attempts wait first, then factor times longer, never longer than longest, less a seeded share', async () => {
  const at: number[] = []
  const { subject, on } = fails(4, { effect: 'read', retry: { attempts: 5, first: '10s', factor: 3, longest: '1m', jitter: 0.5 } }, at)
  const stage = await Stage.open([subject])
  await on(stage)
  for (let minutes = 0; minutes < 5; minutes += 1) {
    await stage.settled()
    const run = await stage.record()
    if (run.wakeAt !== undefined) await stage.pass(run.wakeAt - stage.clock.now())
  }
  expect(await stage.output()).toBe(5)
  const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0))
  for (const [index, full] of [10_000, 30_000, 60_000, 60_000].entries()) {
    expect(waits[index]).toBeLessThanOrEqual(full)
    expect(waits[index]).toBeGreaterThanOrEqual(full / 2)
  }
  expect(new Set(waits).size).toBe(4)
})

test('neither count nor wait is lost in a crash', async () => {
  const at: number[] = []
  const { subject, on } = fails(9, { effect: 'read', retry: { attempts: 3, first: '1h', factor: 1, longest: '1h', jitter: 0 } }, at)
  const stage = await Stage.open([subject])
  await on(stage)
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await stage.settled()
    await stage.crash(subject)
    await stage.pass(HOUR / 2)
    await stage.crash(subject)
    await stage.pass(HOUR / 2)
  }
  expect(await stage.settled()).toMatchObject({ status: 'failed', error: { message: 'no 3' } })
  expect(at.map((time) => time - (at[0] ?? 0))).toEqual([0, HOUR, 2 * HOUR])
})

test('a read is tried three times by itself, a write once', async () => {
  for (const [effect, times] of [
    ['read', 3],
    ['write', 1],
  ] as const) {
    const at: number[] = []
    const { subject, on } = fails(9, { effect }, at)
    const stage = await Stage.open([subject])
    await on(stage)
    await stage.pass(HOUR)
    await stage.pass(HOUR)
    await stage.pass(HOUR)
    expect((await stage.settled()).status).toBe('failed')
    expect(at).toHaveLength(times)
  }
})

test('terminal errors, and those that `on` does not want, are not tried again', async () => {
  for (const [error, retry] of [
    [new TerminalError('x'), { attempts: 5 }],
    [Object.assign(new Error('x'), { terminal: true }), { attempts: 5 }],
    [new TypeError('x'), { attempts: 5, on: (thrown: unknown) => !(thrown instanceof TypeError) }],
  ] as const) {
    const at: number[] = []
    const { subject, on } = fails(9, { effect: 'read', retry }, at, () => error)
    const stage = await Stage.open([subject])
    await on(stage)
    expect((await stage.settled()).status).toBe('failed')
    expect(at).toHaveLength(1)
  }
})

test('a failed run that is retried gives the step all its attempts again', async () => {
  const at: number[] = []
  const { subject, on } = fails(3, { effect: 'read', retry: { attempts: 2, first: 0 } }, at)
  const stage = await Stage.open([subject])
  await on(stage)
  await stage.pass(1)
  expect((await stage.settled()).status).toBe('failed')
  await stage.rondo.runs.retry('r')
  await stage.pass(1)
  expect(await stage.output()).toBe(2)
  expect(at).toHaveLength(4)
})

test('a retry goes round what the flow had caught, and takes back what it failed of', async () => {
  const calls: string[] = []
  let broken = true
  const subject = played(async (run) => {
    await run
      .step('caught', () => {
        calls.push('caught')
        throw new Error('expected')
      })
      .catch(() => undefined)
    await run.step('way round', () => void calls.push('way round'))
    try {
      await run.step('shaky', () => {
        calls.push('shaky')
        if (broken) throw new Error('down')
      })
    } catch {
      throw new Error('It could not be done.')
    }
    return 'done'
  })
  const stage = await Stage.open([subject])
  await stage.start(subject)
  expect(await stage.settled()).toMatchObject({ status: 'failed', error: { message: 'It could not be done.' } })
  broken = false
  await stage.rondo.runs.retry('r')
  expect(await stage.output()).toBe('done')
  expect(calls).toEqual(['caught', 'way round', 'shaky', 'shaky'])
})

test('a read that runs out of time is told to stop, and fails with advice', async () => {
  let told = false
  const subject = played((run) =>
    run.step(
      'slow',
      ({ signal }) =>
        aborted(signal).then(() => {
          told = true
          return new Promise(() => undefined)
        }),
      { effect: 'read', timeout: '5s', retry: { attempts: 1 } },
    ),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await until(async () => (await stage.record()).status === 'running')
  for (let turns = 0; turns < 5; turns += 1) await turn()
  stage.clock.advance(5000)
  expect(await stage.settled()).toMatchObject({
    status: 'failed',
    error: { code: 'step_timeout', message: expect.stringContaining('(5s)') },
  })
  expect(told).toBe(true)
})

test('each attempt has the timeout for itself', async () => {
  let calls = 0
  const subject = played((run) =>
    run.step(
      'slow',
      () => {
        calls += 1
        return calls === 1 ? new Promise(() => undefined) : 'quick'
      },
      { effect: 'read', timeout: '5s', retry: { attempts: 2, first: '1h', jitter: 0 } },
    ),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await until(() => calls === 1)
  await turn()
  stage.clock.advance(5000)
  await stage.pass(HOUR)
  expect(await stage.output()).toBe('quick')
})

test('a write that runs out of time is unknown: a person says whether it happened', async () => {
  let calls = 0
  const subject = played((run) =>
    run.step(
      'charge',
      () => {
        calls += 1
        return calls === 1 ? new Promise(() => undefined) : 'charged'
      },
      { timeout: '5s' },
    ),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await until(() => calls === 1)
  await turn()
  stage.clock.advance(5000)
  expect((await stage.settled()).status).toBe('waiting')
  expect(await stage.questions()).toMatchObject([{ kind: 'unknown', path: 'charge' }])
  await stage.answer('charge', { happened: false })
  expect(await stage.output()).toBe('charged')
  expect(calls).toBe(2)
})

test('a read whose own signal is aborted is given up at once and not tried again', async () => {
  const controller = new AbortController()
  let calls = 0
  const subject = played((run) =>
    run
      .step(
        'read',
        () => {
          calls += 1
          return new Promise(() => undefined)
        },
        { effect: 'read', signal: controller.signal },
      )
      .catch((error: Error) => error.message),
  )
  const stage = await Stage.open([subject])
  await stage.start(subject)
  await until(() => calls === 1)
  controller.abort(new Error('the user left'))
  expect(await stage.output()).toMatch(/"read" was given up: .*\(the user left\)/)
  expect(calls).toBe(1)
})

test('a step whose signal was aborted before it began does not begin; a write that was given up is unknown', async () => {
  const early = played(
    (run) => run.step('late', () => 'ran', { signal: AbortSignal.abort(new Error('gone')) }).catch((error: Error) => error.message),
    { name: 'early' },
  )
  const controller = new AbortController()
  let begun = false
  const write = played(
    (run) =>
      run.step(
        'write',
        () => {
          begun = true
          return new Promise(() => undefined)
        },
        { signal: controller.signal },
      ),
    { name: 'write' },
  )
  const stage = await Stage.open([early, write])
  await stage.start(early, {}, { id: 'early' })
  expect(await stage.output('early')).toMatch(/gone/)
  expect(await stage.journal('early')).toEqual(['late failed'])
  await stage.start(write, {}, { id: 'write' })
  await until(() => begun)
  controller.abort()
  expect((await stage.settled('write')).status).toBe('waiting')
  expect(await stage.questions('write')).toMatchObject([{ kind: 'unknown' }])
})

test('fifty steps of one scope under way do not make Node warn of a leak', async () => {
  const warnings: unknown[] = []
  const listen = (warning: unknown): unknown => warnings.push(warning)
  process.on('warning', listen)
  try {
    const subject = played((run) =>
      Promise.all(Array.from({ length: 50 }, (_, index) => run.step(`s${index}`, () => turn().then(() => index), { effect: 'read' }))),
    )
    const stage = await Stage.open([subject])
    await stage.start(subject)
    expect(await stage.output()).toHaveLength(50)
    await turn()
    expect(warnings).toEqual([])
  } finally {
    process.off('warning', listen)
  }
})

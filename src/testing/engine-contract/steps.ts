/**
 * Proofs about steps: what is committed is done, what failed is tried again as it may be, and values come back as they were.
 */
import { expect } from 'vitest'
import { TerminalError } from '../../errors.ts'
import { aborted, output, type Proof, played, turn } from './bench.ts'

export function stepProofs(proof: Proof): void {
  proof('a committed step never runs again, however often the process dies', async (bench) => {
    const calls: string[] = []
    const subject = played(async (run) => {
      for (const name of ['one', 'two', 'three']) {
        await run.step(name, () => void calls.push(name))
        await run.signal(`after ${name}`)
      }
      return 'done'
    })
    await bench.open(subject)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    for (const name of ['one', 'two', 'three']) {
      await bench.rondo.idle()
      await bench.crash(subject)
      await bench.rondo.idle()
      await bench.rondo.runs.signal('r', `after ${name}`, null)
    }
    expect(await bench.rondo.runs.result('r')).toBe('done')
    expect(calls).toEqual(['one', 'two', 'three'])
  })

  proof('a step is tried again as often as it may be, across a crash, and then fails', async (bench) => {
    let attempts = 0
    const subject = played((run) =>
      run.step(
        'flaky',
        ({ attempt }) => {
          attempts = attempt
          throw new Error(`attempt ${attempt}`)
        },
        {
          effect: 'read',
          retry: { attempts: 3, first: '10s', jitter: 0 },
        },
      ),
    )
    await bench.open(subject)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    expect((await bench.settled('r')).status).toBe('waiting')
    await bench.crash(subject)
    await bench.turn(10_000)
    expect(attempts).toBe(2)
    await bench.turn(20_000)
    expect(await bench.settled('r')).toMatchObject({ status: 'failed', error: { message: 'attempt 3', path: 'flaky' } })
  })

  proof('a terminal error is not tried again', async (bench) => {
    let attempts = 0
    const subject = played((run) =>
      run.step(
        'never',
        () => {
          attempts += 1
          throw new TerminalError('no such customer')
        },
        { effect: 'read', retry: { attempts: 5 } },
      ),
    )
    await bench.open(subject)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    expect((await bench.settled('r')).status).toBe('failed')
    expect(attempts).toBe(1)
  })

  proof('a failed run that is retried keeps what it did and tries again what failed it', async (bench) => {
    const calls: string[] = []
    let broken = true
    const subject = played(async (run) => {
      await run.step('before', () => void calls.push('before'))
      await run.step('shaky', () => {
        calls.push('shaky')
        if (broken) throw new Error('down')
      })
      return 'done'
    })
    await bench.open(subject)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    expect((await bench.settled('r')).status).toBe('failed')
    broken = false
    await bench.rondo.runs.retry('r')
    expect(output(await bench.settled('r'))).toBe('done')
    expect(calls).toEqual(['before', 'shaky', 'shaky'])
  })

  proof('a write that died without a result asks a person, and is not repeated unless it did not happen', async (bench) => {
    for (const [answer, calls] of [
      [{ happened: true, result: 'receipt' }, 1],
      [{ happened: false }, 2],
    ] as const) {
      let called = 0
      const subject = played((run) =>
        run.step('charge', () => {
          called += 1
          return called === 1 ? new Promise(() => undefined) : 'receipt'
        }),
      )
      const id = `r${calls}`
      await bench.open(subject)
      await bench.rondo.runs.start(subject, {}, { id })
      while (called === 0) await turn()
      await bench.crash(subject)
      expect((await bench.settled(id)).status).toBe('waiting')
      const [question] = await bench.rondo.store.reviews.list({ run: id, state: 'open' })
      expect(question).toMatchObject({ kind: 'unknown', path: 'charge' })
      await bench.answer(question?.id ?? '', answer)
      expect(output(await bench.settled(id))).toBe('receipt')
      expect(called).toBe(calls)
      await bench.shut()
    }
  })

  proof('a result that is too large fails its step with an error that says so', async (bench) => {
    const subject = played((run) => run.step('big', () => 'x'.repeat(2000), { maxBytes: 1000 }))
    await bench.open(subject)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    expect(await bench.settled('r')).toMatchObject({ status: 'failed', error: { code: 'result_too_large' } })
  })

  proof('a large result comes back whole', async (bench) => {
    const large = 'a long story '.repeat(200_000)
    const subject = played(async (run) => {
      const got = await run.step('big', () => large, { effect: 'read' })
      await run.signal('go')
      return got === large
    })
    await bench.open(subject)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    await bench.rondo.idle()
    await bench.crash(subject)
    await bench.rondo.runs.signal('r', 'go', null)
    expect(output(await bench.settled('r'))).toBe(true)
  })

  proof('values come back as they were: undefined, dates, bigints, bytes, maps, sets, NaN', async (bench) => {
    const value = {
      nothing: undefined,
      at: new Date(5),
      big: 12345678901234567890n,
      bytes: new Uint8Array([0, 255]),
      map: new Map([['a', new Set([1])]]),
      nan: Number.NaN,
      zero: -0,
      tag: { $rondo: 'bigint', value: '1' },
    }
    const subject = played(async (run) => {
      const got = await run.step('value', () => value, { effect: 'read' })
      await run.signal('go')
      return got
    })
    await bench.open(subject)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    await bench.rondo.idle()
    await bench.crash(subject)
    await bench.rondo.runs.signal('r', 'go', null)
    expect(output(await bench.settled('r'))).toEqual(value)
  })

  proof('a run of ten thousand steps comes through a crash at its end', async (bench) => {
    let calls = 0
    const count = (): number => {
      calls += 1
      return 1
    }
    const subject = played(async (run) => {
      let sum = 0
      for (let index = 0; index < 10_000; index += 1) sum += await run.step(`step ${index}`, count, { effect: 'none' })
      await run.signal('go')
      return sum
    })
    await bench.open(subject)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    await bench.rondo.idle()
    await bench.crash(subject)
    await bench.rondo.runs.signal('r', 'go', null)
    expect(output(await bench.settled('r'))).toBe(10_000)
    expect(calls).toBe(10_000)
  })

  proof('a run that is paused in the middle of a step holds, and goes on with what it had', async (bench) => {
    let calls = 0
    let isHeld = true
    const subject = played(async (run) => {
      const before = await run.step('before', () => (calls += 1))
      const work = await run.step('work', ({ signal }) => (isHeld ? aborted(signal) : 'worked'), { effect: 'read' })
      return [before, work]
    })
    await bench.open(subject)
    await bench.rondo.runs.start(subject, {}, { id: 'r' })
    while (calls === 0) await turn()
    await bench.rondo.runs.pause('r', 'lunch')
    expect(await bench.settled('r')).toMatchObject({ status: 'paused', reason: 'lunch' })
    await bench.crash(subject)
    expect((await bench.settled('r')).status).toBe('paused')
    isHeld = false
    await bench.rondo.runs.resume('r')
    expect(output(await bench.settled('r'))).toEqual([1, 'worked'])
  })
}

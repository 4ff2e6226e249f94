/**
 * The contract of every engine over every store, as tests: what a flow may rely on.
 *
 * Owns: the proofs. Never: names a concrete store or engine; `setup` brings them.
 */
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createRondo, type Rondo } from '../assemble.ts'
import { ManualClock } from '../clock.ts'
import { TerminalError } from '../errors.ts'
import { type AnyFlow, flow } from '../flow/flow.ts'
import type { Run } from '../flow/run.ts'
import type { RunRecord } from '../journal/records.ts'
import type { Store } from '../journal/store.ts'
import { decode, encode } from '../json.ts'
import { type KillableStore, killable } from './killable.ts'

export interface EngineSetup {
  /** A store on the same ground each time: opened again after a crash it holds what was committed. */
  open(clock: ManualClock): Promise<Store>
  /** Lets go of the ground. */
  end(): Promise<void>
}

const DAY = 86_400_000

/** A system that can be killed and opened again over the same ground. */
class Bench {
  readonly clock = new ManualClock()
  readonly #setup: EngineSetup
  #store: KillableStore | undefined
  #rondo: Rondo | undefined
  #ground: Store | undefined

  constructor(setup: EngineSetup) {
    this.#setup = setup
  }

  get rondo(): Rondo {
    if (this.#rondo === undefined) throw new Error('The bench is not open.')
    return this.#rondo
  }

  async open(...flows: AnyFlow[]): Promise<Rondo> {
    this.#ground = await this.#setup.open(this.clock)
    this.#store = killable(this.#ground)
    this.#rondo = await createRondo({ flows, store: this.#store, clock: this.clock, hotRuns: 1, warn: () => undefined })
    return this.#rondo
  }

  /** As `kill -9`: nothing of the old system comes back, and a new one opens. */
  async crash(...flows: AnyFlow[]): Promise<Rondo> {
    this.#store?.kill()
    await this.#ground?.close()
    return this.open(...flows)
  }

  async settled(id: string): Promise<RunRecord> {
    await this.rondo.idle()
    const run = await this.rondo.runs.get(id)
    if (run === undefined) throw new Error(`No run ${id}.`)
    return run
  }

  async turn(ms: number): Promise<void> {
    this.clock.advance(ms)
    await new Promise((resolve) => setImmediate(resolve))
    await this.rondo.idle()
  }

  async answer(id: string, value: unknown): Promise<void> {
    await this.rondo.store.reviews.change(id, (review) => ({
      answer: { by: 'ann', at: this.clock.now(), outcome: 'accepted', value: encode(value) },
      ...(review !== undefined && { state: 'settled' as const }),
    }))
    this.rondo.engine.wake(id.slice(0, id.indexOf(':')))
  }

  /** Ends the system as it should be ended. The ground can be opened again. */
  async shut(): Promise<void> {
    await this.#rondo?.close()
    await this.#ground?.close()
  }

  async close(): Promise<void> {
    await this.shut()
    await this.#setup.end()
  }
}

function played(body: (run: Run, input: never) => Promise<unknown>, name = 'played'): AnyFlow {
  return flow({ name, input: z.unknown(), output: z.unknown(), run: body as (run: Run, input: unknown) => Promise<unknown> })
}

function output(run: RunRecord): unknown {
  return run.output === undefined ? undefined : decode(run.output)
}

/** Registers the suite with Vitest. `setup` is called once for each test. */
export function engineContract(title: string, setup: () => Promise<EngineSetup>): void {
  const proof = (name: string, prove: (bench: Bench) => Promise<void>): void => {
    test(name, async () => {
      const bench = new Bench(await setup())
      try {
        await prove(bench)
      } finally {
        await bench.close()
      }
    })
  }

  describe(title, () => {
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

    proof('branches of several steps keep what they had when the process died in the middle of others', async (bench) => {
      const calls: string[] = []
      let hang = true
      const subject = played((run) =>
        run.map('items', ['a', 'b', 'c', 'd'], async (item) => {
          await run.step('first', () => void calls.push(`${item}1`), { effect: 'read' })
          await run.step('second', () => (hang && item > 'b' ? new Promise(() => undefined) : void calls.push(`${item}2`)), {
            effect: 'read',
          })
          return item
        }),
      )
      await bench.open(subject)
      await bench.rondo.runs.start(subject, {}, { id: 'r' })
      while (calls.length < 6) await new Promise((resolve) => setImmediate(resolve))
      await bench.rondo.store.runs.get('r')
      hang = false
      await bench.crash(subject)
      expect(await bench.rondo.runs.result('r')).toEqual(['a', 'b', 'c', 'd'])
      expect(calls.filter((call) => call.endsWith('1')).sort()).toEqual(['a1', 'b1', 'c1', 'd1'])
    })

    proof('the winner of a race stays the winner', async (bench) => {
      let wins = 'one'
      const subject = played(async (run) => {
        const won = await run.race('race', {
          one: () => (wins === 'one' ? run.step('x', () => 1) : run.signal('never')),
          two: () => (wins === 'two' ? run.step('x', () => 2) : run.signal('never')),
        })
        await run.signal('go')
        return won
      })
      await bench.open(subject)
      await bench.rondo.runs.start(subject, {}, { id: 'r' })
      await bench.rondo.idle()
      wins = 'two'
      await bench.crash(subject)
      await bench.rondo.runs.signal('r', 'go', null)
      expect(await bench.rondo.runs.result('r')).toEqual({ winner: 'one', value: 1 })
    })

    proof('signals count that come before the run, before the wait, and twice', async (bench) => {
      const subject = played(async (run) => [
        await run.signal('first'),
        await run.signal('second'),
        await run.signal('again', { topic: 'first', within: '1h' }),
      ])
      await bench.open(subject)
      expect(await bench.rondo.runs.signal('r', 'first', 1, { id: 's1' })).toBe(true)
      expect(await bench.rondo.runs.signal('r', 'first', 1, { id: 's1' })).toBe(false)
      await bench.rondo.runs.start(subject, {}, { id: 'r' })
      await bench.rondo.idle()
      await bench.rondo.runs.signal('r', 'second', 2)
      await bench.settled('r')
      await bench.turn(DAY)
      expect(output(await bench.settled('r'))).toEqual([1, 2, undefined])
    })

    proof('two signals of one topic are taken in the order they came', async (bench) => {
      const subject = played(async (run) => [await run.signal('one', { topic: 't' }), await run.signal('two', { topic: 't' })])
      await bench.open(subject)
      await bench.rondo.runs.start(subject, {}, { id: 'r' })
      await bench.rondo.runs.signal('r', 't', 'first')
      await bench.rondo.runs.signal('r', 't', 'second')
      expect(await bench.rondo.runs.result('r')).toEqual(['first', 'second'])
    })

    proof('the same id or key starts one run, and another input is refused', async (bench) => {
      let runs = 0
      const subject = played(async (run) => run.step('count', () => (runs += 1)))
      await bench.open(subject)
      const first = await bench.rondo.runs.start(subject, { a: 1, b: 2 }, { key: 'k' })
      const again = await bench.rondo.runs.start(subject, { b: 2, a: 1 }, { key: 'k' })
      expect([first.started, again.started, again.id === first.id]).toEqual([true, false, true])
      await expect(bench.rondo.runs.start(subject, { a: 2 }, { key: 'k' })).rejects.toMatchObject({ code: 'run_conflict' })
      await bench.rondo.runs.start(subject, 1, { id: 'x' })
      await expect(bench.rondo.runs.start(subject, 2, { id: 'x' })).rejects.toMatchObject({ code: 'run_conflict' })
      await bench.rondo.idle()
      expect(runs).toBe(2)
    })

    proof('cancel ends a run that sleeps, one that waits and one in the middle of a step', async (bench) => {
      let aborted = false
      const sleeps = played((run) => run.sleep('long', '30d'), 'sleeps')
      const waits = played((run) => run.signal('never'), 'waits')
      const works = played(
        (run) =>
          run.step(
            'work',
            ({ signal }) =>
              new Promise((_, reject) =>
                signal.addEventListener('abort', () => reject(Object.assign(new Error('stopped'), { was: (aborted = true) }))),
              ),
            { effect: 'read' },
          ),
        'works',
      )
      await bench.open(sleeps, waits, works)
      for (const subject of [sleeps, waits, works]) await bench.rondo.runs.start(subject, {}, { id: subject.name })
      while ((await bench.rondo.runs.get('works'))?.status !== 'running') await new Promise((resolve) => setImmediate(resolve))
      await new Promise((resolve) => setImmediate(resolve))
      for (const id of ['sleeps', 'waits', 'works']) await bench.rondo.runs.cancel(id, 'enough')
      for (const id of ['sleeps', 'waits', 'works'])
        expect(await bench.settled(id)).toMatchObject({ status: 'cancelled', reason: 'enough' })
      expect(aborted).toBe(true)
      await expect(bench.rondo.runs.cancel('waits')).rejects.toMatchObject({ code: 'run_state' })
    })

    proof('cancelling a run cancels its children', async (bench) => {
      const child = played((run) => run.signal('never'), 'child')
      const parent = played((run) => run.call(child, {}), 'parent')
      await bench.open(parent, child)
      await bench.rondo.runs.start(parent, {}, { id: 'p' })
      await bench.rondo.idle()
      const [begun] = await bench.rondo.runs.list({ parent: 'p' })
      expect(begun?.status).toBe('waiting')
      await bench.rondo.runs.cancel('p')
      expect((await bench.settled('p')).status).toBe('cancelled')
      expect((await bench.settled(begun?.id ?? '')).status).toBe('cancelled')
    })

    proof('a child gives its output, and its failure can be caught', async (bench) => {
      const child = played(async (run, input: { fail: boolean }) => {
        if (input.fail) throw new Error('no luck')
        return run.step('x', () => 'fine')
      }, 'child')
      const parent = played(async (run) => {
        const fine = await run.call(child, { fail: false }, { name: 'good' })
        const failed = await run
          .call(child, { fail: true }, { name: 'bad' })
          .catch((error: unknown) => (error instanceof Error ? error.message : ''))
        return [fine, failed]
      }, 'parent')
      await bench.open(parent, child)
      const [fine, failed] = (await bench.rondo.runs.start(parent, {}).then((handle) => handle.result())) as [string, string]
      expect(fine).toBe('fine')
      expect(failed).toMatch(/no luck/)
    })

    proof('a step is tried again as often as it may be, across a crash, and then fails', async (bench) => {
      let attempts = 0
      const subject = played((run) =>
        run.step('flaky', ({ attempt }) => Promise.reject(new Error(`attempt ${(attempts = attempt)}`)), {
          effect: 'read',
          retry: { attempts: 3, first: '10s', jitter: 0 },
        }),
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

    proof('code that no longer fits its journal stops the run and nothing else, and goes on once it is mended', async (bench) => {
      const calls: string[] = []
      const body = (wrong: boolean) =>
        played(async (run) => {
          if (wrong) await run.sleep('step', '1h').catch(() => undefined)
          else await run.step('step', () => void calls.push('step'))
          await run.signal('go')
          return 'done'
        })
      const other = played((run) => run.step('fine', () => 1), 'other')
      await bench.open(body(false), other)
      await bench.rondo.runs.start('played', {}, { id: 'r' })
      await bench.rondo.idle()
      await bench.crash(body(true), other)
      await bench.rondo.runs.signal('r', 'go', null)
      await bench.rondo.runs.start(other, {}, { id: 'o' })
      expect(await bench.settled('r')).toMatchObject({ status: 'stopped', error: { code: 'diverged' } })
      expect((await bench.settled('o')).status).toBe('completed')
      await bench.crash(body(false), other)
      await bench.rondo.runs.retry('r')
      expect(output(await bench.settled('r'))).toBe('done')
      expect(calls).toEqual(['step'])
    })

    proof('steps may be added, removed and moved around a recorded one', async (bench) => {
      const calls: string[] = []
      const step = (run: Run, name: string) => run.step(name, () => calls.push(name))
      const before = played(async (run) => [await step(run, 'a'), await step(run, 'b'), await run.signal('go')])
      const after = played(async (run) => [await step(run, 'new'), await step(run, 'b'), await run.signal('go')])
      await bench.open(before)
      await bench.rondo.runs.start(before, {}, { id: 'r' })
      await bench.rondo.idle()
      await bench.crash(after)
      await bench.rondo.runs.signal('r', 'go', 'on')
      expect(output(await bench.settled('r'))).toEqual([3, 2, 'on'])
      expect(calls).toEqual(['a', 'b', 'new'])
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

    proof('timers beyond 2^31 ms keep their time, and one that fell due while nobody ran fires at once', async (bench) => {
      const subject = played(async (run) => {
        await run.sleep('long', '60d')
        return run.now().getTime()
      })
      await bench.open(subject)
      const start = bench.clock.now()
      await bench.rondo.runs.start(subject, {}, { id: 'r' })
      await bench.rondo.idle()
      await bench.turn(59 * DAY)
      expect((await bench.settled('r')).status).toBe('waiting')
      bench.clock.advance(0)
      await bench.crash(subject)
      await bench.turn(10 * DAY)
      expect(output(await bench.settled('r'))).toBeGreaterThanOrEqual(start + 60 * DAY)
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

    proof('a status is one of a few words, whatever the run waits for', async (bench) => {
      const flows = [
        played(async () => 'out', 'completed'),
        played((run) => run.signal('x'), 'waiting'),
        played(() => Promise.reject(new Error('x')), 'failed'),
        played(async (run) => Promise.all([run.step('x', () => 1), run.step('x', () => 2)]), 'stopped'),
      ]
      await bench.open(...flows)
      for (const subject of flows) await bench.rondo.runs.start(subject, {}, { id: subject.name })
      for (const subject of flows) expect((await bench.settled(subject.name)).status).toBe(subject.name)
      await bench.rondo.runs.pause('waiting')
      expect((await bench.settled('waiting')).status).toBe('paused')
      await bench.rondo.runs.signal('waiting', 'x', 1)
      expect((await bench.settled('waiting')).status).toBe('paused')
      await bench.rondo.runs.resume('waiting')
      expect((await bench.settled('waiting')).status).toBe('completed')
    })

    proof('a run fails when its deadline passes, asleep or in the middle of a step', async (bench) => {
      const sleeps = played((run) => run.sleep('long', '2d'), 'sleeps')
      const works = played((run) => run.step('work', () => new Promise(() => undefined), { effect: 'read' }), 'works')
      await bench.open(sleeps, works)
      await bench.rondo.runs.start(sleeps, {}, { id: 'sleeps', within: '1d' })
      await bench.rondo.runs.start(works, {}, { id: 'works', within: '1d' })
      while ((await bench.rondo.runs.get('works'))?.status !== 'running') await new Promise((resolve) => setImmediate(resolve))
      await new Promise((resolve) => setImmediate(resolve))
      await bench.turn(DAY)
      for (const id of ['sleeps', 'works'])
        expect(await bench.settled(id)).toMatchObject({ status: 'failed', error: { code: 'deadline_passed' } })
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
        while (called === 0) await new Promise((resolve) => setImmediate(resolve))
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

    proof('a spent budget asks a person, who extends it or ends the run', async (bench) => {
      const subject = played((run) =>
        run.loop('rounds', { rounds: 2, role: 'lead' }, 0, async (turn, state: number) =>
          turn.round === 3 ? turn.done(state) : turn.again(await run.step('add', () => state + 1)),
        ),
      )
      await bench.open(subject)
      for (const id of ['more', 'end']) {
        await bench.rondo.runs.start(subject, {}, { id })
        expect((await bench.settled(id)).status).toBe('waiting')
        await bench.crash(subject)
        expect((await bench.settled(id)).status).toBe('waiting')
        const [question] = await bench.rondo.store.reviews.list({ run: id, state: 'open' })
        expect(question).toMatchObject({ kind: 'budget', role: 'lead' })
        await bench.answer(question?.id ?? '', id === 'more' ? { extend: { rounds: 2 } } : { end: true })
      }
      expect(output(await bench.settled('more'))).toBe(3)
      expect((await bench.settled('end')).status).toBe('cancelled')
    })

    proof('a loop goes on at its last finished round', async (bench) => {
      const rounds: number[] = []
      const subject = played((run) =>
        run.loop('rounds', {}, { sum: 0 }, async (turn, state) => {
          const sum = await run.step('add', () => {
            rounds.push(turn.round)
            return state.sum + turn.round
          })
          if (turn.round === 2) await run.signal('go')
          return turn.round === 4 ? turn.done(sum) : turn.again({ sum })
        }),
      )
      await bench.open(subject)
      await bench.rondo.runs.start(subject, {}, { id: 'r' })
      await bench.rondo.idle()
      await bench.crash(subject)
      await bench.rondo.runs.signal('r', 'go', null)
      expect(output(await bench.settled('r'))).toBe(10)
      expect(rounds).toEqual([0, 1, 2, 3, 4])
    })

    proof('a run of ten thousand steps comes through a crash at its end', async (bench) => {
      let calls = 0
      const subject = played(async (run) => {
        let sum = 0
        for (let index = 0; index < 10_000; index += 1) sum += await run.step(`step ${index}`, () => (calls += 1) && 1, { effect: 'none' })
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

    proof('ended runs are removed when they are old enough, and waiting ones never', async (bench) => {
      const ends = played(async () => 'x', 'ends')
      const waits = played((run) => run.signal('x'), 'waits')
      await bench.open(ends, waits)
      await bench.rondo.runs.start(ends, {}, { id: 'old' })
      await bench.rondo.runs.start(waits, {}, { id: 'waits' })
      await bench.rondo.idle()
      await bench.turn(40 * DAY)
      await bench.rondo.runs.start(ends, {}, { id: 'new' })
      await bench.rondo.idle()
      expect((await bench.rondo.store.runs.prune({ endedBefore: bench.clock.now() - 30 * DAY })).runs).toBe(1)
      expect([
        await bench.rondo.runs.get('old'),
        (await bench.rondo.runs.get('new'))?.status,
        (await bench.rondo.runs.get('waits'))?.status,
      ]).toEqual([undefined, 'completed', 'waiting'])
    })
  })
}

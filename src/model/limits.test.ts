import { describe, expect, it } from 'vitest'
import { ManualClock } from '../clock.ts'
import { type LimitOptions, Limits, LineHeld, type Pass } from './limits.ts'

const clock = new ManualClock()
const never = new AbortController().signal
const limits = (options: Partial<LimitOptions>) => new Limits({ concurrency: 100, longestWaitMs: 120_000, ...options }, clock)
const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Sends callers into the line; their names appear in `through` as they get through. */
function line(of: Limits, names: readonly string[], tokens = 0): { through: string[]; passes: Pass[] } {
  const through: string[] = []
  const passes: Pass[] = []
  for (const name of names)
    void of.enter(tokens, never).then((pass) => {
      through.push(name)
      passes.push(pass)
    })
  return { through, passes }
}

describe('the limits of a model', () => {
  it('lets as many through at once as its concurrency, and the others in the order they came', async () => {
    const { through, passes } = line(limits({ concurrency: 2 }), ['a', 'b', 'c', 'd'])
    await settled()
    expect(through).toEqual(['a', 'b'])
    passes[1]?.leave('answered')
    await settled()
    expect(through).toEqual(['a', 'b', 'c'])
    passes[0]?.leave('answered')
    await settled()
    expect(through).toEqual(['a', 'b', 'c', 'd'])
  })

  it('counts a pass that is given back twice once', async () => {
    const { through, passes } = line(limits({ concurrency: 1 }), ['a', 'b', 'c'])
    await settled()
    passes[0]?.leave('answered')
    passes[0]?.leave('answered')
    await settled()
    expect(through).toEqual(['a', 'b'])
  })

  it('lets who gives up out of the line at once, and the next move up', async () => {
    const of = limits({ concurrency: 1 })
    const { through, passes } = line(of, ['a'])
    const controller = new AbortController()
    const given = of.enter(0, controller.signal)
    const behind = line(of, ['c'])
    controller.abort(new Error('changed my mind'))
    await expect(given).rejects.toThrow('changed my mind')
    passes[0]?.leave('failed')
    await settled()
    expect([through, behind.through]).toEqual([['a'], ['c']])
  })

  it('is not held up by a clock that is set back', async () => {
    const of = limits({ requestsPerMinute: 2 })
    const { through } = line(of, ['a', 'b', 'c'])
    of.hold(clock.now() + 30_000)
    clock.advance(-3_600_000)
    line(of, ['d'])
    clock.advance(30_000)
    await settled()
    expect(through).toEqual(['a', 'b', 'c'])
  })

  it('turns away who has already given up', async () => {
    await expect(limits({}).enter(0, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late')
  })

  it('spreads requests beyond a burst evenly over the minute', async () => {
    const { through } = line(limits({ requestsPerMinute: 2 }), ['a', 'b', 'c', 'd'])
    await settled()
    expect(through).toEqual(['a', 'b'])
    clock.advance(29_999)
    await settled()
    expect(through).toEqual(['a', 'b'])
    clock.advance(1)
    await settled()
    expect(through).toEqual(['a', 'b', 'c'])
    clock.advance(30_000)
    await settled()
    expect(through).toEqual(['a', 'b', 'c', 'd'])
  })

  it('takes tokens by estimate and puts the count right when it is known', async () => {
    const of = limits({ tokensPerMinute: 1000 })
    const first = await of.enter(100, never)
    first.leave('answered', 1500)
    const { through } = line(of, ['b'], 500)
    clock.advance(59_999)
    await settled()
    expect(through).toEqual([])
    clock.advance(1)
    await settled()
    expect(through).toEqual(['b'])
  })

  it('asks no more of a bucket than it holds', async () => {
    const { through } = line(limits({ tokensPerMinute: 1000 }), ['huge'], 50_000)
    await settled()
    expect(through).toEqual(['huge'])
  })

  it('holds the whole line after a 429, and narrows it until calls come through again', async () => {
    const of = limits({ concurrency: 4 })
    const { through, passes } = line(of, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
    await settled()
    of.hold(clock.now() + 5000)
    for (const pass of passes.slice(0, 4)) pass.leave('limited')
    clock.advance(4999)
    await settled()
    expect(through).toHaveLength(4)
    clock.advance(1)
    await settled()
    expect(through).toHaveLength(5)
    passes[4]?.leave('answered')
    await settled()
    expect(through).toHaveLength(7)
  })

  it('tells callers of a hold that is longer than they are made to wait, those in the line too', async () => {
    const of = limits({ concurrency: 1 })
    line(of, ['a'])
    const waiting = of.enter(0, never)
    of.hold(clock.now() + 3_600_000)
    await expect(waiting).rejects.toBeInstanceOf(LineHeld)
    await expect(of.enter(0, never)).rejects.toBeInstanceOf(LineHeld)
  })
})

import { afterEach, expect, test, vi } from 'vitest'
import { ManualClock, systemClock } from './clock.ts'

afterEach(() => vi.useRealTimers())

test('a clock turned by hand fires what has come due, in order, each at its own time', () => {
  const clock = new ManualClock(1000)
  const fired: string[] = []
  clock.at(1300, () => fired.push(`c ${clock.now()}`))
  clock.at(1100, () => {
    fired.push(`a ${clock.now()}`)
    clock.at(1200, () => fired.push(`b ${clock.now()}`))
  })
  const takeBack = clock.at(1150, () => fired.push('taken back'))
  takeBack()
  clock.advance(250)
  expect([fired, clock.now()]).toEqual([['a 1100', 'b 1200'], 1250])
  clock.advance(50)
  expect(fired).toEqual(['a 1100', 'b 1200', 'c 1300'])
})

test('what is due already fires by itself, in a later turn, unless it is taken back', async () => {
  const clock = new ManualClock(1000)
  const fired: string[] = []
  clock.at(1000, () => fired.push('now'))
  clock.at(10, () => fired.push('past'))()
  expect(fired).toEqual([])
  await new Promise((resolve) => setImmediate(resolve))
  expect(fired).toEqual(['now'])
})

test('the machine’s clock keeps times further ahead than a timer can, and takes them back', () => {
  vi.useFakeTimers({ now: 0 })
  const fired: number[] = []
  const far = 3 * 2 ** 31
  systemClock.at(far, () => fired.push(Date.now()))
  const takeBack = systemClock.at(far, () => fired.push(-1))
  vi.advanceTimersByTime(2 ** 31)
  takeBack()
  vi.advanceTimersByTime(far - 2 ** 31 - 1)
  expect(fired).toEqual([])
  vi.advanceTimersByTime(1)
  expect(fired).toEqual([far])
  systemClock.at(5, () => fired.push(0))
  vi.advanceTimersByTime(0)
  expect(fired).toEqual([far, 0])
})

test('the machine’s clock goes by the time on the wall, when it is set or when the machine slept', () => {
  vi.useFakeTimers({ now: 0 })
  const fired: number[] = []
  const hour = 3_600_000
  systemClock.at(8 * hour, () => fired.push(Date.now()))
  vi.setSystemTime(9 * hour)
  vi.advanceTimersByTime(60_000)
  expect(fired).toEqual([9 * hour + 60_000])
  systemClock.at(10 * hour, () => fired.push(Date.now()))
  vi.advanceTimersByTime(hour - 120_000)
  vi.setSystemTime(9 * hour)
  vi.advanceTimersByTime(hour - 1)
  expect(fired).toHaveLength(1)
  vi.advanceTimersByTime(1)
  expect(fired).toEqual([9 * hour + 60_000, 10 * hour])
})

import { expect, test } from 'vitest'
import { Events } from './events.ts'

test('a listener that throws, at once or later, is warned about and harms no other', async () => {
  const warnings: unknown[] = []
  const events = new Events((message, cause) => warnings.push([message, cause]))
  const seen: string[] = []
  const error = new Error('mine')
  events.subscribe(() => {
    throw error
  })
  events.subscribe(() => Promise.reject(error))
  const stop = events.subscribe((event) => seen.push(event.type))
  events.emit({ run: 'r', type: 'status', status: 'running' })
  await new Promise((resolve) => setImmediate(resolve))
  const warning = ['A listener failed on an event "status" of run r; the run goes on.', error]
  expect(warnings).toEqual([warning, warning])
  stop()
  events.emit({ run: 'r', type: 'status', status: 'waiting' })
  expect(seen).toEqual(['status'])
})

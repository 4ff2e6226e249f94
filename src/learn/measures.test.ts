import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ann, GROUNDS, play, refusal } from '../../test/people/system.ts'
import { decision } from '../people/decision.ts'

const folder = decision({
  name: 'folder',
  question: z.object({ text: z.string() }),
  answer: z.enum(['spam', 'wanted']),
  people: { role: 'desk' },
  segment: ({ text }) => (text.length > 5 ? 'long' : 'short'),
})

describe.each(GROUNDS)('measures over %s', (ground) => {
  test('what a flow measures is kept with its journal, once, however often the run is resumed', async () => {
    const system = await play(ground, async (run) => {
      await run.all({ a: (inner) => inner.measure('fits', 1), b: (inner) => inner.measure('fits', 0.25) })
      await run.review('go', { subject: 1, role: 'desk' })
      await run.measure('done', 1)
    })
    await system.start()
    await system.inbox.accept('r1:go', ann)
    await system.result()
    const kept = await system.rondo.measures.list()
    expect(kept.map(({ path, name, value, origin, flow }) => [path, name, value, origin, flow]).sort()).toEqual([
      ['a/fits', 'fits', 1, 'flow', 'played'],
      ['b/fits', 'fits', 0.25, 'flow', 'played'],
      ['done', 'done', 1, 'flow', 'played'],
    ])
  })

  test('a score may come long after the run, of the run or of a decision, whose segment it takes on', async () => {
    const system = await play(ground, (run) => run.decide(folder, { text: 'a long one' }))
    await system.start()
    await system.inbox.answer('r1:folder', ann, 'spam')
    await system.result()
    await system.pass(7 * 86_400_000)
    const { measures } = system.rondo
    const refund = await measures.add({
      run: 'r1',
      name: 'kept',
      value: 0,
      at: new Date('2026-01-05T00:00:00Z'),
      by: 'shop',
      why: 'refund',
    })
    expect(refund).toMatchObject({ run: 'r1', origin: 'api', by: 'shop', why: 'refund', at: Date.UTC(2026, 0, 5) })
    expect(refund).not.toHaveProperty('segment')
    expect(await measures.add({ run: 'r1', path: 'folder', name: 'right', value: 1 })).toMatchObject({ path: 'folder', segment: 'long' })
    expect(await measures.add({ run: 'r1', path: 'folder', name: 'right', value: 1, segment: 'de' })).toMatchObject({ segment: 'de' })
    expect(await measures.group({ name: 'right' }, { by: ['segment'], every: '365d' })).toMatchObject([
      { segment: 'de', n: 1 },
      { segment: 'long', n: 1, mean: 1 },
    ])
  })

  test('the same id is the same measure, and one that says something else under it is refused', async () => {
    const system = await play(ground, async () => 1)
    await system.start()
    const { measures } = system.rondo
    const given = { run: 'r1', name: 'kept', value: 0.5, id: 'refund-7' }
    const first = await measures.add(given)
    expect(await measures.add(given)).toEqual(first)
    expect(await refusal(measures.add({ ...given, value: 0.6 }))).toMatch(/^measure_conflict: .*"refund-7" already: kept = 0.5/)
    expect(await refusal(measures.add({ ...given, name: 'other' }))).toMatch(/^measure_conflict/)
    expect(await measures.list()).toEqual([first])
  })

  test('what is no measure, or of nothing that is there, is refused, and says why', async () => {
    const system = await play(ground, (run) => run.all({ a: (inner) => inner.step('s', () => 1) }))
    await system.start()
    const { measures } = system.rondo
    const bad = (more: object) => refusal(measures.add({ run: 'r1', name: 'kept', value: 1, ...more }))
    expect(await bad({ value: 1.01 })).toMatch(/^invalid_input: .*"kept" is 1.01, and a measure is a number from 0 to 1/)
    expect(await bad({ value: Number.NaN })).toMatch(/^invalid_input/)
    expect(await bad({ name: ' ' })).toMatch(/^invalid_input: .*no name/)
    expect(await bad({ at: Number.NaN })).toMatch(/^invalid_input/)
    expect(await bad({ person: true })).toMatch(/^invalid_input: .*whose/)
    expect(await bad({ why: 'x'.repeat(2001) })).toMatch(/^invalid_input: .*2000 at most/)
    expect(await bad({ run: 'r9' })).toMatch(/^run_unknown: There is no run "r9"/)
    expect(await bad({ path: 'b/s' })).toMatch(/^run_unknown: Run "r1" has no step at "b\/s"/)
    expect(await measures.list()).toEqual([])
    expect(await measures.add({ run: 'r1', path: 'a', name: 'kept', value: 1 })).toMatchObject({ path: 'a' })
    expect(await measures.add({ run: 'r1', path: 'a/s', name: 'kept', value: 1 })).toMatchObject({ path: 'a/s' })
  })
})

import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ann, anyone, bob, cat, GROUNDS, lead, play, refusal } from '../../test/people/system.ts'
import type { Run } from '../flow/run.ts'
import { decision } from './decision.ts'

const REPLY = { text: 'Dear aunt' }
const approve = (run: Run): Promise<unknown> => run.review('approve', { subject: REPLY, title: 'Send it?', role: 'desk' })

describe.each(GROUNDS)('the inbox over %s', (ground) => {
  test('lists what a person may answer, most urgent first', async () => {
    const system = await play(ground, (run) =>
      Promise.all([
        run.review('late', { subject: 1, role: 'desk', within: '3h' }),
        run.review('soon', { subject: 1, role: 'desk', within: '1h', escalateTo: 'lead' }),
        run.review('whenever', { subject: 1, role: 'desk' }),
        run.review('other', { subject: 1, role: 'lead' }),
      ]),
    )
    await system.start()
    const paths = async (filter: Parameters<typeof system.inbox.list>[0]): Promise<string[]> =>
      (await system.inbox.list(filter)).map(({ path }) => path)
    expect(await paths({ person: ann })).toEqual(['soon', 'late', 'whenever'])
    expect(await paths({ person: { name: 'two', roles: ['lead', 'desk'] } })).toEqual(['soon', 'late', 'whenever', 'other'])
    expect(await paths({ person: anyone, limit: 2 })).toEqual(['soon', 'late'])
    expect(await paths({ person: ann, after: 'r1:soon', limit: 1 })).toEqual(['late'])
    expect(await paths({ person: { name: 'nobody', roles: [] } })).toEqual([])
    expect(await paths({ role: 'lead' })).toEqual(['other'])
    expect(await paths({ person: ann, flow: 'elsewhere' })).toEqual([])
    expect(await paths({ run: 'r1', kind: 'review', state: 'open' })).toHaveLength(4)
    expect(await paths({ state: 'taken' })).toEqual([])
    expect([await system.inbox.count(), await system.inbox.count({ person: ann }), await system.inbox.count({ role: 'lead' })]).toEqual([
      4, 3, 1,
    ])
  })

  test('pages past what others hold until it has as many as were asked for', async () => {
    const system = await play(ground, (run) =>
      run.map(
        'each',
        Array.from({ length: 7 }, (_, key) => key),
        (key) => run.review('look', { subject: key, role: 'desk' }),
        { concurrency: 7 },
      ),
    )
    await system.start()
    const [first, second] = await system.inbox.list({ person: ann })
    for (const item of [first, second]) await system.inbox.claim(item?.id ?? '', bob)
    expect(await system.inbox.list({ person: ann, limit: 2 })).toHaveLength(2)
    for (const limit of [0, -1, Number.NaN]) expect(await system.inbox.list({ limit })).toEqual([])
    expect(await system.inbox.count({ person: ann })).toBe(5)
    expect(await system.inbox.count({ person: bob })).toBe(7)
  })

  test('a review is accepted, edited or rejected, and the flow goes on with it', async () => {
    const system = await play(ground, async (run) => [
      await approve(run),
      await run.review('edit', { subject: REPLY }),
      await run.review('no', { subject: 3 }),
    ])
    await system.start()
    expect(await system.inbox.get('r1:approve')).toMatchObject({
      id: 'r1:approve',
      run: 'r1',
      path: 'approve',
      flow: 'played',
      kind: 'review',
      title: 'Send it?',
      role: 'desk',
      content: { subject: REPLY },
      answers: [],
      comments: [],
      quorum: 1,
      state: 'open',
    })
    expect(await system.inbox.get('r1:nothing')).toBeUndefined()
    await system.inbox.accept('r1:approve', ann, { note: 'good' })
    await system.rondo.idle()
    await system.inbox.edit('r1:edit', { name: 'rita', roles: ['reviewer'] }, { text: 'Dear uncle' })
    await system.rondo.idle()
    await system.inbox.reject('r1:no', { name: 'rita', roles: ['reviewer'] }, 'four, please')
    expect(await system.result()).toEqual([
      { outcome: 'accepted', value: REPLY, note: 'good', by: ['ann'] },
      { outcome: 'edited', value: { text: 'Dear uncle' }, by: ['rita'] },
      { outcome: 'rejected', note: 'four, please', by: ['rita'] },
    ])
    expect((await system.inbox.get('r1:no'))?.state).toBe('taken')
  })

  test('an answer equal to the subject accepts it', async () => {
    const system = await play(ground, approve)
    await system.start()
    await system.inbox.answer('r1:approve', ann, { text: 'Dear aunt' })
    expect(await system.result()).toMatchObject({ outcome: 'accepted' })
  })

  test('an answer is taken once: a second, a late and a stale one are refused, naming what was first', async () => {
    const system = await play(ground, async (run) => {
      const first = await approve(run)
      const raced = await run.race('first', {
        people: () => run.review('ask', { subject: 1, role: 'desk' }),
        time: () => run.sleep('nap', '1h'),
      })
      await run.review('last', { subject: 1, role: 'desk' })
      return [first, raced]
    })
    await system.start()
    await system.inbox.accept('r1:approve', ann)
    const second =
      /^review_taken: "Send it\?" has been answered already: ann accepted it at 2026-01-01T00:00:00\.000Z\. An answer is taken once\.$/
    expect(await refusal(system.inbox.reject('r1:approve', bob, 'no'))).toMatch(second)
    await system.rondo.idle()
    expect(await refusal(system.inbox.answer('r1:approve', bob, REPLY))).toMatch(second)
    expect(await refusal(system.inbox.accept('r1:approve', ann))).toMatch(second)
    const raced = await system.inbox.list({ person: ann, run: 'r1' })
    await system.pass(3_600_000)
    expect(await refusal(system.inbox.accept(raced[0]?.id ?? '', ann))).toBe(
      'review_closed: "ask" needs no answer any more: its run went on without it.',
    )
    await system.rondo.runs.cancel('r1')
    await system.rondo.idle()
    expect(await refusal(system.inbox.accept('r1:last', ann))).toBe(
      'review_closed: "last" needs no answer any more: its run was cancelled at 2026-01-01T01:00:00.000Z.',
    )
    expect(await refusal(system.inbox.accept('r1:never', ann))).toMatch(
      /^review_unknown: This was never asked, and will not be: its run was cancelled/,
    )
  })

  test('of people who answer at the same moment one is taken, and the others are told who', async () => {
    const system = await play(ground, approve)
    await system.start()
    const people = Array.from({ length: 8 }, (_, index) => ({ name: `p${index}`, roles: ['desk'] }))
    const said = await Promise.all(
      people.map((person) =>
        system.inbox.edit('r1:approve', person, { text: person.name }).then(
          () => person.name,
          (error: Error) => error.message,
        ),
      ),
    )
    const winners = said.filter((text) => /^p\d$/.test(text))
    expect(winners).toHaveLength(1)
    expect(said.filter((text) => text.includes(`answered already: ${winners[0]} edited it at`))).toHaveLength(7)
    expect(await system.result()).toMatchObject({ outcome: 'edited', value: { text: winners[0] }, by: winners })
  })

  test('an answer to a question that was asked anew since it was seen is refused', async () => {
    let tries = 0
    const system = await play(ground, async (run) => {
      const review = await run.review('ask', { subject: tries, role: 'desk', within: '1h', otherwise: 'fail' })
      return review.outcome
    })
    await system.start()
    const seen = await system.inbox.get('r1:ask')
    tries = 1
    await system.pass(3_600_000)
    expect(await system.status()).toBe('failed')
    await system.rondo.runs.retry('r1')
    await system.rondo.idle()
    const options = { openedAt: seen?.openedAt ?? 0 }
    expect(await refusal(system.inbox.accept('r1:ask', ann, options))).toMatch(
      /^review_closed: "ask" has been asked anew since you saw it, at 2026-01-01T01/,
    )
    const again = await system.inbox.get('r1:ask')
    expect(again?.content.subject).toBe(1)
    await system.inbox.accept('r1:ask', ann, { openedAt: again?.openedAt ?? 0 })
    expect(await system.result()).toBe('accepted')
  })

  test('a person without the role is told which one is missing, whatever they try', async () => {
    const system = await play(ground, approve)
    await system.start()
    const wrong = /^role_missing: "Send it\?" is for the role "desk", which lea does not have \(roles: lead\)/
    for (const attempt of [
      () => system.inbox.accept('r1:approve', lead),
      () => system.inbox.answer('r1:approve', lead, REPLY),
      () => system.inbox.reject('r1:approve', lead, 'no'),
      () => system.inbox.claim('r1:approve', lead),
      () => system.inbox.release('r1:approve', lead),
      () => system.inbox.reassign('r1:approve', lead, 'lead'),
      () => system.inbox.comment('r1:approve', lead, 'hm'),
    ])
      expect(await refusal(attempt())).toMatch(wrong)
    await system.inbox.accept('r1:approve', anyone)
    expect(await system.result()).toMatchObject({ by: ['root'] })
  })

  test('a claim keeps others out until it expires; renewing and releasing are its holder’s', async () => {
    const system = await play(ground, approve)
    await system.start()
    expect(await system.inbox.claim('r1:approve', ann)).toMatchObject({ claimedBy: 'ann', claimedUntil: system.clock.now() + 900_000 })
    const held = /^review_claimed: ann is at work on "Send it\?" until 2026-01-01T00:15:00\.000Z/
    expect(await refusal(system.inbox.claim('r1:approve', bob))).toMatch(held)
    expect(await refusal(system.inbox.accept('r1:approve', bob))).toMatch(held)
    expect(await refusal(system.inbox.release('r1:approve', bob))).toMatch(held)
    expect(await refusal(system.inbox.reassign('r1:approve', bob, 'lead'))).toMatch(held)
    expect(await system.inbox.list({ person: bob })).toEqual([])
    expect(await system.inbox.list({ person: ann })).toHaveLength(1)
    await system.pass(600_000)
    await system.inbox.claim('r1:approve', ann, { for: '10m' })
    await system.pass(599_999)
    expect(await system.inbox.list({ person: bob })).toEqual([])
    await system.pass(1)
    expect((await system.inbox.list({ person: bob }))[0]).not.toHaveProperty('claimedBy')
    await system.inbox.claim('r1:approve', bob)
    expect(await system.inbox.release('r1:approve', bob)).not.toHaveProperty('claimedBy')
    await system.inbox.accept('r1:approve', ann)
    expect(await system.result()).toMatchObject({ outcome: 'accepted' })
  })

  test('reassigning hands it to another role, ends the claim, and says so', async () => {
    const system = await play(ground, approve)
    await system.start()
    await system.inbox.claim('r1:approve', ann)
    const item = await system.inbox.reassign('r1:approve', ann, 'lead', { note: 'above me' })
    expect(item).toMatchObject({ role: 'lead', comments: [{ by: 'ann', text: 'reassigned to "lead": above me' }] })
    expect(item).not.toHaveProperty('claimedBy')
    expect(await system.inbox.list({ person: ann })).toEqual([])
    expect(await refusal(system.inbox.reassign('r1:approve', lead, ''))).toMatch(/^answer_refused: /)
    await system.inbox.accept('r1:approve', lead)
    expect(await system.result()).toMatchObject({ by: ['lea'] })
  })

  test('comments stand beside the question, before and after it is answered', async () => {
    const system = await play(ground, approve)
    await system.start()
    await system.inbox.comment('r1:approve', ann, 'who is this?')
    await system.inbox.accept('r1:approve', bob)
    await system.rondo.idle()
    const item = await system.inbox.comment('r1:approve', ann, 'ah')
    expect(item.comments.map(({ by, text }) => `${by}: ${text}`)).toEqual(['ann: who is this?', 'ann: ah'])
    expect(await refusal(system.inbox.comment('r1:none', ann, 'x'))).toMatch(/^review_unknown/)
  })

  test('an answer is checked at the door, against the schema or the shape of the subject, and the refusal names the field', async () => {
    const system = await play(ground, async (run) => {
      const one = await run.review('typed', {
        subject: { euros: 3 },
        role: 'desk',
        schema: z.object({
          euros: z
            .number()
            .max(100)
            .refine((euros) => euros !== 13, 'not thirteen'),
        }),
      })
      const two = await run.review('untyped', { subject: { text: 'a', lines: [1], when: new Date(0) }, role: 'desk' })
      const three = await run.decide(
        decision({ name: 'three', question: z.string(), answer: z.enum(['a', 'b']), people: { role: 'desk' } }),
        'which?',
      )
      return [one, two, three]
    })
    await system.start()
    expect(await refusal(system.inbox.answer('r1:typed', ann, { euros: 300 }))).toMatch(
      /^answer_refused: "typed" does not take this answer: euros: .*100/,
    )
    expect(await refusal(system.inbox.answer('r1:typed', ann, {}))).toContain('euros: ')
    expect(await refusal(system.inbox.answer('r1:typed', ann, undefined))).toContain('needs a value')
    expect(await refusal(system.inbox.reject('r1:typed', ann, '  '))).toMatch(/^answer_refused: A rejection needs a note/)
    expect(await refusal(system.inbox.accept('r1:typed', ann, { attentionMs: -1 }))).toMatch(/^answer_refused: attentionMs/)
    // What JSON schema cannot say, the run says: the question is open again, with the complaint beside it.
    await system.inbox.answer('r1:typed', ann, { euros: 13 })
    await system.rondo.idle()
    const again = await system.inbox.get('r1:typed')
    expect(again).toMatchObject({
      state: 'open',
      answers: [],
      comments: [{ by: 'rondo', text: 'The answer of ann was refused: euros: not thirteen.' }],
    })
    await system.inbox.answer('r1:typed', ann, { euros: 14 })
    await system.rondo.idle()
    expect(await refusal(system.inbox.edit('r1:untyped', ann, { text: 4, lines: [] }))).toContain('text: ')
    expect(await refusal(system.inbox.edit('r1:untyped', ann, 'b'))).toMatch(/^answer_refused/)
    await system.inbox.edit('r1:untyped', ann, { text: 'b', lines: [], when: new Date(1), more: true })
    await system.rondo.idle()
    expect(await refusal(system.inbox.answer('r1:three', ann, 'c'))).toBe(
      'answer_refused: "three" does not take this answer: it must be one of "a", "b".',
    )
    expect(await refusal(system.inbox.accept('r1:three', ann))).toContain('nothing was proposed')
    expect(await refusal(system.inbox.reject('r1:three', ann, 'neither'))).toContain('cannot be rejected')
    await system.inbox.answer('r1:three', ann, 'b')
    expect(await system.result()).toMatchObject([
      { outcome: 'edited', value: { euros: 14 } },
      { outcome: 'edited', value: { text: 'b', lines: [], when: new Date(1), more: true } },
      { value: 'b' },
    ])
  })

  test('of several reviewers the majority counts, and a tie is a rejection', async () => {
    const system = await play(ground, async (run) => [
      await run.review('most', { subject: 'x', role: 'desk', quorum: 3 }),
      await run.review('tie', { subject: 'x', role: 'desk', quorum: 2 }),
    ])
    await system.start()
    await system.inbox.reject('r1:most', ann, 'no')
    expect(await refusal(system.inbox.accept('r1:most', ann))).toMatch(
      /^review_taken: ann has answered "most" already: rejected at .* It waits for 2 other people/,
    )
    await system.inbox.edit('r1:most', bob, 'y')
    await system.inbox.edit('r1:most', cat, 'y', { note: 'y it is' })
    await system.rondo.idle()
    await system.inbox.accept('r1:tie', bob)
    await system.inbox.reject('r1:tie', ann, 'never')
    expect(await system.result()).toEqual([
      { outcome: 'edited', value: 'y', note: 'ann: no\ncat: y it is', by: ['ann', 'bob', 'cat'] },
      { outcome: 'rejected', note: 'ann: never', by: ['bob', 'ann'] },
    ])
  })

  test('two waits of one run are answered in any order', async () => {
    for (const order of [
      ['left', 'right'],
      ['right', 'left'],
    ]) {
      const system = await play(ground, (run) =>
        run.all({
          left: () => run.review('ask', { subject: 'l', role: 'desk' }),
          right: () => run.review('ask', { subject: 'r', role: 'desk' }),
        }),
      )
      await system.start()
      const items = await system.inbox.list({ person: ann })
      for (const side of order) {
        const item = items.find(({ content }) => content.subject === side.slice(0, 1))
        await system.inbox.accept(item?.id ?? '', ann)
        await system.rondo.idle()
      }
      expect(await system.result()).toMatchObject({ left: { value: 'l' }, right: { value: 'r' } })
    }
  })

  test('deadlines escalate, and then the review fails, expires or waits', async () => {
    const common = { subject: 1, role: 'desk', within: '1h', escalateTo: 'lead' }
    const system = await play(ground, (run) =>
      Promise.all([
        run.review('expire', { ...common, otherwise: 'expire' }),
        run.review('fail', { ...common, otherwise: 'fail' }).catch((error: { message: string }) => error.message),
        run.review('wait', common),
      ]),
    )
    await system.start()
    await system.inbox.claim('r1:wait', ann, { for: '5h' })
    await system.pass(3_600_000)
    expect((await system.inbox.get('r1:wait'))?.role).toBe('lead')
    expect(await system.inbox.list({ person: lead })).toHaveLength(3)
    await system.pass(3_600_000)
    expect((await system.inbox.list({ person: lead })).map(({ path }) => path)).toEqual(['wait'])
    expect((await system.inbox.get('r1:wait'))?.dueAt).toBe(system.clock.now())
    await system.pass(3_600_000)
    await system.inbox.accept('r1:wait', lead)
    expect(await system.result()).toEqual([
      { outcome: 'expired', by: [] },
      expect.stringContaining('Nobody answered the review "fail"'),
      { outcome: 'accepted', value: 1, by: ['lea'] },
    ])
  })

  test('a review that could never escalate or expire fails its step, saying why', async () => {
    const system = await play(ground, async (run) => {
      const said: string[] = []
      await run.review('one', { subject: 1, escalateTo: 'lead' }).catch((error: Error) => said.push(error.message))
      await run.review('two', { subject: 1, otherwise: 'expire' }).catch((error: Error) => said.push(error.message))
      return said
    })
    await system.start()
    expect(await system.result()).toEqual([expect.stringContaining('escalates, but never'), expect.stringContaining('gives no time')])
  })

  test('answers that come before the question, or before the run, are kept and held against it when it comes', async () => {
    const folder = decision({ name: 'folder', question: z.string(), answer: z.enum(['a', 'b']), people: { role: 'desk' } })
    const system = await play(ground, async (run) => {
      const first = await run.review('first', { subject: 'one', role: 'desk' })
      const second = await run.decide(folder, 'which?')
      return [first, second]
    })
    expect(await system.inbox.answer('r1:folder', ann, 'b')).toMatchObject({ state: 'early', id: 'r1:folder' })
    expect(await refusal(system.inbox.answer('r1:folder', ann, 'a'))).toMatch(
      /^review_taken: ann has answered .* It waits for its question/,
    )
    await system.start()
    expect(await system.inbox.list({ state: 'early' })).toHaveLength(1)
    expect(await system.inbox.list({ person: ann })).toMatchObject([{ path: 'first' }])
    await system.inbox.accept('r1:first', ann)
    expect(await system.result()).toMatchObject([{ outcome: 'accepted' }, { value: 'b', people: ['ann'] }])
    expect(await refusal(system.inbox.answer('r1:elsewhere', ann, 'b'))).toMatch(/^review_unknown: This was never asked, and will not be/)
  })

  test('an early answer that does not fit, or of somebody without the role, is put aside, and the inbox says why', async () => {
    const folder = decision({ name: 'folder', question: z.string(), answer: z.enum(['a', 'b']), people: { role: 'desk' } })
    const system = await play(ground, async (run) => {
      await run.sleep('nap', '1h')
      return [
        await run.decide(folder, 'which?'),
        await run.decide(folder, 'which?', { name: 'other' }),
        await run.review('third', { subject: 'x', role: 'desk' }),
      ]
    })
    await system.start()
    await system.inbox.answer('r1:folder', lead, 'b')
    await system.inbox.answer('r1:other', ann, 'c')
    await system.inbox.accept('r1:third', ann)
    await system.inbox.accept('r1:third', bob)
    await system.pass(3_600_000)
    const item = await system.inbox.get('r1:folder')
    expect(item).toMatchObject({ state: 'open', answers: [] })
    expect(item?.comments[0]?.text).toBe('The early answer of lea was put aside: the question is for the role "desk".')
    await system.inbox.answer('r1:folder', ann, 'a')
    await system.rondo.idle()
    expect((await system.inbox.get('r1:other'))?.comments[0]?.text).toMatch(/^The answer of ann was refused: /)
    await system.inbox.answer('r1:other', ann, 'b')
    expect(await system.result()).toMatchObject([{ value: 'a' }, { value: 'b' }, { outcome: 'accepted', by: ['ann'] }])
    expect((await system.inbox.get('r1:third'))?.comments[0]?.text).toContain('bob was put aside: another had answered before')
  })

  test('people’s attention counts, and a budget of it asks the operator when it is spent', async () => {
    const operator = { name: 'olga', roles: ['operator'] }
    const system = await play(ground, (run) =>
      run.loop('draft', { attention: '1m' }, 0, async (turn, sum) => {
        const review = await run.review('look', { subject: sum, role: 'desk' })
        return turn.round === 2 ? turn.done(review.outcome) : turn.again(sum + 1)
      }),
    )
    await system.start()
    await system.inbox.accept('r1:draft[0]/look', ann, { attentionMs: 40_000 })
    await system.rondo.idle()
    await system.inbox.accept('r1:draft[1]/look', ann, { attentionMs: 40_000.4 })
    await system.rondo.idle()
    const [item] = await system.inbox.list({ person: operator })
    expect(item).toMatchObject({ kind: 'budget', role: 'operator', title: expect.stringContaining("people's attention") })
    expect(await refusal(system.inbox.accept(item?.id ?? '', operator))).toContain('There is nothing to accept')
    expect(await refusal(system.inbox.answer(item?.id ?? '', operator, { extend: { rounds: 0 } }))).toContain('extend.rounds: ')
    await system.inbox.answer(item?.id ?? '', operator, { extend: { attention: '5m' } })
    await system.rondo.idle()
    await system.inbox.accept('r1:draft[2]/look', ann)
    expect(await system.result()).toBe('accepted')
    expect((await system.rondo.runs.get('r1'))?.usage.attentionMs).toBe(80_000)
  })
})

/**
 * Proofs about what people are asked and answer, the cases that come of it, and memos.
 */
import { expect } from 'vitest'
import type { Answer, NewCase, ReviewChange, ReviewRecord } from '../../journal/records.ts'
import { encode } from '../../json.ts'
import { entry, type Proof, type StoreBench, WAITING } from './bench.ts'

export function peopleProofs(proof: Proof): void {
  proof('a question stands in the inbox with all that was asked', async (bench) => {
    const driver = await bench.drive('r', { flow: 'mail-desk' })
    const question = encode({ subject: 'long '.repeat(300) })
    await driver.ask('draft[2]/approve', { title: 'Approve?', role: 'lead', question, quorum: 2, dueAt: bench.clock.now() + 5 })
    await bench.open()
    expect(await bench.store.reviews.get('r:draft[2]/approve')).toEqual({
      id: 'r:draft[2]/approve',
      run: 'r',
      path: 'draft[2]/approve',
      flow: 'mail-desk',
      kind: 'review',
      state: 'open',
      role: 'lead',
      title: 'Approve?',
      question,
      openedAt: bench.clock.now(),
      dueAt: bench.clock.now() + 5,
      answers: [],
      comments: [],
      quorum: 2,
    })
    expect(await bench.store.reviews.get('r:other')).toBeUndefined()
    expect(await bench.store.reviews.get('no colon')).toBeUndefined()
  })

  proof('an inbox is listed by when things are due, then by how long they stand, and filtered and paged', async (bench) => {
    const driver = await bench.drive('r', { flow: 'a' })
    const other = await bench.drive('q', { flow: 'b' })
    const now = bench.clock.now()
    await driver.ask('never')
    bench.clock.advance(1)
    await driver.ask('late', { dueAt: now + 500, kind: 'budget' })
    bench.clock.advance(1)
    await other.ask('soon', { dueAt: now + 50, role: 'lead' })
    bench.clock.advance(1)
    await other.ask('never either')
    const paths = async (filter: Parameters<typeof bench.store.reviews.list>[0]): Promise<string> =>
      (await bench.store.reviews.list(filter)).map(({ path }) => path).join(', ')
    expect(await paths({ state: 'open' })).toBe('soon, late, never, never either')
    expect(await paths({ state: 'open', role: 'desk' })).toBe('late, never, never either')
    expect(await paths({ run: 'q' })).toBe('soon, never either')
    expect(await paths({ flow: 'a', kind: 'budget' })).toBe('late')
    expect(await paths({ state: 'settled' })).toBe('')
    expect(await paths({ state: 'open', limit: 2 })).toBe('soon, late')
    expect(await paths({ state: 'open', limit: 2, after: 'r:late' })).toBe('never, never either')
    expect(await paths({ state: 'open', after: 'q:never either' })).toBe('')
    expect(await bench.store.reviews.count({ state: 'open', role: 'desk' })).toBe(3)
    expect(await bench.store.reviews.count({})).toBe(4)
  })

  proof('a change sees the review as it stands, and one that refuses changes nothing', async (bench) => {
    const driver = await bench.drive('r')
    await driver.ask('x')
    const { reviews } = bench.store
    const seen: (ReviewRecord | undefined)[] = []
    const change = (what: ReviewChange) =>
      reviews.change('r:x', (review) => {
        seen.push(review)
        return what
      })
    await change({ claim: { by: 'ann', until: 99 }, comment: { by: 'ann', at: 1, text: 'hm' } })
    await change({ role: 'lead', dueAt: 77 })
    expect(seen.map((review) => [review?.role, review?.claimedBy, review?.comments.length])).toEqual([
      ['desk', undefined, 0],
      ['desk', 'ann', 1],
    ])
    const before = await reviews.get('r:x')
    expect(before).toMatchObject({ role: 'lead', dueAt: 77, claimedBy: 'ann', claimedUntil: 99, comments: [{ text: 'hm' }] })
    await expect(
      reviews.change('r:x', () => {
        throw new Error('not yours')
      }),
    ).rejects.toThrow('not yours')
    expect(await reviews.get('r:x')).toEqual(before)
    const freed = await change({ claim: null, dueAt: null })
    expect([freed.claimedBy, freed.claimedUntil, freed.dueAt]).toEqual([undefined, undefined, undefined])
    expect(await reviews.get('r:x')).toEqual(freed)
    await expect(reviews.change('r:nothing', () => ({ role: 'x' }))).rejects.toMatchObject({ code: 'review_unknown' })
  })

  proof('of many who answer at once, each sees the answers before theirs', async (bench) => {
    const driver = await bench.drive('r')
    await driver.ask('x', { quorum: 3 })
    await driver.settle(WAITING)
    const taken = await Promise.allSettled(
      ['ann', 'bob', 'cy', 'di', 'ed'].map((by) =>
        bench.store.reviews.change('r:x', (review) => {
          if (review?.state !== 'open') throw new Error(`too late for ${by}`)
          return { answer: given(bench, by), ...(review.answers.length + 1 >= review.quorum && { state: 'settled' as const }) }
        }),
      ),
    )
    expect(taken.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'])
    expect(await bench.due()).toEqual(['r'])
    const { arrivals } = await bench.claim('r')
    expect(arrivals.reviews.map(({ answers }) => answers.map(({ by }) => by))).toEqual([['ann', 'bob', 'cy']])
  })

  proof('an answer that is not the last one needed does not wake the run', async (bench) => {
    const driver = await bench.drive('r')
    await driver.ask('x', { quorum: 2 })
    await driver.settle(WAITING)
    await bench.store.reviews.change('r:x', () => ({ answer: given(bench, 'ann') }))
    expect(await bench.due()).toEqual([])
    expect((await bench.store.reviews.get('r:x'))?.state).toBe('open')
  })

  proof('an answer before the question, or before the run, counts once it is asked', async (bench) => {
    const { reviews } = bench.store
    expect(await reviews.change('r:x', () => ({ answer: given(bench, 'ann') }))).toMatchObject({ run: 'r', path: 'x', state: 'early' })
    const driver = await bench.drive('r')
    await reviews.change('r:y', () => ({ answer: given(bench, 'bob') }))
    expect((await bench.store.journal.absorb('r', driver.epoch))?.reviews).toEqual([])
    await driver.ask('x')
    await driver.ask('y', { quorum: 2 })
    await driver.settle(WAITING)
    expect(await reviews.get('r:y')).toMatchObject({ state: 'open', answers: [{ by: 'bob' }] })
    expect(await bench.due()).toEqual(['r'])
    expect((await bench.claim('r')).arrivals.reviews).toMatchObject([{ path: 'x', state: 'settled', title: 'x', answers: [{ by: 'ann' }] }])
  })

  proof('a question put to others keeps its answers and its place; one asked anew starts without', async (bench) => {
    const driver = await bench.drive('r')
    const openedAt = bench.clock.now()
    await driver.ask('x', { quorum: 2 })
    await bench.store.reviews.change('r:x', () => ({ answer: given(bench, 'ann') }))
    bench.clock.advance(10)
    await driver.ask('x', { quorum: 2, role: 'lead' })
    expect(await bench.store.reviews.get('r:x')).toMatchObject({ role: 'lead', openedAt, state: 'open', answers: [{ by: 'ann' }] })
    await driver.commit([entry('x')], { endReviews: [{ path: 'x', state: 'closed' }] })
    await driver.ask('x')
    expect(await bench.store.reviews.get('r:x')).toMatchObject({ role: 'desk', openedAt: openedAt + 10, state: 'open', answers: [] })
  })

  proof('an answer that was taken is not given again, and stays taken; one that was refused opens the question again', async (bench) => {
    const driver = await bench.drive('r')
    for (const path of ['x', 'y']) {
      await driver.ask(path)
      await bench.store.reviews.change(`r:${path}`, () => ({ answer: given(bench, 'ann'), state: 'settled' }))
    }
    await driver.commit([entry('x')], { endReviews: [{ path: 'x', state: 'taken' }] })
    await driver.commit([], { endReviews: [{ path: 'x', state: 'closed' }] })
    expect((await bench.store.reviews.get('r:x'))?.state).toBe('taken')
    await bench.store.reviews.change('r:y', () => ({ reopen: true, comment: { by: 'rondo', at: 0, text: 'that is no folder' } }))
    expect(await bench.store.reviews.get('r:y')).toMatchObject({ state: 'open', answers: [], comments: [{ text: 'that is no folder' }] })
    expect((await bench.store.journal.absorb('r', driver.epoch))?.reviews).toEqual([])
  })

  proof('cases come in the order they were made, by decision, a page at a time, with every field', async (bench) => {
    const full: NewCase = {
      decision: 'spam',
      run: 'r',
      path: 'folder',
      question: encode('q '.repeat(200)),
      answer: encode('spam'),
      predicted: encode('list'),
      confidence: 0.75,
      probability: 0.1,
      origin: 'audit',
      by: 'ann',
      at: 5,
      version: 'v1',
      segment: 'de',
      policy: 'earned',
      epoch: 2,
      answers: [
        { by: 'ann', at: 3, attentionMs: 1200 },
        { by: 'bob', at: 4, answer: encode('list'.repeat(80)) },
      ],
      blind: true,
    }
    const bare: NewCase = { decision: 'spam', question: '1', answer: '2', probability: 1, origin: 'import' }
    await bench.store.cases.add([full, { ...bare, decision: 'other' }, bare])
    await bench.store.cases.add([])
    await bench.open()
    const [first, second] = await bench.store.cases.list({ decision: 'spam' })
    expect(first).toEqual({ ...full, seq: first?.seq })
    expect(second).toEqual({ ...bare, seq: second?.seq, at: bench.clock.now() })
    expect((second?.seq ?? 0) > (first?.seq ?? 0)).toBe(true)
    expect(await bench.store.cases.list({ decision: 'spam', after: first?.seq ?? 0 })).toEqual([second])
    expect(await bench.store.cases.list({ decision: 'spam', limit: 1 })).toEqual([first])
    expect(await bench.store.cases.list({ decision: 'none' })).toEqual([])
    expect(await bench.store.cases.count()).toEqual([
      { decision: 'other', cases: 1 },
      { decision: 'spam', cases: 2 },
    ])
  })

  proof('cases are found by decision, origin and segment, of all decisions as well, and newest first', async (bench) => {
    const base: NewCase = { decision: 'spam', question: '1', answer: '2', probability: 1, origin: 'import' }
    await bench.store.cases.add([
      { ...base, question: '"first"', segment: 'de' },
      { ...base, question: '"second"', decision: 'other', origin: 'audit', segment: 'de' },
      { ...base, question: '"third"', origin: 'audit', segment: 'fr' },
    ])
    const asked = async (filter: Parameters<typeof bench.store.cases.list>[0]): Promise<string> =>
      (await bench.store.cases.list(filter)).map(({ question }) => question.replaceAll('"', '')).join(' ')
    expect(await asked({})).toBe('first second third')
    expect(await asked({ newest: true })).toBe('third second first')
    expect(await asked({ newest: true, limit: 2 })).toBe('third second')
    const [newest] = await bench.store.cases.list({ newest: true, limit: 1 })
    expect(await asked({ newest: true, after: newest?.seq ?? 0 })).toBe('second first')
    expect(await asked({ after: newest?.seq ?? 0 })).toBe('')
    expect(await asked({ decision: 'spam', newest: true })).toBe('third first')
    expect(await asked({ origin: 'audit' })).toBe('second third')
    expect(await asked({ segment: 'de' })).toBe('first second')
    expect(await asked({ decision: 'spam', origin: 'audit', segment: 'de' })).toBe('')
  })

  proof('a memo is the bytes that were last put, a copy of them', async (bench) => {
    const { memos } = bench.store
    expect(await memos.get('space', 'key')).toBeUndefined()
    const bytes = new Uint8Array([1, 2, 255])
    const put = memos.put('space', 'key', bytes)
    bytes[0] = 9
    await put
    await memos.put('space k', 'ey', new Uint8Array(0))
    const got = await memos.get('space', 'key')
    expect([...(got ?? [])]).toEqual([1, 2, 255])
    if (got !== undefined) got[1] = 9
    expect([...((await memos.get('space', 'key')) ?? [])]).toEqual([1, 2, 255])
    await memos.put('space', 'key', new Uint8Array([7]))
    await bench.open()
    expect([...((await bench.store.memos.get('space', 'key')) ?? [])]).toEqual([7])
    expect((await bench.store.memos.get('space k', 'ey'))?.length).toBe(0)
  })
}

function given(bench: StoreBench, by: string): Answer {
  return { by, at: bench.clock.now(), outcome: 'edited', value: encode(by), note: 'so', attentionMs: 12 }
}

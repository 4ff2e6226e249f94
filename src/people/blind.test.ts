import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ann, bob, cat, GROUNDS, play, refusal } from '../../test/people/system.ts'
import { decode } from '../json.ts'
import type { Predictor } from '../model/predictor.ts'
import { always, threshold } from './autonomy.ts'
import { type DecisionPeople, decision } from './decision.ts'
import { shownReview } from './inbox-item.ts'

type Folder = 'spam' | 'list' | 'wanted'
const Question = z.object({ text: z.string() })
const Folders = z.enum(['spam', 'list', 'wanted'])
const question = { text: 'win a prize' }

const sure: Predictor<{ text: string }, Folder> = {
  name: 'fixed',
  predict: async () => ({ answer: 'spam', confidence: 0.4, source: 'recorded', version: 'v1' }),
}

function folder(people: Partial<DecisionPeople<Folder>> = {}, autonomy = threshold(0.8)) {
  return decision({
    name: 'folder',
    question: Question,
    answer: Folders,
    predictor: sure,
    people: { role: 'desk', double: 1, ...people },
    autonomy,
  })
}

describe.each(GROUNDS)('blind double reviews over %s', (ground) => {
  test('two people answer without the proposal and without each other, and agree', async () => {
    const system = await play(ground, (run) => run.decide(folder(), question))
    await system.start()
    const [item] = await system.inbox.list({ person: ann })
    expect(item).toMatchObject({ quorum: 2, content: { blind: true, why: expect.stringContaining('blind') } })
    expect(item?.content.proposal).toBeUndefined()
    expect(await refusal(system.inbox.accept('r1:folder', ann))).toMatch(/^answer_refused: .*nothing was proposed/)
    await system.inbox.answer('r1:folder', ann, 'wanted', { note: 'my aunt', attentionMs: 5000 })
    await system.inbox.comment('r1:folder', ann, 'it is wanted')
    const [next] = await system.inbox.list({ person: bob })
    expect(next?.answers).toEqual([{ by: 'ann', at: expect.any(Number), outcome: 'edited' }])
    expect(next?.comments).toEqual([])
    expect(await refusal(system.inbox.answer('r1:folder', ann, 'spam'))).toMatch(/^review_taken/)
    await system.inbox.answer('r1:folder', bob, 'wanted')
    expect(await system.result()).toMatchObject({ value: 'wanted', by: 'people', predicted: 'spam', people: ['ann', 'bob'] })
    const [kept] = await system.cases('folder')
    expect(kept).toMatchObject({
      by: 'ann, bob',
      blind: true,
      answers: [{ by: 'ann', attentionMs: 5000 }, { by: 'bob' }],
      probability: 1,
      origin: 'escalation',
    })
    expect(kept?.answers?.[0]).not.toHaveProperty('answer')
    expect(decode((await system.last('folder'))?.record ?? '')).toMatchObject({ blind: true })
    expect((await system.inbox.get('r1:folder'))?.answers).toMatchObject([{ by: 'ann', note: 'my aunt' }, { by: 'bob' }])
  })

  test('when they differ a third decides, as blind as they were, and all three answers are kept', async () => {
    const system = await play(ground, (run) => run.decide(folder(), question))
    await system.start()
    await system.inbox.answer('r1:folder', ann, 'wanted')
    await system.inbox.answer('r1:folder', bob, 'list')
    await system.rondo.idle()
    const [item] = await system.inbox.list({ person: cat })
    expect(item?.content.proposal).toBeUndefined()
    expect(item?.answers.map(({ by, outcome }) => [by, outcome])).toEqual([
      ['ann', 'edited'],
      ['bob', 'edited'],
    ])
    await system.inbox.answer('r1:folder', cat, 'wanted')
    expect(await system.result()).toMatchObject({ value: 'wanted', people: ['ann', 'bob', 'cat'] })
    const [kept] = await system.cases('folder')
    expect(kept?.answers?.map(({ by, answer }) => [by, answer])).toEqual([
      ['ann', undefined],
      ['bob', '"list"'],
      ['cat', undefined],
    ])
  })

  test('an early answer that accepts what it could not see is given back', async () => {
    const system = await play(ground, (run) => run.decide(folder(), question))
    await system.inbox.accept('r1:folder', ann)
    await system.inbox.answer('r1:folder', bob, 'wanted')
    await system.start()
    await system.inbox.answer('r1:folder', cat, 'wanted')
    await system.rondo.idle()
    const item = await system.inbox.get('r1:folder')
    expect(item).toMatchObject({
      state: 'open',
      answers: [],
      comments: [{ by: 'rondo', text: expect.stringContaining('no proposal is shown') }],
    })
  })

  test('what is not drawn is asked of one person, who sees the proposal', async () => {
    const system = await play(ground, (run) => run.decide(folder({ double: 0 }), question))
    await system.start()
    const [item] = await system.inbox.list({ person: ann })
    expect(item).toMatchObject({ quorum: 1, content: { proposal: { value: 'spam' } } })
    expect(item?.content.blind).toBeUndefined()
    await system.inbox.accept('r1:folder', ann)
    await system.result()
    const [kept] = await system.cases('folder')
    expect(kept).toMatchObject({ answers: [{ by: 'ann' }] })
    expect(kept).not.toHaveProperty('blind')
  })

  test('the reason to ask reaches the question, and a random check says that it is one', async () => {
    const ask = (detail: Readonly<Record<string, unknown>> | undefined, origin: 'audit' | 'escalation') => ({
      ...always(),
      rule: () => ({ review: true, probability: 0.5, origin, policy: 'earned', ...(detail && { detail }) }),
    })
    const whyOf = async (autonomy: ReturnType<typeof ask>, predictor = sure) => {
      const decided = decision({ name: 'folder', question: Question, answer: Folders, predictor, people: { role: 'desk' }, autonomy })
      const system = await play(ground, (run) => run.decide(decided, question))
      await system.start()
      return (await system.inbox.get('r1:folder'))?.content.why
    }
    expect(await whyOf(ask({ why: 'confidence 0.4 is below 0.9' }, 'escalation'))).toBe('confidence 0.4 is below 0.9')
    expect(await whyOf(ask({ why: 'above 0.3' }, 'audit'))).toBe('a random check: above 0.3')
    expect(await whyOf(ask(undefined, 'escalation'))).toBeUndefined()
    const broken: typeof sure = { name: 'broken', predict: () => Promise.reject(new Error('no model today')) }
    expect(await whyOf(ask(undefined, 'escalation'), broken)).toBe('there is no proposal: no model today')
  })

  test('an answered review makes a case under its own name: what was shown, and what became of it', async () => {
    const system = await play(ground, async (run) => {
      for (const name of ['one', 'two', 'three']) await run.review(name, { subject: { text: 'Dear aunt' }, role: 'desk' })
      return run.review('four', { subject: 1, role: 'desk', quorum: 3 })
    })
    await system.start()
    await system.inbox.accept('r1:one', ann, { attentionMs: 700 })
    await system.rondo.idle()
    await system.inbox.edit('r1:two', ann, { text: 'Dear uncle' })
    await system.rondo.idle()
    await system.inbox.reject('r1:three', ann, 'warmer')
    await system.rondo.idle()
    await system.inbox.accept('r1:four', ann)
    await system.inbox.accept('r1:four', bob)
    await system.inbox.reject('r1:four', cat, 'two, please')
    await system.result()
    const kept = async (name: string) =>
      (await system.cases(name)).map((one) => ({ ...one, question: decode(one.question), answer: decode(one.answer) }))
    expect(await kept('one')).toMatchObject([
      {
        run: 'r1',
        path: 'one',
        question: { text: 'Dear aunt' },
        answer: { outcome: 'accepted' },
        origin: 'escalation',
        probability: 1,
        policy: 'review',
        by: 'ann',
        answers: [{ by: 'ann', attentionMs: 700 }],
      },
    ])
    expect(await kept('two')).toMatchObject([{ answer: { outcome: 'edited', value: { text: 'Dear uncle' } } }])
    expect(await kept('three')).toMatchObject([{ answer: { outcome: 'rejected', note: 'warmer' } }])
    const [four] = await kept('four')
    expect(four).toMatchObject({ answer: { outcome: 'accepted' }, by: 'ann, bob, cat' })
    expect(four?.answers?.map(({ answer }) => answer && decode(answer))).toEqual([
      undefined,
      undefined,
      { outcome: 'rejected', note: 'two, please' },
    ])
  })
})

test('about the asked share of questions is drawn, the same ones at every look', async () => {
  const drawn = async () => {
    const system = await play('memory', (run) =>
      run.map(
        'm',
        Array.from({ length: 400 }, (_, id) => ({ id })),
        (_, inner) => inner.decide(folder({ double: 0.25 }), question),
        { concurrency: 400 },
      ),
    )
    await system.start()
    const items = await system.inbox.list({ limit: 400 })
    return items.filter(({ content }) => content.blind === true).map(({ id }) => id)
  }
  const first = await drawn()
  expect(first.length).toBeGreaterThan(70)
  expect(first.length).toBeLessThan(130)
  expect(new Set(await drawn())).toEqual(new Set(first))
})

test('a share that is none is refused where the decision is defined', () => {
  expect(() => folder({ double: 1.5 })).toThrow(/it is a number from 0 to 1/)
})

test('of an open blind review nothing is shown but who has answered; of any other all of it', async () => {
  const system = await play('memory', (run) => run.decide(folder(), question))
  await system.start()
  await system.inbox.answer('r1:folder', ann, 'wanted', { note: 'aunt' })
  const review = await system.rondo.store.reviews.get('r1:folder')
  if (review === undefined) throw new Error('It is not asked.')
  expect(shownReview(review).answers).toEqual([{ by: 'ann', at: expect.any(Number), outcome: 'edited' }])
  expect(shownReview({ ...review, state: 'settled' }).answers).toMatchObject([{ value: '"wanted"', note: 'aunt' }])
})

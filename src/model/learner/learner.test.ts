import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Services } from '../../flow/service.ts'
import type { Store } from '../../journal/store.ts'
import { openMemoryStore } from '../../journal/stores/memory/memory.ts'
import { encode } from '../../json.ts'
import { caseStore, memoStore } from '../../learn/ground.ts'
import type { Asked, Predictor } from '../predictor.ts'
import { Embedder } from './embedder.ts'
import { Learner, learner, learnerParts } from './learner.ts'

type Question = { readonly text: string }
type Topic = 'card' | 'weather' | 'food'

const TOPICS: readonly Topic[] = ['card', 'weather', 'food']
const about: Asked<Topic> = { decision: 'topic', answer: z.enum(TOPICS), choices: TOPICS }
const parts = learnerParts()
const make = (newest?: number): Learner<Question, Topic> =>
  new Learner({ text: (question) => question.text.trim(), ...(newest !== undefined && { newest }) }, () => parts)

afterAll(async () => {
  await parts.embedder.close()
  await parts.trainer.close()
})

const SAYINGS: Record<Topic, readonly string[]> = {
  card: [
    'My card was declined',
    'I lost my bank card',
    'How do I block my card?',
    'The new card has not arrived',
    'Which cards do you offer?',
  ],
  weather: ['It rains all day', 'Will it snow tomorrow?', 'The sun is shining', 'A storm is coming', 'What a hot summer'],
  food: ['The soup was cold', 'I baked some bread', 'Which wine goes with fish?', 'Dinner is ready', 'She cooks pasta well'],
}

/** The first of the sayings, topics in turn, variants of them after that. */
function lessons(count: number): { text: string; topic: Topic }[] {
  return Array.from({ length: count }, (_, at) => {
    const topic = TOPICS[at % TOPICS.length] ?? 'card'
    const round = Math.floor(at / TOPICS.length)
    const saying = SAYINGS[topic][round % 5] ?? ''
    return { text: round < 5 ? saying : `${saying}, ${'really '.repeat(Math.floor(round / 5))}`, topic }
  })
}

function scopeOf(store: Store) {
  const services = new Services().provide(caseStore, store.cases).provide(memoStore, store.memos)
  return { service: services.get.bind(services) }
}

async function teach(store: Store, cases: readonly { text: string; topic: string }[]): Promise<void> {
  await store.cases.add(
    cases.map(({ text, topic }) => ({
      decision: 'topic',
      question: encode({ text }),
      answer: encode(topic),
      probability: 1,
      origin: 'import' as const,
    })),
  )
}

describe('the learner', () => {
  it('proposes nothing before its first training', async () => {
    const store = openMemoryStore()
    await teach(store, lessons(4))
    expect(await make().predict({ text: 'Is it raining?' }, about, scopeOf(store))).toMatchObject({
      answer: undefined,
      confidence: 0,
      detail: { cases: 0, runnersUp: [] },
    })
  })

  it('is never sure while all answers were the same', async () => {
    const store = openMemoryStore()
    await teach(
      store,
      lessons(150).filter(({ topic }) => topic === 'card'),
    )
    const { answer, confidence } = await make().predict({ text: 'Is it raining?' }, about, scopeOf(store))
    expect(answer).toBe('card')
    expect(confidence).toBeLessThanOrEqual(0.5)
  })

  it('learns what texts are about, and says what else it might have been', async () => {
    const store = openMemoryStore()
    await teach(store, lessons(15))
    const one = make()
    for (const [text, topic] of [
      ['My card is gone', 'card'],
      ['Is it going to rain?', 'weather'],
      ['I would like some fresh bread with the soup', 'food'],
    ]) {
      const { answer, confidence, detail, source } = await one.predict({ text: text ?? '' }, about, scopeOf(store))
      expect(answer).toBe(topic)
      expect(confidence).toBeGreaterThan(1 / 3)
      expect(confidence).toBeLessThan(0.95)
      expect(source).toBe('learner')
      expect(detail).toMatchObject({ cases: 15, runnersUp: [{ confidence: expect.any(Number) }, { confidence: expect.any(Number) }] })
    }
  })

  it('proposes the same after a restart, and in another system with the same cases', async () => {
    const [store, other] = [openMemoryStore(), openMemoryStore()]
    const lived = make()
    const question = { text: 'The storm ruined our dinner' }
    // It lived through every training; the others come to the cases at once.
    for (const lesson of lessons(55)) {
      await lived.predict({ text: lesson.text }, about, scopeOf(store))
      await teach(store, [lesson])
    }
    await teach(other, lessons(55))
    const proposal = await lived.predict(question, about, scopeOf(store))
    expect(proposal.detail).toMatchObject({ cases: 50 })
    expect(await make().predict(question, about, scopeOf(store))).toEqual(proposal)
    expect(await make().predict(question, about, scopeOf(other))).toEqual(proposal)
  })

  it('learns from the newest cases only, the same whether it followed or came late', async () => {
    const store = openMemoryStore()
    const lived = make(25)
    await teach(
      store,
      lessons(30).map(({ text }) => ({ text, topic: 'food' })),
    )
    await lived.predict({ text: 'Hello' }, about, scopeOf(store))
    await teach(store, lessons(20))
    const proposal = await lived.predict({ text: 'Is it going to rain?' }, about, scopeOf(store))
    expect(proposal).toMatchObject({ answer: 'weather', detail: { cases: 25 } })
    expect(await make(25).predict({ text: 'Is it going to rain?' }, about, scopeOf(store))).toEqual(proposal)
  })

  it('passes over cases with an answer that is no choice any more, or a question it cannot read', async () => {
    const store = openMemoryStore()
    await teach(
      store,
      lessons(20).map(({ text }) => ({ text, topic: 'retired' })),
    )
    await store.cases.add([
      { decision: 'topic', question: encode('once a plain text'), answer: encode('card'), probability: 1, origin: 'import' },
    ])
    await teach(store, lessons(4))
    expect((await make().predict({ text: 'My card' }, about, scopeOf(store))).answer).toBeUndefined()
    await teach(store, [{ text: 'Lunch', topic: 'food' }])
    expect((await make().predict({ text: 'My card' }, about, scopeOf(store))).detail).toMatchObject({ cases: 5 })
  })

  it('forgets an answer that was mended', async () => {
    const store = openMemoryStore()
    const one = (text: string, answer: Topic, run: string, origin: 'escalation' | 'correction') =>
      store.cases.add([
        { decision: 'topic', run, path: 'topic', question: encode({ text }), answer: encode(answer), probability: 1, origin },
      ])
    for (const [at, { text }] of lessons(10).entries()) await one(text, 'food', `run-${at}`, 'escalation')
    for (const [at, { text, topic }] of lessons(10).entries()) await one(text, topic, `run-${at}`, 'correction')
    const mended = await make().predict({ text: 'I lost my card' }, about, scopeOf(store))
    const clean = openMemoryStore()
    await teach(clean, lessons(10))
    expect(mended).toEqual(await make().predict({ text: 'I lost my card' }, about, scopeOf(clean)))
  })

  it('learns answers that are not choices, and compares them by value', async () => {
    const store = openMemoryStore()
    await store.cases.add(
      lessons(30).map(({ text, topic }) => ({
        decision: 'route',
        question: encode({ text }),
        answer: encode({ desk: topic }),
        probability: 1,
        origin: 'import' as const,
      })),
    )
    const route = new Learner<Question, { desk: string }>({ text: (question) => question.text }, () => parts)
    const proposal = await route.predict(
      { text: 'My card is gone' },
      { decision: 'route', answer: z.object({ desk: z.string() }), choices: undefined },
      scopeOf(store),
    )
    expect(proposal.answer).toEqual({ desk: 'card' })
  })

  it('takes an empty text for one that says nothing', async () => {
    const store = openMemoryStore()
    await teach(store, [...lessons(15), { text: '', topic: 'food' }])
    const { confidence } = await make().predict({ text: ' \n ' }, about, scopeOf(store))
    expect(confidence).toBeGreaterThan(0)
    expect(confidence).toBeLessThan(0.95)
  })

  it('fails with what to install when a package is missing, and recovers from a crashed training', async () => {
    const store = openMemoryStore()
    await teach(store, lessons(15))
    const missing = learnerParts(new Embedder({ core: '@energetic-ai/gone', embeddings: 'gone', model: 'gone' }))
    const lame = new Learner<Question, Topic>({ text: (question) => question.text }, () => missing)
    await expect(lame.predict({ text: 'My card' }, about, scopeOf(store))).rejects.toMatchObject({ code: 'package_missing' })
    await missing.embedder.close()

    const own = learnerParts(parts.embedder)
    const crashing = new Learner<Question, Topic>({ text: (question) => question.text }, () => own)
    const call = own.trainer.call.bind(own.trainer)
    own.trainer.call = (ask, transfer) => {
      own.trainer.call = call
      const answer = call(ask, transfer)
      void own.trainer.close()
      return answer
    }
    await expect(crashing.predict({ text: 'My card' }, about, scopeOf(store))).rejects.toMatchObject({ code: 'model_failed' })
    await expect(crashing.predict({ text: 'My card' }, about, scopeOf(store))).resolves.toMatchObject({ answer: 'card' })
    await own.trainer.close()
  })

  it('is a predictor of whatever question its text is made of', () => {
    const predictor: Predictor<{ subject: string }, 'spam' | 'wanted'> = learner({ text: (mail) => mail.subject })
    expect(predictor.name).toBe('learner')
  })

  it('refuses a window that is too small to learn in', () => {
    expect(() => make(3)).toThrow(expect.objectContaining({ code: 'invalid_definition' }))
  })
})

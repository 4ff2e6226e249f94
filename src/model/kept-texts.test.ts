import { expect, test } from 'vitest'
import { ManualClock } from '../clock.ts'
import type { MemoStore } from '../journal/store.ts'
import { openMemoryStore } from '../journal/stores/memory/memory.ts'
import { KeptTexts, revisionOf } from './kept-texts.ts'

const asked = (version: string, text: string): Parameters<KeptTexts['asked']>[1] => ({
  version: version.repeat(64),
  text,
  model: 'openai/gpt-5-mini',
  partials: { foot: 'Yours' },
})

function counted(memos: MemoStore): MemoStore & { calls: number } {
  const counting = {
    calls: 0,
    get: (space: string, key: string) => {
      counting.calls += 1
      return memos.get(space, key)
    },
    put: (space: string, key: string, value: Uint8Array) => {
      counting.calls += 1
      return memos.put(space, key, value)
    },
  }
  return counting
}

test('a version that is asked again costs the store nothing, and one process finds what another kept', async () => {
  const { memos } = openMemoryStore()
  const clock = new ManualClock(1000)
  const first = counted(memos)
  const kept = new KeptTexts(first, clock)
  kept.asked('reply', asked('a', 'Hello'))
  await kept.index('reply')
  const calls = first.calls
  for (let again = 0; again < 100; again += 1) kept.asked('reply', asked('a', 'Hello'))
  await Promise.resolve()
  expect(first.calls).toBe(calls)
  const second = new KeptTexts(memos, clock)
  second.asked('reply', asked('a', 'Hello'))
  expect(await second.find('reply', 'aaaaaaaa')).toEqual({
    name: 'reply',
    revision: revisionOf('Hello'),
    text: 'Hello',
    at: 1000,
    version: 'a'.repeat(64),
    model: 'openai/gpt-5-mini',
    partials: { foot: 'Yours' },
  })
  expect((await second.index('reply')).versions).toHaveLength(1)
  expect(await second.find('other', 'aaaaaaaa')).toBeUndefined()
})

test('versions and texts that come at once are all listed, and a text is listed once', async () => {
  const kept = new KeptTexts(openMemoryStore().memos, new ManualClock(0))
  for (const version of ['a', 'b', 'c']) kept.asked('reply', asked(version, version === 'c' ? 'One' : 'Both'))
  await Promise.all([kept.written('reply', 'Two', 'ann'), kept.written('reply', 'Three', 'bob'), kept.written('reply', 'One', 'bob')])
  const { texts, versions } = await kept.index('reply')
  expect(versions.map(({ version }) => version[0])).toEqual(['a', 'b', 'c'])
  expect(texts.map(({ revision, by }) => [revision, by])).toEqual([
    [revisionOf('Both'), undefined],
    [revisionOf('One'), undefined],
    [revisionOf('Two'), 'ann'],
    [revisionOf('Three'), 'bob'],
  ])
})

test('what could not be kept is tried again with the next ask', async () => {
  const { memos } = openMemoryStore()
  let broken = true
  const failing: MemoStore = { get: (...key) => (broken ? Promise.reject(new Error('full')) : memos.get(...key)), put: memos.put }
  const kept = new KeptTexts(failing, new ManualClock(0))
  kept.asked('reply', asked('a', 'Hello'))
  await expect(kept.index('reply')).rejects.toThrow('full')
  broken = false
  kept.asked('reply', asked('a', 'Hello'))
  expect((await kept.index('reply')).versions).toHaveLength(1)
})

test('a label is moved, taken away, and never mistaken for a version', async () => {
  const kept = new KeptTexts(openMemoryStore().memos, new ManualClock(7))
  const [one, two] = [await kept.written('reply', 'One'), await kept.written('reply', 'Two')]
  await kept.label('reply', 'draft', one, 'ann')
  expect(await kept.find('reply', 'draft')).toMatchObject({ text: 'One' })
  expect(await kept.label('reply', 'draft', two, 'bob')).toEqual({ label: 'draft', revision: two, at: 7, by: 'bob' })
  expect(await kept.find('reply', 'draft')).toMatchObject({ text: 'Two' })
  await kept.label('reply', 'draft', undefined)
  expect(await kept.find('reply', 'draft')).toBeUndefined()
  for (const label of ['deadbeef', '', '.x', 'a b', 'a/b', 'x'.repeat(41)])
    expect(() => kept.label('reply', label, one)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
  await expect(kept.label('reply', 'fine', 'f'.repeat(64))).rejects.toMatchObject({ code: 'prompt_unknown' })
})

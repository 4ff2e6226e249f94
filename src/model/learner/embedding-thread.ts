/**
 * The body of the thread that turns texts into vectors: a small pretrained transformer (Universal Sentence Encoder lite) on
 * WebAssembly, from npm packages that the user installs.
 *
 * Owns: loading the model from the package's own files, and running it. Never: touches the network.
 * Invariant: the vector of a text does not depend on what else is asked at the same time. The model pads the texts of one run to the
 * longest, and that moves the last bits of the shorter ones; so only texts of equally many tokens run together.
 */
import { workerData } from 'node:worker_threads'
import { DIMENSIONS } from './classifier.ts'
import { answerCalls, PackageMissing } from './thread.ts'

/** Names of the packages: a test can name one that is not there. */
export interface EmbeddingPackages {
  readonly core: string
  readonly embeddings: string
  readonly model: string
}

/**
 * Tokens read of a text, of the 128 the model can: half the time. What stands further on is seen through the buckets, and on real
 * mail the error is the same.
 */
const TOKENS_READ = 64
const TEXTS_AT_ONCE = 32

// What is used of the packages; their own types lean on packages that they do not bring along.

interface Tensor {
  data(): Promise<Float32Array>
}

interface Core {
  tensor1d(values: readonly number[], type: 'int32'): Tensor
  tensor2d(values: readonly (readonly number[])[], shape: readonly [number, number], type: 'int32'): Tensor
  dispose(tensors: readonly Tensor[]): void
}

interface EmbeddingsModel {
  readonly tokenizer: { encode(text: string): number[] }
  readonly model: { executeAsync(inputs: { readonly indices: Tensor; readonly values: Tensor }): Promise<Tensor> }
}

interface Embeddings {
  initModel(source: unknown): Promise<EmbeddingsModel>
}

interface Loaded {
  readonly core: Core
  readonly model: EmbeddingsModel
}

let loading: Promise<Loaded> | undefined

async function load(packages: EmbeddingPackages): Promise<Loaded> {
  const core: Core = await installed(packages.core)
  const embeddings: Embeddings = await installed(packages.embeddings)
  const { modelSource }: { modelSource: unknown } = await installed(packages.model)
  return { core, model: await embeddings.initModel(modelSource) }
}

async function installed<Package>(name: string): Promise<Package> {
  try {
    return await import(name)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') throw new PackageMissing(name, { cause: error })
    throw error
  }
}

/** The vectors one after the other. */
async function embed(texts: readonly string[]): Promise<Float32Array<ArrayBuffer>> {
  loading ??= load(workerData)
  const { core, model } = await loading.catch((error) => {
    loading = undefined
    throw error
  })
  const vectors = new Float32Array(texts.length * DIMENSIONS)
  for (const alike of ofEqualLength(texts.map((text) => model.tokenizer.encode(text).slice(0, TOKENS_READ)))) {
    const length = alike[0]?.tokens.length ?? 0
    if (length === 0) continue
    const places = alike.flatMap((_, row) => Array.from({ length }, (__, column) => [row, column]))
    const indices = core.tensor2d(places, [places.length, 2], 'int32')
    const values = core.tensor1d(
      alike.flatMap(({ tokens }) => tokens),
      'int32',
    )
    const output = await model.model.executeAsync({ indices, values })
    const rows = await output.data()
    core.dispose([indices, values, output])
    for (const [row, { at }] of alike.entries()) vectors.set(rows.slice(row * DIMENSIONS, (row + 1) * DIMENSIONS), at * DIMENSIONS)
  }
  return vectors
}

interface Tokenised {
  readonly at: number
  readonly tokens: readonly number[]
}

/** Groups of texts with equally many tokens, none larger than what runs at once. */
function ofEqualLength(texts: readonly (readonly number[])[]): Tokenised[][] {
  const byLength = Map.groupBy(
    texts.map((tokens, at): Tokenised => ({ at, tokens })),
    ({ tokens }) => tokens.length,
  )
  return [...byLength.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / TEXTS_AT_ONCE) }, (_, part) =>
      group.slice(part * TEXTS_AT_ONCE, (part + 1) * TEXTS_AT_ONCE),
    ),
  )
}

answerCalls(embed, (vectors) => [vectors.buffer])

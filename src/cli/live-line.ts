/**
 * Lines that scroll by on stderr, and below them, in a terminal, one line that is redrawn: what is going on, or a progress bar.
 */
import { forStderr, paint } from './output.ts'
import { counted, cut } from './text.ts'

const BAR = 28
const REDRAW_MS = 80
const LOG_MS = 5000

export class LiveLine {
  readonly #stream = process.stderr
  readonly #quiet: boolean
  #text = ''
  #drawnAt = 0

  constructor(options: { readonly quiet: boolean }) {
    this.#quiet = options.quiet
  }

  /** A line that stays. */
  print(line: string): void {
    if (this.#quiet) return
    this.#stream.write(this.#live ? `\r\u001b[K${line}\n` : `${forStderr(line)}\n`)
    this.#draw()
  }

  /** The line that is redrawn; empty takes it away. Nothing outside of a terminal. */
  set(text: string): void {
    if (text === this.#text) return
    this.#text = text
    if (performance.now() - this.#drawnAt >= REDRAW_MS || text === '') this.#draw()
  }

  /** How far something long is: a bar in a terminal, now and then a line elsewhere. */
  progress(done: number, total: number, one: string): void {
    const share = total === 0 ? 1 : Math.min(1, done / total)
    const filled = Math.round(share * BAR)
    const text = `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${done.toLocaleString('en-US')} of ${counted(total, one)}`
    if (this.#live) this.set(text)
    if (this.#live || this.#quiet || (performance.now() - this.#drawnAt < LOG_MS && done < total)) return
    this.#drawnAt = performance.now()
    this.#stream.write(`${done.toLocaleString('en-US')} of ${counted(total, one)}\n`)
  }

  end(): void {
    if (this.#live && this.#text !== '') this.#stream.write('\r\u001b[K')
    this.#text = ''
  }

  get #live(): boolean {
    return this.#stream.isTTY === true && !this.#quiet
  }

  #draw(): void {
    if (!this.#live) return
    this.#drawnAt = performance.now()
    // A terminal that does not know its width says 0.
    const width = this.#stream.columns || 80
    this.#stream.write(`\r\u001b[K${paint('dim', cut(this.#text, width - 1), this.#stream)}`)
  }
}

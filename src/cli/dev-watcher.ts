/**
 * The watcher of `rondo dev`: starts the system in a child process, and again whenever a file of the project changes.
 *
 * Invariants:
 *   W1. There is at most one child: the next starts when the last has ended, for a database has one owner.
 *   W2. A child that cannot start leaves the watcher waiting for a change; one that was refused the database ends it.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { type FSWatcher, watch } from 'node:fs'
import { sep } from 'node:path'
import { systemClock } from '../clock.ts'
import { EXIT } from './exits.ts'
import { Output, paint } from './output.ts'
import { clockTime, oneLine } from './text.ts'

const SETTLE_MS = 120
/** How long work under way has to end: what is killed in a `write` becomes a question to people. */
const GRACE_MS = { reload: 30_000, end: 5000 } as const
const PATIENCE_MS = 1500
const IGNORED = new Set(['node_modules', '.rondo', 'dist', '.git', 'coverage'])
/** What can change the system: code, prompts, settings. A flow may write what else it likes beside them. */
const COUNTS = /\.([cm]?[jt]s|prompt)$|(^|[/\\])(package\.json|\.env[^/\\]*)$/

export interface DevOptions {
  /** The folder whose changes count. */
  readonly folder: string
  readonly json: boolean
}

/** Watches until Ctrl-C, or until the database is refused. Resolves with the exit code. */
export function superviseDev(options: DevOptions): Promise<number> {
  return new DevWatcher(options).run()
}

class DevWatcher {
  readonly #folder: string
  readonly #output: Output
  readonly #ended = Promise.withResolvers<number>()
  #child: ChildProcess | undefined
  #state: 'running' | 'restarting' | 'ending' = 'running'
  #settling: (() => void) | undefined
  /** Takes back what was set for the case that the child does not end. */
  #letBe: () => void = () => undefined
  #interrupts = 0

  constructor({ folder, json }: DevOptions) {
    this.#folder = folder
    this.#output = new Output(json)
  }

  async run(): Promise<number> {
    const watcher = this.#watch()
    const interrupt = (): void => this.#interrupt()
    process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
    this.#start()
    try {
      return await this.#ended.promise
    } finally {
      watcher.close()
      this.#settling?.()
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
    }
  }

  #watch(): FSWatcher {
    return watch(this.#folder, { recursive: true, ignore: isIgnored }, (_, name) => {
      if (name !== null && counts(name)) this.#changed(name)
    }).on('error', (error) => this.#output.note(`! ${this.#folder} cannot be watched any more: ${oneLine(error.message)}`))
  }

  /** Editors write in several steps: the last one in a while counts. */
  #changed(name: string): void {
    this.#settling?.()
    this.#settling = systemClock.at(systemClock.now() + SETTLE_MS, () => {
      if (this.#state !== 'running') return
      this.#output.note(paint('dim', `${clockTime(systemClock.now())}  ${oneLine(name)} changed, starting again`, process.stderr))
      if (this.#child === undefined) this.#start()
      else {
        this.#state = 'restarting'
        this.#stop(GRACE_MS.reload)
      }
    })
  }

  #start(): void {
    this.#state = 'running'
    const [script = ''] = process.argv.slice(1)
    this.#child = fork(script, process.argv.slice(2), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#child.once('exit', (code, signal) => this.#left(code, signal))
  }

  #stop(graceMs: number): void {
    this.#letBe()
    const child = this.#child
    if (child?.connected === true) child.send('stop')
    const now = systemClock.now()
    const say = systemClock.at(now + PATIENCE_MS, () =>
      this.#output.note(paint('dim', 'Waiting for work under way to end …', process.stderr)),
    )
    const kill = systemClock.at(now + graceMs, () => child?.kill('SIGKILL'))
    this.#letBe = () => {
      say()
      kill()
    }
  }

  #left(code: number | null, signal: NodeJS.Signals | null): void {
    this.#child = undefined
    this.#letBe()
    if (this.#state === 'ending') this.#ended.resolve(EXIT.ok)
    else if (this.#state === 'restarting') this.#start()
    else if (code === EXIT.refused) this.#ended.resolve(code)
    else this.#sayWaiting(signal === null ? `It ended with code ${code}` : `It was ended by ${signal}`)
  }

  #sayWaiting(why: string): void {
    this.#output.note(paint('yellow', `${why}. Waiting for a change to start again; Ctrl-C ends.`, process.stderr))
  }

  #interrupt(): void {
    this.#interrupts += 1
    this.#state = 'ending'
    if (this.#child === undefined) this.#ended.resolve(EXIT.ok)
    else if (this.#interrupts === 1) this.#stop(GRACE_MS.end)
    else this.#child.kill('SIGKILL')
  }
}

/** Whether a change of this file, relative to the folder, may change the system. */
export function counts(name: string): boolean {
  return COUNTS.test(name) && !isIgnored(name)
}

function isIgnored(name: string): boolean {
  return name.split(sep).some((part) => IGNORED.has(part))
}

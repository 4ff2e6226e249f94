/**
 * A project in a folder of its own, and the real command line on it: what the tests of the CLI share.
 *
 * The project's `node_modules/rondo` is this checkout's source, so nothing has to be built.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..')
export const MAIN = join(ROOT, 'src', 'cli', 'main.ts')

/** Of util-linux: runs a command at a terminal of its own. */
const TERMINAL = 'script'

export interface Said {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Settings {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
}

export const FLOWS = `
import { decision, flow } from 'rondo'
import { threshold } from 'rondo/autonomy'
import { z } from 'zod'

const folder = decision({
  name: 'folder',
  title: 'Which folder?',
  question: z.object({ subject: z.string() }),
  answer: z.enum(['personal', 'list', 'spam']),
  predictor: { name: 'fixed', predict: async () => ({ answer: 'list', confidence: 0.6, source: 'recorded', version: '1' }) },
  people: { role: 'mail-desk' },
  autonomy: threshold(0.9),
})

export const desk = flow({
  name: 'desk',
  input: z.object({ subject: z.string() }),
  output: z.object({ folder: z.string(), text: z.string() }),
  async run(run, { subject }) {
    const { value } = await run.decide(folder, { subject })
    const text = await run.loop('draft', { rounds: 5 }, {}, async (turn, { critique }: { critique?: string }) => {
      const draft = await run.step('write', () => 'Draft ' + turn.round + ': ' + (critique ?? 'first'), { effect: 'none' })
      const review = await run.review('approve', { subject: { draft }, title: 'Send this reply?', role: 'mail-desk' })
      return review.outcome === 'rejected' ? turn.again({ critique: review.note }) : turn.done(review.outcome === 'expired' ? '' : review.value.draft)
    })
    return { folder: value, text }
  },
})

export const hello = flow({
  name: 'hello',
  input: z.object({ name: z.string().default('you') }),
  output: z.string(),
  async run(run, { name }) {
    return run.step('greet', () => 'Hello, ' + name)
  },
})

export const bad = flow({
  name: 'bad',
  input: z.object({}),
  output: z.string(),
  async run(run) {
    return run.step('try', () => {
      throw new Error('no \\u001b[31mluck')
    }, { effect: 'read', retry: { attempts: 2, first: 20 } })
  },
})

export const stuck = flow({
  name: 'stuck',
  input: z.object({}),
  output: z.unknown(),
  async run(run) {
    const sent = await run.step('send', ({ emit }) => {
      emit({ type: 'progress', message: 'sending' })
      return new Promise((resolve) => setTimeout(resolve, 600_000))
    })
    return run.loop('tries', { rounds: 1 }, 0, async (turn, count) => (turn.round === 1 ? turn.done(sent ?? 'nothing') : turn.again(count + 1)))
  },
})

export const pay = flow({
  name: 'pay',
  input: z.object({}),
  output: z.unknown(),
  async run(run) {
    return run.signal('paid')
  },
})
`

const CONFIG = `
import { defineConfig } from 'rondo'
import { bad, desk, hello, pay, stuck } from './flows/desk.ts'
export default defineConfig({ flows: [desk, hello, bad, pay, stuck] })
`

export class TestProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'rondo-cli-'))
  readonly #children = new Set<ChildProcess>()

  /** A project with flows, or an empty folder in which Rondo can be imported. */
  static make(options: { empty?: boolean } = {}): TestProject {
    const project = new TestProject()
    project.install('.')
    if (options.empty !== true) {
      project.write('package.json', '{"type":"module"}')
      project.write('flows/desk.ts', FLOWS)
      project.write('rondo.config.ts', CONFIG)
    }
    return project
  }

  /** Puts this checkout where `npm install` would put the package. */
  install(under: string): void {
    const modules = join(this.folder, under, 'node_modules')
    mkdirSync(join(modules, 'rondo'), { recursive: true })
    symlinkSync(join(ROOT, 'src'), join(modules, 'rondo', 'src'))
    for (const name of ['zod', '@types']) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
    const door = (name: string) => `./src/${name}.ts`
    const exports = { '.': door('index'), './autonomy': door('autonomy'), './learner': door('learner') }
    writeFileSync(join(modules, 'rondo', 'package.json'), JSON.stringify({ name: 'rondo', type: 'module', exports }))
  }

  write(name: string, text: string): void {
    const file = join(this.folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8')
  }

  /** Runs the command line to its end. */
  async rondo(args: readonly string[], settings: Settings = {}): Promise<Said> {
    const child = this.#spawn(process.execPath, [MAIN, ...args], settings)
    const said = listen(child)
    child.stdin?.end(settings.stdin ?? '')
    const [code] = await ended(child)
    const { stdout, stderr } = said()
    return { code, stdout, stderr }
  }

  /** Runs it with --json, and gives what stdout holds. */
  async json<Document>(args: readonly string[], settings: Settings = {}): Promise<Document> {
    const { stdout, stderr } = await this.rondo([...args, '--json'], settings)
    if (stdout === '') throw new Error(`"rondo ${args.join(' ')}" said nothing on stdout, and on stderr: ${stderr}`)
    return JSON.parse(stdout)
  }

  /** Starts the command line, and leaves it running. */
  start(args: readonly string[], settings: Settings = {}): Running {
    return new Running(this.#spawn(process.execPath, [MAIN, ...args], settings))
  }

  /** Starts it at a terminal of its own. */
  atTerminal(args: readonly string[], settings: Settings = {}): Running {
    const words = [process.execPath, MAIN, ...args].map((part) => `'${part}'`).join(' ')
    // A shell that stayed would take Ctrl-C, too, and end with 130 whatever its command ended with.
    const line = `exec ${words}`
    const env = { TERM: 'xterm-256color', ...settings.env }
    return new Running(this.#spawn(TERMINAL, ['--quiet', '--flush', '--return', '--command', line, '/dev/null'], { ...settings, env }))
  }

  async end(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL')
    await Promise.all([...this.#children].map((child) => ended(child)))
    rmSync(this.folder, { recursive: true, force: true })
  }

  #spawn(command: string, args: readonly string[], { env = {}, cwd = this.folder }: Settings): ChildProcess {
    // Under CI, Node takes no terminal for one with colours.
    const { NO_COLOR: _, FORCE_COLOR: __, NODE_OPTIONS: ___, CI: ____, ...inherited } = process.env
    const child = spawn(command, args, { cwd, env: { ...inherited, RONDO_MODEL: '', EDITOR: '', VISUAL: '', RONDO_AS: 'ada', ...env } })
    this.#children.add(child)
    child.once('exit', () => this.#children.delete(child))
    return child
  }
}

/** A command line under way. */
export class Running {
  readonly #child: ChildProcess
  readonly #said: ReturnType<typeof listen>
  #seen = 0

  constructor(child: ChildProcess) {
    this.#child = child
    this.#said = listen(child)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** All it has said so far, without colours. */
  get text(): string {
    return stripped(this.#said().all)
  }

  /** The same, as the terminal gets it. */
  get raw(): string {
    return this.#said().all
  }

  /** Waits until it says something that it had not said at the last `says`. */
  async says(what: string | RegExp, ms = 20_000): Promise<string> {
    const since = performance.now()
    for (;;) {
      const text = this.text
      const found = typeof what === 'string' ? text.indexOf(what, this.#seen) : text.slice(this.#seen).search(what) + this.#seen
      const missed = typeof what === 'string' ? found < 0 : text.slice(this.#seen).search(what) < 0
      if (!missed) {
        this.#seen = found + 1
        return text.slice(found)
      }
      if (this.#child.exitCode !== null || performance.now() - since > ms) throw new Error(`It did not say ${String(what)}:\n${text}`)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys)
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async ended(): Promise<number | null> {
    const [code] = await ended(this.#child)
    return code
  }
}

export const hasTerminal = spawnSync(TERMINAL, ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true

function listen(child: ChildProcess): () => { stdout: string; stderr: string; all: string } {
  const said = { stdout: '', stderr: '', all: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text
    said.all += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text
    said.all += text
  })
  return () => ({ ...said })
}

function ended(child: ChildProcess): Promise<[number | null]> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve([child.exitCode])
  return new Promise((resolve) => child.once('close', (code) => resolve([code])))
}

function stripped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours and cursor movements
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replaceAll('\r', '')
}

/**
 * `rondo init` and `rondo doctor`: a new project runs as it is, and what is wrong with one is said with what to do.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { json, startOpenAiServer } from '../support/openai-server.ts'
import { ROOT, TestProject } from './project.ts'

interface Report {
  readonly ok: boolean
  readonly checks: readonly { readonly name: string; readonly state: string; readonly message: string }[]
}

let project: TestProject
beforeEach(() => {
  project = TestProject.make({ empty: true })
})
afterEach(() => project.end())

describe('rondo init', () => {
  it('says what cannot be written, and where', async () => {
    writeFileSync(join(project.folder, 'taken'), 'a file')
    const { code, stderr } = await project.rondo(['init', 'taken'])
    expect(code).toBe(5)
    expect(stderr).toMatch(/^✗ \S+taken\/package\.json cannot be written .*E[A-Z]+.*\. Name a folder/)
    expect(stderr).not.toContain('    at ')
  })

  it('makes a project that type-checks and runs to its end, with no model and no key', async () => {
    const made = await project.rondo(['init', 'My Desk!'])
    expect(made.stdout).toContain('+ flows/support.ts')
    const cwd = join(project.folder, 'My Desk!')
    project.install('My Desk!')
    expect(JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'))).toMatchObject({ name: 'my-desk', type: 'module' })
    const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
    // Rondo is here as source, which has type checks of its own: what is said of the project's files counts.
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', '.'], { cwd, encoding: 'utf8' })
    expect(stdout.split('\n').filter((line) => /^\w[^/]*(\/\w[^/]*)?\.ts\(/.test(line))).toEqual([])
    const run = ['run', 'support', '--id', 's1', '--input', '@message.json', '--wait', '700ms']
    expect((await project.rondo(run, { cwd })).code).toBe(6)
    await project.rondo(['inbox', 'accept', 's1'], { cwd })
    expect((await project.rondo(run, { cwd })).code).toBe(6)
    await project.rondo(['inbox', 'accept', 's1'], { cwd })
    expect(await project.json(run, { cwd })).toMatchObject({ run: { status: 'completed', output: { topic: 'billing' } } })
    expect(readFileSync(join(cwd, 'outbox.txt'), 'utf8')).toMatch(/^To: ada@example.com\nThank you/)
    expect(await project.json<Report>(['doctor'], { cwd })).toMatchObject({ ok: true })
  })

  it('drafts with a model once one is named, and the timeline says which, with tokens and money', async () => {
    const server = await startOpenAiServer([json({ reply: 'Dear Ada, …' }, { usage: { input: 1200, output: 300 } })])
    try {
      await project.rondo(['init'])
      project.write('.env', `RONDO_MODEL=openai/gpt-5-mini\nOPENAI_API_KEY=sk-test-key\nOPENAI_BASE_URL=${server.url}\n`)
      const env = { RONDO_MODEL: undefined, OPENAI_API_KEY: undefined, OPENAI_BASE_URL: undefined }
      const run = ['run', 'support', '--id', 's1', '--input', '@message.json', '--wait', '1s']
      await project.rondo(run, { env })
      await project.rondo(['inbox', 'accept', 's1'], { env })
      const said = await project.rondo(run, { env })
      expect(said.stderr).toMatch(
        /reply\/call\S* .*1,500 tokens · \$0\.\d+ .*Dear Ada[\s\S]*reply .*openai\/gpt-5-mini → \{ reply: "Dear Ada, …" \}/,
      )
      const shown = await project.rondo(['show', 's1'], { env })
      expect(shown.stdout).toMatch(/used +1,500 tokens · \$0\.\d+/)
      expect(shown.stdout).toMatch(/draft +loop +\S+ +1,500 tokens/)
      const step = await project.rondo(['show', 's1', '--step', 'draft[0]/reply', '--all'], { env })
      expect(step.stdout).toContain('I was charged twice for invoice 1815')
      expect(said.stdout + said.stderr + shown.stdout + step.stdout).not.toContain('sk-test-key')
    } finally {
      await server.close()
    }
  })

  it('keeps what is there, and refuses a folder that is a project already', async () => {
    project.write('README.md', 'mine')
    expect(await project.json(['init'])).toMatchObject({ kept: ['README.md'] })
    expect(readFileSync(join(project.folder, 'README.md'), 'utf8')).toBe('mine')
    expect(await project.rondo(['init'])).toMatchObject({ code: 4, stderr: expect.stringContaining('already') })
  })
})

describe('rondo doctor', () => {
  const about = async (name: string, settings = {}): Promise<string[]> => {
    const { checks } = await project.json<Report>(['doctor'], settings)
    return checks.filter((check) => check.name === name).map(({ state, message }) => `${state}: ${message}`)
  }

  it('names the place where a config is wrong, and exits with 1', async () => {
    project.write('package.json', '{"type":"module"}')
    project.write('rondo.config.ts', `import { flow } from 'rondo'\nenum Colour { red }\nexport default { flows: [] }\n`)
    expect((await project.rondo(['doctor'])).code).toBe(1)
    const [said] = await about('config')
    expect(said).toMatch(/^fail: rondo\.config\.ts:2: [\s\S]*enum Colour[\s\S]*unions?/i)
  })

  it('says that a prompt cannot be read, and that a key is missing without ever printing one', async () => {
    project.write('rondo.config.ts', 'export default { flows: [] }\n')
    project.write('prompts/good.prompt', 'Hello {{name}}\n')
    project.write('prompts/broken.prompt', '{{#if x}}never closed\n')
    expect((await about('prompts')).map((line) => line.split(':')[0])).toEqual(['ok', 'fail'])
    expect(await about('model', { env: { RONDO_MODEL: 'openai/gpt-5-mini', OPENAI_API_KEY: '', OPENAI_BASE_URL: '' } })).toEqual([
      expect.stringMatching(/^fail: .*OPENAI_API_KEY/),
    ])
    const keyed = await project.rondo(['doctor'], { env: { RONDO_MODEL: 'openai/gpt-5-mini', OPENAI_API_KEY: 'sk-very-secret' } })
    expect(keyed.stdout).toContain('OPENAI_API_KEY set')
    expect(keyed.stdout + keyed.stderr).not.toContain('sk-very-secret')
  })

  it('finds runs whose flow is gone, who drives the database, and a file that is none', async () => {
    const other = TestProject.make()
    try {
      await other.rondo(['run', 'pay', '--id', 'lost', '--detach'])
      const dev = other.start(['dev', '--no-watch'])
      await dev.says('5 flows')
      other.write('few.config.ts', 'export default { flows: [] }\n')
      const { checks } = await other.json<Report>(['doctor', '--config', 'few.config.ts'])
      expect(checks).toContainEqual({ name: 'flows', state: 'warn', message: expect.stringContaining('"pay"') })
      expect(checks).toContainEqual({ name: 'owner', state: 'info', message: expect.stringContaining(`Process ${dev.pid} `) })
      const said = await other.rondo(['doctor', '--config', 'few.config.ts'])
      const warned = checks.filter(({ state }) => state === 'warn').length
      expect(warned).toBeGreaterThan(0)
      expect(said.code).toBe(0)
      expect(said.stdout).toContain(`Nothing has to be mended; ${warned} warning${warned === 1 ? '' : 's'} above.`)
      expect(said.stdout).not.toContain('All is well')
      other.write('broken.db', 'this is no database, whatever its name says'.repeat(30))
      const broken = await other.rondo(['doctor', '--db', 'broken.db'])
      expect(broken.code).toBe(1)
      expect(broken.stdout).toMatch(/✗ database .*no SQLite database/)
    } finally {
      await other.end()
    }
  })
})

it('shows an overview when it is given nothing, and help with examples for each command', { timeout: 120_000 }, async () => {
  const overview = await project.rondo([])
  expect(overview.code).toBe(0)
  const commands = [...overview.stdout.matchAll(/^ {2}([a-z]+) .*/gm)].map(([, name]) => name ?? '').filter((name) => name !== 'help')
  // One file each, but for those that ask something of a run.
  const files = readdirSync(join(ROOT, 'src/cli/commands')).map((file) => file.slice(0, -'.ts'.length))
  const expected = [...files.filter((file) => file !== 'requests'), 'cancel', 'pause', 'resume', 'retry']
  expect(commands.toSorted()).toEqual(expected.toSorted())
  const helps = await Promise.all(commands.map((name) => project.rondo(['help', name])))
  for (const help of helps) expect(help).toMatchObject({ code: 0, stdout: expect.stringMatching(/Examples:\n {2}\$ rondo/) })
})

/**
 * The command line on runs: starting, reading, asking, signalling and removing them, and what it says when that cannot be.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestProject } from './project.ts'

interface RunDocument {
  readonly id: string
  readonly flow: string
  readonly status: string
  readonly output?: unknown
  readonly key?: string
}

let project: TestProject
beforeAll(() => {
  project = TestProject.make()
})
afterAll(() => project.end())

const started = async (flow: string, ...rest: string[]): Promise<RunDocument> =>
  (await project.json<{ run: RunDocument }>(['run', flow, ...rest])).run

describe('rondo run', () => {
  it('prints the output on stdout, and what happened on stderr', async () => {
    const said = await project.rondo(['run', 'hello', '--input', '{"name":"Ada"}'])
    expect(said.code).toBe(0)
    expect(said.stdout).toBe('Hello, Ada\n')
    expect(said.stderr).toMatch(/hello {2}started[\s\S]*✓ greet[\s\S]*✓ completed/)
  })

  it('prints the run as JSON, and nothing else', async () => {
    const said = await project.rondo(['run', 'hello', '--json'])
    expect(said.stderr).toBe('')
    expect(JSON.parse(said.stdout)).toMatchObject({
      run: { flow: 'hello', status: 'completed', input: { name: 'you' }, output: 'Hello, you' },
    })
  })

  it('takes the input from a file, and from a pipe', async () => {
    project.write('input.json', '{"name":"File"}')
    expect((await started('hello', '--input', '@input.json')).output).toBe('Hello, File')
    const piped = await project.json<{ run: RunDocument }>(['run', 'hello', '--input', '-'], { stdin: '{"name":"Pipe"}' })
    expect(piped.run.output).toBe('Hello, Pipe')
  })

  it('starts one run for one key, and refuses the key with another input', async () => {
    const first = await started('hello', '--key', 'k1', '--input', '{"name":"One"}')
    const again = await started('hello', '--key', 'k1', '--input', '{"name":"One"}')
    expect(again.id).toBe(first.id)
    const other = await project.rondo(['run', 'hello', '--key', 'k1', '--input', '{"name":"Two"}', '--json'])
    expect(other.code).toBe(4)
    expect(JSON.parse(other.stderr)).toMatchObject({ error: { code: 'run_conflict' } })
  })

  it('exits with 1 when the run fails, and lets no control character of its error through', async () => {
    const said = await project.rondo(['run', 'bad', '--id', 'bad-1'])
    expect(said.code).toBe(1)
    expect(said.stderr).toContain('attempt 1 failed')
    expect(said.stderr).toContain('no ␛[31mluck')
    expect(said.stderr).not.toContain('\u001b[31mluck')
  })

  it('exits with 6 when --wait is over, with the run as it stands', async () => {
    const said = await project.rondo(['run', 'desk', '--id', 'waits', '--input', '{"subject":"x"}', '--wait', '1s', '--json'])
    expect(said.code).toBe(6)
    expect(JSON.parse(said.stdout)).toMatchObject({ run: { id: 'waits', status: 'waiting' } })
  })

  it.each([
    ['an unknown flow', ['run', 'nope'], 3, 'flow_unknown', 'desk, hello, bad, pay, stuck'],
    ['input that is no JSON', ['run', 'hello', '--input', '{oops'], 2, 'usage', '--input takes JSON'],
    ['input that does not fit', ['run', 'hello', '--input', '{"name":1}'], 2, 'invalid_input', 'name'],
    ['a file that is not there', ['run', 'hello', '--input', '@none.json'], 2, 'usage', 'none.json'],
    ['an unknown option', ['run', 'hello', '--bogus'], 2, 'usage', '--bogus'],
    ['a misspelt command', ['rnu', 'hello'], 2, 'usage', 'run'],
    ['an unknown status', ['runs', '--status', 'happy'], 2, 'usage', 'completed'],
    ['an unknown run', ['show', 'nothing-like-it'], 3, 'run_unknown', 'rondo runs'],
    ['a config that is not there', ['run', 'hello', '--config', 'none.ts'], 5, 'config_invalid', 'none.ts'],
    ['no database', ['runs', '--db', 'none.db'], 3, 'run_unknown', 'none.db'],
    ['a duration that is none', ['prune', '--older-than', 'soon'], 2, 'usage', '30s'],
  ])('says what is wrong with %s', async (_, args, code, error, hint) => {
    const said = await project.rondo([...args, '--json'])
    expect(said).toMatchObject({ code, stdout: '' })
    const document = JSON.parse(said.stderr)
    expect(document.error.code).toBe(error)
    expect(document.error.message).toContain(hint)
  })
})

describe('rondo runs and show', () => {
  it('lists runs newest first, by flow and status, a page at a time', async () => {
    await started('hello', '--id', 'list-1')
    await started('hello', '--id', 'list-2')
    const page = await project.json<{ runs: RunDocument[]; next: string }>([
      'runs',
      '--flow',
      'hello',
      '--status',
      'completed',
      '--limit',
      '1',
    ])
    expect(page).toMatchObject({ runs: [{ id: 'list-2' }], next: 'list-2' })
    const older = await project.json<{ runs: RunDocument[] }>(['runs', '--flow', 'hello', '--limit', '1', '--before', page.next])
    expect(older.runs[0]?.id).toBe('list-1')
  })

  it('looks on at a run that is named again without its input', async () => {
    await project.rondo(['run', 'hello', '--id', 'again-1', '--input', '{"name":"Ann"}', '--detach'])
    const second = await project.rondo(['run', 'hello', '--id', 'again-1'])
    expect([second.code, second.stdout]).toEqual([0, 'Hello, Ann\n'])
    expect(second.stderr).toContain('was there already')
    expect((await project.rondo(['run', 'hello', '--id', 'again-1', '--input', '{"name":"Bob"}'])).code).toBe(4)
  })

  it('shows a run as a tree of steps, found by a part of its id', async () => {
    const { stdout, code } = await project.rondo(['show', 'wait'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/desk {2}● waiting/)
    expect(stdout).toMatch(/● folder +decide +\S+ +waits for mail-desk/)
    expect(stdout).toMatch(/\n✓ {3}propose/)
    expect(stdout).toContain('rondo inbox show "waits:folder"')
  })

  it('gives the tree as JSON, with who is asked', async () => {
    const { steps } = await project.json<{ steps: unknown[] }>(['show', 'waits'])
    expect(steps).toMatchObject([
      {
        path: 'folder',
        kind: 'decide',
        state: 'waiting',
        review: { role: 'mail-desk', state: 'open' },
        steps: [{ path: 'folder/propose' }],
      },
    ])
  })

  it('shows one step with all its entries, and says which steps there are when it is misspelt', async () => {
    const { stdout } = await project.rondo(['show', 'bad-1', '--step', 'try'])
    expect(stdout).toMatch(/try {2}code {2}failed/)
    expect(stdout).toMatch(/retrying +attempt 1/)
    expect(await project.rondo(['show', 'bad-1', '--step', 'tr'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('There is "try"'),
    })
  })

  it('asks for more of an id that fits several runs', async () => {
    expect(await project.rondo(['show', 'list-'])).toMatchObject({ code: 2, stderr: expect.stringContaining('list-2, list-1') })
  })
})

describe('what is asked of a run', () => {
  it('takes a signal, and the run goes on with it when it is driven', async () => {
    await project.rondo(['run', 'pay', '--id', 'pay-1', '--wait', '200ms'])
    expect(await project.json(['signal', 'pay-1', 'paid', '--value', '{"amount":120}', '--id', 's1'])).toMatchObject({
      delivered: true,
      driven: false,
    })
    expect(await project.json(['signal', 'pay-1', 'paid', '--value', '1', '--id', 's1'])).toMatchObject({ delivered: false })
    expect((await started('pay', '--id', 'pay-1')).output).toEqual({ amount: 120 })
    expect((await project.rondo(['signal', 'pay-1', 'paid'])).code).toBe(4)
  })

  it('cancels, with a reason that stays on the record, and refuses what is over', async () => {
    await project.rondo(['run', 'pay', '--id', 'pay-2', '--detach'])
    await project.rondo(['cancel', 'pay-2', '--reason', 'changed my mind'])
    const said = await project.rondo(['run', 'pay', '--id', 'pay-2', '--json'])
    expect(said.code).toBe(1)
    expect(JSON.parse(said.stdout)).toMatchObject({ run: { status: 'cancelled', reason: 'changed my mind' } })
    expect(await project.rondo(['pause', 'pay-2'])).toMatchObject({ code: 4, stderr: expect.stringContaining('cancelled') })
  })

  it('holds a run and lets it go on', async () => {
    await project.rondo(['run', 'hello', '--id', 'held', '--detach'])
    await project.rondo(['pause', 'held'])
    const paused = await project.json<{ run: RunDocument }>(['run', 'hello', '--id', 'held', '--wait', '1s'])
    expect(paused.run.status).toBe('paused')
    await project.rondo(['resume', 'held'])
    expect((await started('hello', '--id', 'held')).status).toBe('completed')
  })

  it('tries a failed run again once its code is mended', async () => {
    await started('bad', '--id', 'bad-2')
    project.write(
      'mended.config.ts',
      `
      import { defineConfig, flow } from 'rondo'
      import { z } from 'zod'
      const bad = flow({ name: 'bad', input: z.object({}), output: z.string(), run: (run) => run.step('try', () => 'fine', { effect: 'read' }) })
      export default defineConfig({ flows: [bad] })`,
    )
    expect((await project.rondo(['retry', 'bad-2'])).code).toBe(0)
    const said = await project.json<{ run: RunDocument }>(['run', 'bad', '--id', 'bad-2', '--config', 'mended.config.ts'])
    expect(said.run).toMatchObject({ status: 'completed', output: 'fine' })
  })
})

describe('rondo prune', () => {
  it('says how many runs would go, and removes them', async () => {
    const other = TestProject.make()
    try {
      for (const id of ['old-1', 'old-2']) await other.rondo(['run', 'hello', '--id', id])
      expect(await other.json(['prune', '--older-than', '1d', '--dry-run'])).toEqual({ dryRun: true, runs: 0, payloads: 0 })
      expect(await other.json(['prune', '--older-than', '0s', '--dry-run'])).toMatchObject({ runs: 2 })
      expect((await other.rondo(['prune', '--older-than', '0s'])).stdout).toContain('Removed 2 runs')
      expect(await other.json(['runs'])).toMatchObject({ runs: [] })
    } finally {
      await other.end()
    }
  })
})

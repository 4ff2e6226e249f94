/**
 * `rondo mcp`: the real command, spoken to by the official client.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { TestProject } from '../cli/project.ts'
import { type Connected, connectToCommand, ERAS, standingOf, textOf } from './connect.ts'

/** For a run to take an answer that was given a moment ago, on a busy machine. */
const LONG_ENOUGH = '2500ms'

function newProject(): TestProject {
  const project = TestProject.make()
  onTestFinished(() => project.end())
  return project
}

async function connected(project: TestProject, args: readonly string[] = [], era: 'legacy' | 'auto' = 'legacy'): Promise<Connected> {
  const connection = await connectToCommand(project, args, era)
  onTestFinished(() => connection.close())
  return connection
}

describe.each(ERAS)('with a client of the %s protocol', (era) => {
  it('offers flows with the schemas of their input and output, and runs one', async () => {
    const { client } = await connected(newProject(), [], era)
    const { tools } = await client.listTools()
    const hello = tools.find(({ name }) => name === 'hello')
    expect(hello?.inputSchema).toMatchObject({ type: 'object', properties: { name: { type: 'string', default: 'you' } } })
    expect(hello?.outputSchema).toMatchObject({ type: 'object', properties: { output: { type: 'string' }, run: { type: 'string' } } })
    expect(tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['desk', 'rondo_run_result', 'rondo_runs', 'rondo_run', 'rondo_cancel_run']),
    )
    expect(tools.map(({ name }) => name)).not.toContain('rondo_inbox')
    const result = await client.callTool({ name: 'hello', arguments: { name: 'Ada' } })
    expect(standingOf(result)).toMatchObject({ flow: 'hello', status: 'completed', started: true, output: 'Hello, Ada' })
    expect(textOf(result)).toBe('Hello, Ada')
  })

  it('says what a run waits for, and gives its result once people have answered', async () => {
    const project = newProject()
    const { client } = await connected(project, ['--patience', '50ms', '--answer-as', 'ada', '--role', 'mail-desk'], era)
    const waiting = await client.callTool({ name: 'desk', arguments: { subject: 'Lunch?' } })
    const { run, status, waitingFor } = standingOf(waiting)
    expect(waiting.isError).toBeUndefined()
    expect(status).toBe('waiting')
    expect(waitingFor).toEqual([expect.objectContaining({ id: `${run}:folder`, title: 'Which folder?', role: 'mail-desk' })])
    expect(textOf(waiting)).toContain(`waits for people: “Which folder?” (role mail-desk)`)
    expect(textOf(waiting)).toContain(`rondo_run_result {"run": "${run}"}`)

    await client.callTool({ name: 'rondo_answer', arguments: { id: `${run}:folder`, act: 'answer', value: 'personal' } })
    const still = await client.callTool({ name: 'rondo_run_result', arguments: { run, wait: LONG_ENOUGH } })
    expect(standingOf(still)).toMatchObject({ status: 'waiting', waitingFor: [{ id: `${run}:draft[0]/approve` }] })
    const question = await client.callTool({ name: 'rondo_question', arguments: { id: `${run}:draft[0]/approve` } })
    expect(question.structuredContent).toMatchObject({ subject: { draft: 'Draft 0: first' }, schema: { type: 'object' } })

    const picked = client.callTool({ name: 'rondo_run_result', arguments: { run, wait: '20s' } })
    await client.callTool({ name: 'rondo_answer', arguments: { id: `${run}:draft[0]/approve`, act: 'accept' } })
    expect(standingOf(await picked)).toMatchObject({ status: 'completed', output: { folder: 'personal', text: 'Draft 0: first' } })
    const shown = await client.callTool({ name: 'rondo_run', arguments: { run } })
    expect(shown.structuredContent).toMatchObject({
      run: { id: run, status: 'completed' },
      steps: expect.arrayContaining([expect.objectContaining({ path: 'draft[0]/approve', kind: 'review', state: 'completed' })]),
    })
  })

  it('tells steps as they complete, to those who ask', async () => {
    const { client } = await connected(newProject(), ['--patience', '50ms', '--answer-as', 'ada'], era)
    const told: { progress: number; message?: string | undefined }[] = []
    const waiting = await client.callTool({ name: 'desk', arguments: { subject: 'x' } }, { onprogress: (progress) => told.push(progress) })
    expect(told.map(({ message }) => message)).toEqual(['folder/propose: done', 'folder: people are asked'])
    const { run } = standingOf(waiting)
    await client.callTool({ name: 'rondo_answer', arguments: { id: `${run}:folder`, act: 'accept' } })
    const later: typeof told = []
    await client.callTool(
      { name: 'rondo_run_result', arguments: { run, wait: LONG_ENOUGH } },
      { onprogress: (progress) => later.push(progress) },
    )
    expect(later.map(({ progress }) => progress)).toEqual(later.map((_, index) => index + 1))
    expect(later.map(({ message }) => message)).not.toContain('folder/propose: done')
    expect(later.at(-1)?.message).toBe('draft[0]/approve: people are asked')
  })

  it('makes errors of tools what a model can act on', async () => {
    const { client } = await connected(newProject(), [], era)
    const refused = await client.callTool({ name: 'desk', arguments: { subject: 7 } })
    expect(refused.isError).toBe(true)
    expect(textOf(refused)).toMatch(/^invalid_input: Flow "desk" does not take this input.*subject/)
    const failed = await client.callTool({ name: 'bad', arguments: {} })
    expect(failed.isError).toBe(true)
    expect(textOf(failed)).toMatch(/^failed: no .*luck\nRun .* failed\. What it did stands/)
    const unknown = await client.callTool({ name: 'rondo_run_result', arguments: { run: 'nobody' } })
    expect(textOf(unknown)).toMatch(/^run_unknown: .*rondo_runs/)
    const none = await client.callTool({ name: 'rondo_runs', arguments: { limit: 'many' } })
    expect(textOf(none)).toMatch(/^invalid_input: .*limit/)
    await expect(client.callTool({ name: 'nothing', arguments: {} })).rejects.toThrow('There is no tool "nothing"')
  })

  it('starts one run for one key, and refuses the key for another input', async () => {
    const { client } = await connected(newProject(), [], era)
    const first = await client.callTool({ name: 'hello', arguments: { name: 'Ada', idempotencyKey: 'k' } })
    const again = await client.callTool({ name: 'hello', arguments: { name: 'Ada' }, _meta: { 'rondo/idempotencyKey': 'k' } })
    expect(standingOf(again)).toMatchObject({ run: standingOf(first).run, started: false, output: 'Hello, Ada' })
    const other = await client.callTool({ name: 'hello', arguments: { name: 'Bea', idempotencyKey: 'k' } })
    expect(textOf(other)).toMatch(/^run_conflict: /)
    const { runs } = (await client.callTool({ name: 'rondo_runs', arguments: {} })).structuredContent as { runs: unknown[] }
    expect(runs).toHaveLength(1)
  })
})

it('leaves the run of a call that is taken back, and cancels it where that is asked for', async () => {
  const { client } = await connected(newProject(), ['--answer-as', 'ada'])
  const take = async (meta: Record<string, unknown>, key: string): Promise<string> => {
    const leave = new AbortController()
    const call = client.callTool({ name: 'pay', arguments: { idempotencyKey: key }, _meta: meta }, { signal: leave.signal })
    const { runs } = await untilRuns(client, (found) => found.some(({ status }) => status === 'waiting'))
    leave.abort('enough')
    await expect(call).rejects.toThrow('enough')
    return runs[0]?.id ?? ''
  }
  const left = await take({}, 'a')
  expect(standingOf(await client.callTool({ name: 'rondo_run_result', arguments: { run: left, wait: '0s' } })).status).toBe('waiting')
  await client.callTool({ name: 'rondo_cancel_run', arguments: { run: left, reason: 'not needed' } })
  const cancelled = await client.callTool({ name: 'rondo_run_result', arguments: { run: left } })
  expect(textOf(cancelled)).toContain('was cancelled: not needed')

  const ended = await take({ 'rondo/onCancel': 'cancel' }, 'b')
  const result = await client.callTool({ name: 'rondo_run_result', arguments: { run: ended } })
  expect(standingOf(result)).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } })
})

it('writes nothing but the protocol to stdout, whatever the flows print, and ends when its host does', async () => {
  const project = newProject()
  project.write(
    'flows/loud.ts',
    `import { flow } from 'rondo'
import { z } from 'zod'
console.log('loading')
export const loud = flow({
  name: 'loud',
  input: z.string(),
  output: z.date(),
  async run(run, text) {
    await run.step('shout', () => {
      console.log(text)
      process.stdout.write(text + '!\\n')
    })
    return new Date(0)
  },
})`,
  )
  project.write('rondo.config.ts', `import { loud } from './flows/loud.ts'\nexport default { flows: [loud] }`)
  const { client, pid, said, close } = await connectToCommand(project)
  const result = await client.callTool({ name: 'loud', arguments: { input: 'hear me' } })
  expect(standingOf(result).output).toEqual({ $rondo: 'date', value: '1970-01-01T00:00:00.000Z' })
  await close()
  expect(said()).toMatch(/loading\nhear me\nhear me!\n/)
  await gone(pid)
})

it('works beside the process that owns the database, and takes over when that one goes', async () => {
  const project = newProject()
  const owner = project.start(['dev', '--no-watch'])
  await owner.says('flows')
  const { client, said } = await connected(project, ['--patience', '50ms', '--answer-as', 'ada'])
  const told: (string | undefined)[] = []
  const waiting = await client.callTool({ name: 'desk', arguments: { subject: 'x' } }, { onprogress: ({ message }) => told.push(message) })
  expect(said()).toContain('owns the database')
  expect(told).toEqual(['folder/propose: done', 'folder: people are asked'])
  const { run } = standingOf(waiting)
  owner.kill('SIGTERM')
  await owner.ended()
  await client.callTool({ name: 'rondo_answer', arguments: { id: `${run}:folder`, act: 'accept' } })
  const later = await client.callTool({ name: 'rondo_run_result', arguments: { run, wait: '0s' } })
  expect(standingOf(later).run).toBe(run)
  await until(() => said().includes('this one drives the runs now'))
  const { tools } = await client.listTools()
  expect(tools.length).toBeGreaterThan(5)
  expect(standingOf(await client.callTool({ name: 'hello', arguments: {} }))).toMatchObject({ status: 'completed' })
  await until(async () => {
    const standing = standingOf(await client.callTool({ name: 'rondo_run_result', arguments: { run, wait: '0s' } }))
    return standing.waitingFor?.some(({ id }) => id === `${run}:draft[0]/approve`) === true
  })
}, 60_000)

async function untilRuns(
  client: Connected['client'],
  so: (runs: { id: string; status: string }[]) => boolean,
): Promise<{ runs: { id: string; status: string }[] }> {
  let found: { runs: { id: string; status: string }[] } = { runs: [] }
  await until(async () => {
    found = (await client.callTool({ name: 'rondo_runs', arguments: {} })).structuredContent as typeof found
    return so(found.runs)
  })
  return found
}

async function until(so: () => boolean | Promise<boolean>): Promise<void> {
  const since = performance.now()
  while (!(await so())) {
    if (performance.now() - since > 25_000) throw new Error(`It did not come about: ${so}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

async function gone(pid: number): Promise<void> {
  await until(() => {
    try {
      process.kill(pid, 0)
      return false
    } catch {
      return true
    }
  })
}

/**
 * `rondo dev`: drives what others start and answer, starts again on a change, and lives through code that does not load.
 */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FLOWS, hasTerminal, TestProject } from './project.ts'

let project: TestProject
beforeEach(() => {
  project = TestProject.make()
})
afterEach(() => project.end())

it('drives what other processes start and answer, and tells what happens', async () => {
  const dev = project.start(['dev'])
  await dev.says('5 flows: desk, hello, bad, pay, stuck')
  const hello = await project.rondo(['run', 'hello'])
  expect(hello).toMatchObject({ code: 0, stdout: 'Hello, you\n' })
  expect(hello.stderr).toContain('owns the database')
  await dev.says(/hello \S+ {2}✓ completed/)
  const { run } = await project.json<{ run: { id: string } }>(['run', 'desk', '--id', 'd1', '--input', '{"subject":"x"}', '--detach'])
  expect(run.id).toBe('d1')
  await dev.says(/● folder {2}Which folder\?/)
  expect(await project.json(['inbox', 'accept', 'd1'])).toMatchObject({ driven: true })
  await dev.says(/✓ folder .*→ list · accepted by ada/)
  await dev.says(/● draft\[0\]\/approve/)
  await project.rondo(['inbox', 'accept', 'd1'])
  await dev.says(/desk d1 {2}✓ completed/)
})

it('starts again with the changed flow, and waits for a mend when it does not load', async () => {
  const dev = project.start(['dev'])
  await dev.says('5 flows')
  project.write('flows/desk.ts', FLOWS.replace('Hello, ', 'Good day, '))
  await dev.says('flows/desk.ts changed, starting again')
  await dev.says('5 flows')
  expect((await project.rondo(['run', 'hello'])).stdout).toBe('Good day, you\n')
  project.write('flows/desk.ts', `${FLOWS}\nconst oops = = 1\n`)
  await dev.says(/flows\/desk\.ts:\d+: the project could not be loaded/)
  await dev.says('Waiting for a change')
  project.write('flows/desk.ts', FLOWS.replace('Hello, ', 'Good evening, '))
  await dev.says('5 flows')
  expect((await project.rondo(['run', 'hello'])).stdout).toBe('Good evening, you\n')
})

it('ends within seconds at SIGTERM, and leaves the database to the next', async () => {
  const dev = project.start(['dev'])
  await dev.says('5 flows')
  const asked = performance.now()
  dev.kill('SIGTERM')
  expect(await dev.ended()).toBe(0)
  expect(performance.now() - asked).toBeLessThan(4000)
  expect((await project.rondo(['run', 'hello'])).stderr).not.toContain('owns the database')
})

it.runIf(hasTerminal)('ends at Ctrl-C in a terminal', async () => {
  const dev = project.atTerminal(['dev'])
  await dev.says('5 flows')
  dev.type('\u0003')
  expect(await dev.ended()).toBe(0)
})

it('refuses a database that another process drives, and says which', async () => {
  const dev = project.start(['dev'])
  await dev.says('5 flows')
  const second = await project.rondo(['dev'])
  expect(second).toMatchObject({ code: 4, stderr: expect.stringContaining('is owned by process') })
})

it('tells everything as JSON lines, for a service', async () => {
  const dev = project.start(['dev', '--no-watch', '--json'])
  await dev.says('"type":"ready"')
  await project.rondo(['run', 'hello', '--id', 'h1'])
  await dev.says('"status":"completed"')
  const lines: { type: string; run?: string; path?: string }[] = dev.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines[0]).toMatchObject({ type: 'ready', flows: ['desk', 'hello', 'bad', 'pay', 'stuck'] })
  expect(lines).toContainEqual(
    expect.objectContaining({ type: 'entry', run: 'h1', path: 'greet', state: 'completed', value: 'Hello, you' }),
  )
})

it('leaves a run that is interrupted as it is', async () => {
  const run = project.start(['run', 'pay', '--id', 'p1'])
  await run.says('waits for a signal')
  run.kill('SIGINT')
  expect(await run.ended()).toBe(130)
  expect(run.text).toContain('nothing is lost')
  expect(await project.json(['runs'])).toMatchObject({ runs: [{ id: 'p1', status: 'waiting' }] })
})

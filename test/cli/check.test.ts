/**
 * `rondo check` on the real command line: what it says, and the exit code a pipeline goes by.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CheckReport } from '../../src/index.ts'
import { FLOWS, TestProject } from './project.ts'

let project: TestProject
beforeAll(async () => {
  project = TestProject.make()
  await project.json(['run', 'desk', '--id', 'waits', '--input', '{"subject":"Hello"}', '--wait', '1s'])
  await project.json(['run', 'pay', '--id', 'listens', '--wait', '1s'])
})
afterAll(() => project.end())

it('finds that runs go on unchanged, and exits with 0', async () => {
  const said = await project.rondo(['check'])
  expect(said.code).toBe(0)
  expect(said.stdout).toContain('2 of 2 unfinished runs go on unchanged')
})

it('names the step at which a run would diverge, says what can be done, and exits with 1', async () => {
  project.write('flows/desk.ts', FLOWS.replace("run.signal('paid')", "run.sleep('paid', 1000)").replace("name: 'folder'", "name: 'tray'"))
  const said = await project.rondo(['check'])
  expect(said.code).toBe(1)
  expect(said.stdout).toContain('0 of 2 unfinished runs go on unchanged')
  expect(said.stdout).toContain('1 run of "pay" would diverge at "paid"')
  expect(said.stdout).toContain('1 run of "desk" would diverge at "tray"')
  expect(said.stdout).toMatch(/What can be done:[\s\S]*Migrate[\s\S]*Pin[\s\S]*Finish first/)
  const report = await project.json<CheckReport>(['check', '--flow', 'pay'])
  expect(report).toMatchObject({ runs: 1, unchanged: 0, diverging: [{ run: 'listens', how: 'breaks', at: 'paid' }] })
})

it('names flows that are not here', async () => {
  project.write('flows/desk.ts', FLOWS.replace("name: 'pay'", "name: 'payment'"))
  const said = await project.rondo(['check'])
  expect(said.code).toBe(1)
  expect(said.stdout).toContain('1 run of flow "pay", which is not here')
})

/**
 * What nobody waits for may fail: it stops the run whose code it was, and no other; what is no flow's goes Node's way.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

function played(...given: string[]): Promise<{ code: number | null; out: string; trouble: string }> {
  const child = spawn(process.execPath, [
    ...given.filter((one) => one.startsWith('--')),
    join(import.meta.dirname, 'strays-process.ts'),
    ...given.filter((one) => !one.startsWith('--')),
  ])
  let out = ''
  let trouble = ''
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  child.stderr.on('data', (data: Buffer) => (trouble += data.toString()))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, trouble })))
}

test('a promise of a flow that fails unheard stops its run, and the process goes on', async () => {
  const { code, out, trouble } = await played('flow')
  expect([code, trouble]).toEqual([0, ''])
  const [told = ''] = out.split('\n')
  const { runs, warnings } = JSON.parse(told)
  expect(runs.sort()).toEqual([
    ['in-a-step', 'stopped', 'not_awaited', expect.stringContaining('(The call failed). Await it')],
    ['in-the-flow', 'stopped', 'not_awaited', expect.stringContaining('(The notice failed). Await it')],
    ['later', 'completed', null, null],
    ['left-behind', 'completed', null, null],
    ['well', 'completed', null, null],
  ])
  expect(warnings).toEqual(['A promise that run left-behind left behind, and that nobody waits for, failed.'])
  expect(out).toContain('closed')
})

test('a promise that is no flow’s ends the process, or does what Node was told', async () => {
  const ended = await played('none')
  expect([ended.code, ended.out.includes('closed')]).toEqual([1, false])
  expect(ended.trouble).toContain('Error: Something else failed')
  const warned = await played('none', '--unhandled-rejections=warn')
  expect([warned.code, warned.out.includes('closed')]).toEqual([0, true])
})

test('what a flow left behind may fail after its system was closed', async () => {
  const { code, out, trouble } = await played('closed')
  expect([code, trouble, out.includes('closed')]).toEqual([0, '', true])
})

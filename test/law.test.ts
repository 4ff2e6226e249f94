/**
 * The law of imports, and the proof that it bites: in a copy of the sources, a planted violation of each kind must be found.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')

const PLANTED: readonly { readonly file: string; readonly imports: string; readonly rule: string }[] = [
  { file: 'src/journal/planted.ts', imports: '../flow/flow.ts', rule: 'not-in-allowed' },
  { file: 'src/flow/planted.ts', imports: '../engine/engine.ts', rule: 'not-in-allowed' },
  { file: 'src/model/planted.ts', imports: '../journal/stores/sqlite/store.ts', rule: 'not-in-allowed' },
  { file: 'src/people/planted.ts', imports: '../engine/engines/embedded/embedded.ts', rule: 'not-in-allowed' },
  { file: 'src/planted.ts', imports: './journal/stores/memory/memory.ts', rule: 'not-in-allowed' },
  { file: 'src/people/vendor.ts', imports: 'handlebars', rule: 'models-vendors-in-model-only' },
  { file: 'src/flow/lost.ts', imports: './nowhere.ts', rule: 'resolvable' },
  { file: 'src/people/server.ts', imports: 'hono', rule: 'hono-in-http-only' },
  { file: 'src/access/planted.ts', imports: '../people/person.ts', rule: 'not-in-allowed' },
  { file: 'src/http/sign-in-vendor.ts', imports: 'openid-client', rule: 'openid-in-access-only' },
  { file: 'src/client/vendor.ts', imports: 'zod', rule: 'client-needs-nothing' },
  { file: 'src/client/planted.ts', imports: 'node:crypto', rule: 'client-is-not-for-node-only' },
  { file: 'src/http/planted.ts', imports: '../engine/engines/embedded/embedded.ts', rule: 'not-in-allowed' },
]

interface Report {
  readonly summary: {
    readonly totalCruised: number
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[]
  }
}

let copy: string
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'rondo-law-'))
  for (const name of ['src', 'test/support', 'test/flow', 'test/people', 'package.json', 'tsconfig.json', '.dependency-cruiser.mjs'])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

function cruise(): Report['summary'] {
  const { stdout } = spawnSync(process.execPath, [CRUISER, 'src', '--config', '.dependency-cruiser.mjs', '--output-type', 'json'], {
    cwd: copy,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  const report: Report = JSON.parse(stdout)
  return report.summary
}

test('the sources keep the law, and were read', () => {
  const { totalCruised, violations } = cruise()
  expect(violations.map(({ from, rule }) => `${rule.name}: ${from}`)).toEqual([])
  expect(totalCruised).toBeGreaterThan(80)
})

test('a planted violation of each kind is found', () => {
  for (const { file, imports } of PLANTED) writeFileSync(join(copy, file), `import '${imports}'\n`)
  const { violations } = cruise()
  for (const { file, rule } of PLANTED)
    expect(violations).toContainEqual(expect.objectContaining({ from: file, rule: expect.objectContaining({ name: rule }) }))
})

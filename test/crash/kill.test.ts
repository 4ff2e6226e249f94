/**
 * `kill -9`, at random moments, of a busy mail desk: no run lost, no completed step repeated, no unknown write repeated, and the
 * same outcomes as undisturbed. `RONDO_KILLS` says how many kills (40 unless it does; `npm run test:kills` makes it 1,000).
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const KILLS = Number(process.env['RONDO_KILLS'] ?? 40)
const MAILS = 24
const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rondo-kill-'))
  folders.push(folder)
  return folder
}

/** Runs the desk until it ends (its outcomes) or until it is killed after `ms` (undefined). */
function desk(folder: string, ms?: number): Promise<string | undefined> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'desk.ts'), folder, String(MAILS)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let trouble = ''
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  child.stderr.on('data', (data: Buffer) => (trouble += data.toString()))
  const timer = ms === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), ms)
  return new Promise((resolve, reject) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (signal === 'SIGKILL') resolve(undefined)
      else if (code === 0) resolve(out)
      else reject(new Error(`The desk ended with ${code}: ${trouble}`))
    })
  })
}

function effects(folder: string): string[] {
  const log = join(folder, 'effects.log')
  return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').sort() : []
}

test(`a busy mail desk comes through ${KILLS} random kills`, { timeout: 60_000 + KILLS * 3000 }, async ({ annotate }) => {
  const calm = newFolder()
  const started = performance.now()
  const expected = await desk(calm)
  const whole = performance.now() - started
  const expectedEffects = effects(calm)
  expect(expectedEffects).toHaveLength(MAILS * 3)

  let kills = 0
  let midRun = 0
  let seed = 42
  while (kills < KILLS) {
    const folder = newFolder()
    let outcome: string | undefined
    for (let tries = 0; outcome === undefined && kills < KILLS; tries += 1) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      const before = effects(folder).length
      outcome = await desk(folder, whole * (0.15 + 0.85 * (seed / 2 ** 32)))
      if (outcome !== undefined) break
      kills += 1
      if (existsSync(join(folder, 'rondo.db')) && effects(folder).length < MAILS * 3 && (tries > 0 || before < effects(folder).length))
        midRun += 1
    }
    outcome ??= await desk(folder)
    expect(outcome).toBe(expected)
    expect(effects(folder)).toEqual(expectedEffects)
  }
  await annotate(`${kills} kills, ${midRun} of them in the middle of the work`)
  // The kills must have landed in the middle of the work, or they prove nothing.
  expect(midRun).toBeGreaterThan(KILLS / 4)
})

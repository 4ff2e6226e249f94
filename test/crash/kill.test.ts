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

/** When to kill: once so many steps have begun, and then so many milliseconds later. */
interface Death {
  readonly steps: number
  readonly laterMs: number
}

/** Runs the desk until it ends (its outcomes) or until it is killed (undefined). */
function desk(folder: string, death?: Death): Promise<string | undefined> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'desk.ts'), folder, String(MAILS)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let trouble = ''
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  child.stderr.on('data', (data: Buffer) => (trouble += data.toString()))
  const stopWatching = death === undefined ? () => undefined : killAt(folder, death, () => child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    child.on('close', (code, signal) => {
      stopWatching()
      if (signal === 'SIGKILL') resolve(undefined)
      else if (code === 0) resolve(out)
      else reject(new Error(`The desk ended with ${code}: ${trouble}`))
    })
  })
}

/** Watches the desk's progress rather than the clock, so that kills land in its work on a busy machine as on a quiet one. */
function killAt(folder: string, { steps, laterMs }: Death, kill: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const watch = setInterval(() => {
    if (begun(folder) < steps) return
    clearInterval(watch)
    timer = setTimeout(kill, laterMs)
  }, 1)
  return () => {
    clearInterval(watch)
    clearTimeout(timer)
  }
}

function effects(folder: string): string[] {
  return lines(join(folder, 'effects.log')).sort()
}

/** How many steps have begun, over all lives of the desk. */
function begun(folder: string): number {
  return lines(join(folder, 'steps.log')).length
}

function lines(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
}

test(`a busy mail desk comes through ${KILLS} random kills`, { timeout: 60_000 + KILLS * 3000 }, async ({ annotate }) => {
  const calm = newFolder()
  const expected = await desk(calm)
  const expectedEffects = effects(calm)
  const steps = begun(calm)
  expect(expectedEffects).toHaveLength(MAILS * 3)

  let kills = 0
  let midRun = 0
  let seed = 42
  const chance = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  while (kills < KILLS) {
    const folder = newFolder()
    let outcome: string | undefined
    while (outcome === undefined && kills < KILLS && begun(folder) < steps) {
      const done = begun(folder)
      outcome = await desk(folder, { steps: done + 1 + chance(steps - done), laterMs: chance(4) })
      if (outcome !== undefined) break
      kills += 1
      if (effects(folder).length < MAILS * 3) midRun += 1
    }
    outcome ??= await desk(folder)
    expect(outcome).toBe(expected)
    expect(effects(folder)).toEqual(expectedEffects)
  }
  await annotate(`${kills} kills, ${midRun} of them in the middle of the work`)
  // The kills must have landed in the middle of the work, or they prove nothing.
  expect(midRun).toBeGreaterThan(KILLS / 2)
})

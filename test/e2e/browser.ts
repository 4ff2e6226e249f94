/**
 * A real browser on the real console: built afresh, served by the real door.
 *
 * Owns: starting and stopping both. Where there is no Chromium the tests are skipped and say so; with CI=true they fail.
 */
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { type Desk, openDesk } from './desk.ts'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Why nothing can be looked at here; `undefined` when it can. */
export const noBrowser =
  existsSync(CHROMIUM) || process.env['CI'] === 'true'
    ? undefined
    : `there is no Chromium at ${CHROMIUM} (apt-get install chromium, or set CHROMIUM)`

if (noBrowser !== undefined) console.warn(`The console is not tested: ${noBrowser}.`)

export interface Stage {
  readonly desk: Desk
  readonly browser: Browser
  /** A page of somebody who has signed in by the link, at this address of the console. */
  visit(path: string, options?: Parameters<Browser['newContext']>[0]): Promise<Page>
  /** What went wrong in the pages' own consoles. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

/** `prompts`: their folder, for what writes into it. */
export async function openStage(options: { readonly prompts?: string } = {}): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'console-'))
  await build({ configFile: join(import.meta.dirname, '../../console/vite.config.ts'), logLevel: 'error', build: { outDir: folder } })
  const desk = await openDesk({ console: folder, ...options })
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
  const contexts: BrowserContext[] = []
  const complaints: string[] = []
  return {
    desk,
    browser,
    complaints,
    async visit(path, options = {}) {
      const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, ...options })
      contexts.push(context)
      const page = await context.newPage()
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => message.type() === 'error' && complaints.push(`${message.text()} ${message.location().url}`))
      await page.goto(desk.served.link() ?? '')
      await page.waitForURL(`${desk.served.url}/`)
      await page.goto(`${desk.served.url}${path}`)
      return page
    },
    async close() {
      for (const context of contexts) await context.close()
      await browser.close()
      await desk.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** Waits until nothing on the page is still being read. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null)
}

/** The colours of both themes, for what is looked at in each. */
export const THEMES = ['light', 'dark'] as const

interface Fault {
  readonly id: string
  readonly impact: string | null
  readonly nodes: readonly { readonly html: string }[]
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds that is serious or worse, with where. It is run beside the page's own policy, which allows no foreign script. */
export async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate(async () => {
    const { axe: run } = window as unknown as { axe: { run: () => Promise<{ violations: Fault[] }> } }
    return (await run.run()).violations
  })
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

/**
 * The frame of the console: signing in, finding the way by keys, the theme, what it loads, and whether everybody can use it.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faults, noBrowser, openStage, type Stage, settled, THEMES } from './browser.ts'

const MOST_BYTES = 300_000

describe.skipIf(noBrowser !== undefined)('the shell', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    for (const number of [0, 1, 2, 3]) await stage.desk.mail(number)
    await stage.desk.rondo.runs.start('payments', { to: 'Mira', cents: 4200 }, { id: 'pay-1' })
    await stage.desk.rondo.idle()
  })
  afterAll(() => stage.close())

  test('a stranger is told how to get in, and gets in by the link, once', async () => {
    const context = await stage.browser.newContext()
    const page = await context.newPage()
    await page.goto(`${stage.desk.served.url}/runs`)
    await page.getByRole('heading', { name: 'Sign in to Rondo' }).waitFor()
    const link = stage.desk.served.link() ?? ''
    await page.getByLabel('Or paste the link, or a token, here').fill(link)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Home' }).waitFor()
    const second = await context.browser()?.newPage()
    await second?.goto(link)
    expect(await second?.textContent('body')).toContain('has been used')
    await second?.close()
    await context.close()
  })

  test('a wrong token is refused in words, a right one lets in', async () => {
    const context = await stage.browser.newContext()
    const page = await context.newPage()
    await page.goto(stage.desk.served.url)
    const field = page.getByLabel('Or paste the link, or a token, here')
    await field.fill('a-token-of-somebody-else')
    await field.press('Enter')
    await page.getByRole('alert').waitFor()
    await field.fill(stage.desk.served.token ?? '')
    await field.press('Enter')
    await page.getByText('Live', { exact: true }).waitFor()
    await context.close()
  })

  test('every page is reached by keys, and the help says which', async () => {
    const page = await stage.visit('/')
    await page.getByText('Live', { exact: true }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    for (const [key, title] of [
      ['i', 'Inbox'],
      ['r', 'Runs'],
      ['f', 'Flows'],
      ['p', 'Prompts'],
      ['d', 'Decisions'],
      ['e', 'Evidence'],
      ['h', 'Home'],
    ] as const) {
      await page.keyboard.press('g')
      await page.keyboard.press(key)
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
    }
  })

  test('the palette finds a run by its id', async () => {
    const page = await stage.visit('/')
    await page.getByText('Live', { exact: true }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('pay-1')
    await page.getByRole('option', { name: /pay-1/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/runs\/pay-1/)
  })

  test('the first load is below its limit, and asks nobody but this server', async () => {
    const context = await stage.browser.newContext()
    const page = await context.newPage()
    const hosts = new Set<string>()
    let bytes = 0
    page.on('request', (request) => hosts.add(new URL(request.url()).host))
    page.on('requestfinished', (request) => {
      void request.sizes().then(({ responseBodySize }) => {
        if (!request.url().includes('/api/')) bytes += responseBodySize
      })
    })
    await page.goto(stage.desk.served.link() ?? '')
    await page.getByText('Live', { exact: true }).waitFor()
    await page.getByRole('heading', { name: /wait/ }).waitFor()
    expect(bytes).toBeGreaterThan(10_000)
    expect(bytes).toBeLessThan(MOST_BYTES)
    expect([...hosts]).toEqual([new URL(stage.desk.served.url).host])
    await context.close()
  })

  test('the connection comes back by itself, and what is shown is read anew', async () => {
    const page = await stage.visit('/inbox')
    await page.getByText('Live', { exact: true }).waitFor()
    await page.context().setOffline(true)
    await page.evaluate(() => window.dispatchEvent(new Event('online')))
    await page.getByText('Reconnecting', { exact: true }).waitFor()
    await stage.desk.mail(7)
    await page.context().setOffline(false)
    await page.getByText('Live', { exact: true }).waitFor()
    await page.getByRole('button', { name: /no. 4007/ }).waitFor()
  })

  test.each(THEMES)('no page has a serious fault for those who see or move otherwise, in %s', async (theme) => {
    const page = await stage.visit('/', { colorScheme: theme })
    for (const path of ['/', '/inbox', '/runs', '/runs/ticket-1', '/runs/pay-1?path=check', '/runs/ticket-1?view=journal&path=queue']) {
      await page.goto(`${stage.desk.served.url}${path}`)
      await page.getByText('Live', { exact: true }).waitFor()
      await settled(page)
      expect({ path, found: await faults(page) }).toEqual({ path, found: [] })
    }
  })

  test('nothing is wider than a small phone', async () => {
    const page = await stage.visit('/', { viewport: { width: 360, height: 740 } })
    for (const path of ['/', '/inbox', '/runs', '/runs/ticket-1', '/runs/pay-1']) {
      await page.goto(`${stage.desk.served.url}${path}`)
      await page.locator('h1').first().waitFor()
      await settled(page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    }
  })

  test('no page has complained', () => {
    // What could not be reached while it was offline, and who was not known yet.
    const expected = /ERR_INTERNET_DISCONNECTED|status of 40[13]/
    expect(stage.complaints.filter((text) => !expected.test(text))).toEqual([])
  })
})

import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sampleCheck } from '../../record/testing/sample-record.ts'
import { type Assets, reportAssets } from './assets.ts'
import { htmlReport } from './document.ts'
import { openBrowser, openPage } from './testing/browser.ts'
import { sampleRuns, variedChecks } from './testing/sample-runs.ts'

let browser: Browser
let assets: Assets
let report: string

const failing = sampleCheck({
  id: 'root.remount',
  verdict: 'fail',
  reason: 'the root was remounted',
  evidence: [
    { vantage: 'inside', source: 'remount /', found: 'succeeded', subject: '/' },
    { vantage: 'outside', source: 'console', found: 'Run /init as init process' },
  ],
})

beforeAll(async () => {
  assets = await reportAssets()
  browser = await openBrowser()
  report = htmlReport(sampleRuns([failing, ...variedChecks(400)]), assets, new Map([['root.remount', true]]))
})
afterAll(() => browser.close())

const isOpen = (page: Page, id: string): Promise<boolean> =>
  page.locator(`[id="${id}"]`).evaluate((element) => (element as unknown as { open: boolean }).open)

const seriousProblems = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(axe.source)
  const { violations }: axe.AxeResults = await page.evaluate('axe.run(document)')
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ html }) => html.slice(0, 160))
          .slice(0, 3)
          .join(' ')}`,
    )
}

describe('report.html', () => {
  it.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['400 px wide', { viewport: { width: 400, height: 800 } }],
  ] as const)('should have nothing that axe calls serious, %s', async (_, options) => {
    await using open = await openPage(browser, report, { ...options, hash: '#root.remount' })
    await open.page.evaluate("for (const one of document.querySelectorAll('.list, .facts')) one.open = true")
    expect(await seriousProblems(open.page)).toEqual([])
    expect(open.incidents).toEqual([])
  })

  it('should fit 400 px without scrolling sideways', async () => {
    await using open = await openPage(browser, report, {
      viewport: { width: 400, height: 800 },
      hash: '#root.remount',
    })
    await open.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    expect(await open.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400)
  })

  it('should open the check that its address names, and only that', async () => {
    await using open = await openPage(browser, report, { hash: '#sample.check-7' })
    await expect.poll(() => isOpen(open.page, 'sample.check-7')).toBe(true)
    expect(await open.page.locator('details.check[open]').count()).toBe(1)
    await open.page.locator('#failures a', { hasText: 'root.remount' }).first().click()
    await expect.poll(() => isOpen(open.page, 'root.remount')).toBe(true)
  })

  it('should filter by words and by verdict, and be worked by keys', async () => {
    await using open = await openPage(browser, report)
    const { page } = open
    const shown = () => page.locator('details.check:not([hidden])').count()
    await page.keyboard.press('/')
    await page.keyboard.type('claim 399 ')
    await expect.poll(shown).toBe(1)
    expect(await page.locator('#filter-count').textContent()).toBe('1 of 401 checks')
    await page.keyboard.press('Escape')
    await expect.poll(shown).toBe(401)
    await page.locator('.filter input[value=pass]').uncheck()
    await expect.poll(shown).toBeLessThan(30)
    await page.keyboard.press('j')
    await page.keyboard.press('o')
    expect(await page.locator('details.check[open]').count()).toBe(1)
  })

  it('should lead from evidence to the moment on the console', async () => {
    await using open = await openPage(browser, report)
    const { page, incidents } = open
    await page.locator('#failures a.moment').first().click()
    await page.waitForFunction("document.querySelector('#console-x86_64 .ap-player') !== null")
    expect(await page.locator('#console-x86_64').getAttribute('data-at')).toBe('2.000')
    await expect.poll(() => page.locator('#console-x86_64 .ap-term').innerText()).toContain('Run /init')
    await page.locator('#console-arm64 input').fill('linux VERSION')
    await expect.poll(() => page.locator('#console-arm64 .hits li').count()).toBe(1)
    expect(incidents).toEqual([])
  })

  it('should print what matters, and leave out what is for screens', async () => {
    await using open = await openPage(browser, report)
    await open.page.emulateMedia({ media: 'print' })
    expect(await open.page.locator('nav').isVisible()).toBe(false)
    expect(await open.page.locator('#failures').isVisible()).toBe(true)
    expect((await open.page.pdf()).subarray(0, 5).toString()).toBe('%PDF-')
  })

  it('should read without scripts', async () => {
    await using open = await openPage(browser, report, { javaScriptEnabled: false })
    await open.page.locator('#verdicts summary', { hasText: 'root.remount' }).click()
    expect(await open.page.locator('#verdicts .half', { hasText: 'the root was remounted' }).count()).toBe(2)
  })
})

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { dir } from 'tmp-promise'
import which from 'which'

/** Chromium as Debian has it, without a network. Root may not use its sandbox; what it opens is made by tests. */
export const openBrowser = async (): Promise<Browser> =>
  await chromium.launch({
    executablePath: await which('chromium'),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })

/** A page from disk, and everything that happened in it which should not happen in a report. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page
  /** Requests beside that for the page itself, errors, dialogs, and what the content security policy refused. */
  readonly incidents: readonly string[]
}

export const openPage = async (
  browser: Browser,
  text: string,
  options: BrowserContextOptions & { readonly hash?: string } = {},
): Promise<OpenPage> => {
  const { hash = '', ...contextOptions } = options
  const folder = await dir({ unsafeCleanup: true })
  const path = join(folder.path, 'report.html')
  await writeFile(path, text)
  const context = await browser.newContext({
    offline: true,
    viewport: { width: 1280, height: 900 },
    ...contextOptions,
  })
  const page = await context.newPage()
  const incidents: string[] = []
  page.on('request', (request) => {
    if (!request.isNavigationRequest() && !request.url().startsWith('data:'))
      incidents.push(`request: ${request.url()}`)
  })
  page.on('pageerror', (error) => incidents.push(`error: ${error.message}`))
  page.on('console', (message) => incidents.push(`console: ${message.text()}`))
  page.on('dialog', async (dialog) => {
    incidents.push(`dialog: ${dialog.message()}`)
    await dialog.dismiss()
  })
  await page.goto(`file://${path}${hash}`)
  return {
    page,
    incidents,
    [Symbol.asyncDispose]: async () => {
      await context.close()
      await folder.cleanup()
    },
  }
}

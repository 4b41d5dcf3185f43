import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sampleCheck } from '../../record/testing/sample-record.ts'
import type { Run } from '../run.ts'
import { type Assets, reportAssets } from './assets.ts'
import { htmlReport } from './document.ts'
import { openBrowser, openPage } from './testing/browser.ts'
import { recordingOf, sampleRuns } from './testing/sample-runs.ts'

let browser: Browser
let assets: Assets
beforeAll(async () => {
  assets = await reportAssets()
  browser = await openBrowser()
})
afterAll(() => browser.close())

const payloads = [
  '<script>window.hacked = 1</script>',
  '<img src=x onerror="window.hacked = 1">',
  '"><svg onload="window.hacked = 1">',
  "' autofocus onfocus='window.hacked = 1' x='",
  '</script><script>window.hacked = 1</script>',
  '</style><script>window.hacked = 1</script>',
  '--><script>window.hacked = 1</script><!--',
  '<a href="javascript:window.hacked = 1">x</a>',
  '<iframe srcdoc="<script>parent.hacked = 1</script>"></iframe>',
  '<link rel=stylesheet href="http://127.0.0.1:9/x.css">',
  '<meta http-equiv=refresh content="0;url=http://127.0.0.1:9/">',
  '\u001b]0;<script>window.hacked = 1</script>\u0007\u001b[2J\u001b]8;;javascript:window.hacked=1\u0007x',
  ']]>&lt;script&gt;window.hacked = 1\n::error::x\n##vso[task.complete]',
]
const hostile = payloads.join(' ')

const evidence = (found: string, subject = found) => [
  { vantage: 'inside' as const, source: found, found, expected: found, subject },
]
const failing = (text: string) =>
  sampleCheck({ verdict: 'fail', title: text, reason: text, remedy: text, evidence: evidence(text) })

/** Each place that a guest, or whoever built it, can write to. */
const places: Readonly<Record<string, (run: Run) => Run>> = {
  'the name of the guest and its source': ({ record, ...run }) => ({
    ...run,
    record: {
      ...record,
      target: hostile,
      source: hostile,
      kernel: hostile,
      cpu: hostile,
      command: [hostile],
    },
  }),
  'a banner on its console': (run) => ({ ...run, recording: recordingOf([...payloads, hostile]) }),
  'the title of a process': ({ record, ...run }) => ({
    ...run,
    record: {
      ...record,
      checks: [failing(hostile)],
      sections: {
        daemons: {
          source: hostile,
          problem: null,
          rows: { [hostile]: { program: hostile, label: hostile } },
        },
      },
    },
  }),
  'the name of a file': ({ record, ...run }) => ({
    ...run,
    record: {
      ...record,
      image: { files: record.image.files.map((file) => ({ ...file, path: `/${hostile}` })) },
      sections: {
        binaries: {
          source: hostile,
          problem: hostile,
          rows: { [hostile]: { type: hostile, relro: hostile } },
        },
      },
      checks: [failing(`/bin/${hostile}`)],
    },
  }),
  'a message of its kernel': ({ record, ...run }) => ({
    ...run,
    recording: recordingOf([`[    1.000000] ${hostile}`]),
    record: {
      ...record,
      problems: [{ code: hostile, blame: 'guest', phase: 'kernel', message: `Kernel panic: ${hostile}` }],
      checks: [
        sampleCheck({ verdict: 'error', reason: hostile, evidence: evidence(`Kernel panic: ${hostile}`) }),
      ],
    },
  }),
  'the reason of a waiver': ({ record, ...run }) => ({
    ...run,
    record: {
      ...record,
      checks: [
        sampleCheck({
          verdict: 'waived',
          waivers: [{ reason: hostile, expires: '2027-01-01', at: hostile }],
        }),
      ],
      waiverProblems: [{ kind: 'expired', check: 'a.b', at: hostile, message: hostile }],
    },
  }),
}

const planted =
  "script:not([type='application/json']), iframe, img, link, object, embed, base, a[href^='javascript'], [onerror], [onload], [onfocus], [autofocus], [srcdoc], meta[http-equiv=refresh]"

const reportOf = (change: (run: Run) => Run): string =>
  htmlReport(sampleRuns([sampleCheck()]).map(change), assets)

describe('a report of a hostile guest', () => {
  it.each(Object.entries(places))(
    'should show what stands in %s as text, and run nothing',
    async (_, change) => {
      await using open = await openPage(browser, reportOf(change))
      const { page, incidents } = open
      await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
      // Consoles get ready when they come into view.
      for (const place of await page.locator('.console').all()) {
        await place.scrollIntoViewIfNeeded()
        await place.locator('button.open-player').click()
      }
      await page.locator('.console input[type=search]').first().fill('hacked')
      await page.waitForFunction("document.querySelector('.ap-player') !== null")
      expect(await page.evaluate('window.hacked')).toBeUndefined()
      expect(incidents).toEqual([])
      // The page's own script, and nothing else.
      expect(await page.locator(planted).count()).toBe(1)
      expect(await page.evaluate('document.body.textContent')).toContain('window.hacked = 1')
    },
  )

  it('should be up against payloads that do run where a page takes them for markup', async () => {
    await using open = await openPage(browser, `<!doctype html><body>${payloads[1]}`)
    await open.page.waitForFunction('window.hacked === 1')
  })

  it('should refuse a script all the same, were one to get in', async () => {
    const text = reportOf((run) => run).replace('</main>', `${payloads[0]}${payloads[1]}</main>`)
    await using open = await openPage(browser, text)
    expect(await open.page.evaluate('window.hacked')).toBeUndefined()
    expect(
      open.incidents.filter((incident) => /Content Security Policy/.test(incident)).length,
    ).toBeGreaterThan(0)
  })
})

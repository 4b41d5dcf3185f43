import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import which from 'which'
import { reportAssets } from '../../report/html/assets.ts'
import { htmlReport } from '../../report/html/document.ts'
import { sampleRuns, variedChecks } from '../../report/html/testing/sample-runs.ts'
import type { Experiment } from '../experiment.ts'

const checks = 2000

/** What a person who opens the page waits for: from the click until all of it is there and drawn once. */
const openMs = `new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))))`

/** How long report.html takes to open in Chromium, with checks of two architectures. */
export const reportPageExperiment: Experiment = {
  name: 'report',
  architecture: undefined,
  rows: [
    {
      name: 'report.html, opened in Chromium',
      unit: 'ms',
      size: `${checks} checks`,
      how: 'until it is loaded and drawn, both architectures',
      target: { bound: 'at most', value: 1000 },
      value: (round) => round.figure('drydock', 'open'),
    },
    {
      name: 'report.html, written',
      unit: 'ms',
      size: `${checks} checks`,
      value: (round) => round.figure('drydock', 'write'),
    },
  ],
  prepare: async ({ scratch }) => {
    await using held = new AsyncDisposableStack()
    const path = join(scratch, 'report.html')
    const assets = await reportAssets()
    const runs = sampleRuns(variedChecks(checks))
    const browser = await chromium.launch({
      executablePath: await which('chromium'),
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    })
    held.defer(() => browser.close())
    const kept = held.move()
    return {
      contenders: [
        {
          name: 'drydock',
          measure: async () => {
            const start = performance.now()
            await writeFile(path, htmlReport(runs, assets))
            const write = performance.now() - start
            const context = await browser.newContext({ offline: true })
            try {
              const page = await context.newPage()
              await page.goto(`file://${path}`)
              return { write, open: await page.evaluate<number>(openMs) }
            } finally {
              await context.close()
            }
          },
        },
      ],
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    }
  },
}

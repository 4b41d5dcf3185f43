import { appendFile } from 'node:fs/promises'
import type { RunRecord } from '../record/record.ts'
import { githubAnnotations } from '../report/github.ts'
import { markdownReport } from '../report/markdown.ts'

/** GitHub refuses a summary beyond 1 MiB whole. */
const mostSummaryBytes = 1024 * 1024 - 1

/** Where GitHub runs this, what it shows beside the run: annotations on `write`, and the job's summary. */
export const tellContinuousIntegration = async (
  records: readonly RunRecord[],
  environment: Readonly<Record<string, string | undefined>>,
  write: (text: string) => void,
): Promise<void> => {
  if (environment.GITHUB_ACTIONS === 'true') write(githubAnnotations(records))
  const path = environment.GITHUB_STEP_SUMMARY
  if (path === undefined || path === '') return
  const summary = markdownReport(records)
  if (Buffer.byteLength(summary) <= mostSummaryBytes) await appendFile(path, summary)
  else await appendFile(path, 'The summary is too long for GitHub; the report has all of it.\n')
}

import type { RunRecord } from '../record/record.ts'
import { githubAnnotations } from './github.ts'
import { gitlabReport } from './gitlab.ts'
import { junitReport } from './junit.ts'
import { markdownReport } from './markdown.ts'
import { sarifReport } from './sarif.ts'
import { tapReport } from './tap.ts'

/** A form of report that is made from records alone. */
export interface Format {
  readonly name: string
  /** What it is, in a few words. */
  readonly about: string
  readonly make: (records: readonly RunRecord[]) => string
}

export const formats: readonly Format[] = [
  { name: 'junit', about: 'JUnit XML, one suite per run', make: junitReport },
  { name: 'sarif', about: 'SARIF 2.1.0', make: sarifReport },
  { name: 'tap', about: 'TAP version 14', make: tapReport },
  { name: 'markdown', about: "GitHub's Markdown, for a job summary or a comment", make: markdownReport },
  { name: 'github', about: 'annotations as GitHub workflow commands', make: githubAnnotations },
  { name: 'gitlab', about: "GitLab's code quality artefact", make: gitlabReport },
]

import { type InputProblem, shown } from './build-input.ts'

/** What a source of ADD is. */
export type SourceKind = 'local' | 'file' | 'repository'

const commit = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
const checksumForm = /^sha256:[0-9a-f]{64}$/

/** How BuildKit takes a source of ADD: a path of the build's own files, a file to fetch, or a git repository. */
export const sourceKind = (source: string): SourceKind => {
  if (/^(?:git|ssh):\/\//i.test(source) || /^[\w.-]+@[\w.-]+:/.test(source)) return 'repository'
  if (!/^https?:\/\//i.test(source)) return 'local'
  return /^[^?#]*\.git\/?(?:[?#]|$)/.test(source) ? 'repository' : 'file'
}

/** Whether it is known what will be fetched: undefined, or what is wrong. */
export const remoteProblem = (
  source: string,
  kind: Exclude<SourceKind, 'local'>,
  checksum: string | undefined,
): InputProblem | undefined => {
  if (kind === 'file') {
    if (checksum !== undefined && checksumForm.test(checksum)) return undefined
    const found = checksum === undefined ? 'without --checksum' : `with --checksum=${shown(checksum)}`
    return { expected: 'ADD --checksum=sha256:DIGEST for a remote file', found: `${shown(source)} ${found}` }
  }
  const [, fragment = ''] = source.split('#')
  const [, query = ''] = (source.split('#')[0] ?? '').split('?')
  const parameters = new URLSearchParams(query)
  const named = [
    fragment.split(':')[0] ?? '',
    parameters.get('commit') ?? '',
    parameters.get('checksum') ?? '',
    checksum ?? '',
  ]
  return named.some((name) => commit.test(name))
    ? undefined
    : { expected: 'a git repository at a commit, URL#COMMIT', found: shown(source) }
}

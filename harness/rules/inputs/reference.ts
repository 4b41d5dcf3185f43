import { type InputProblem, shown } from './build-input.ts'

// The grammar of references: github.com/distribution/reference, the digests that the OCI image specification registers.
const domain = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d+)?$/
const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const tagForm = /^\w[\w.-]{0,127}$/
const digestForm = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

/** A tag that LinuxKit makes of git's hash of a package's folder, such as `6.6.71-<hash>` or `<hash>-arm64`. */
const sourceHashTag = /(?:^|-)[0-9a-f]{40}(?:-dirty(?:-[0-9a-f]+)?)?(?:-(?:amd64|arm64|riscv64|s390x))?$/

/** Longer than any registry takes. */
const mostCharacters = 1000

const expected = 'an image by digest, NAME@sha256:DIGEST'

const isName = (name: string): boolean => {
  const parts = name.split('/')
  const [first = '', ...rest] = parts
  const hasDomain = rest.length > 0 && (/[.:A-Z[]/.test(first) || first === 'localhost')
  const path = hasDomain ? rest : parts
  return (!hasDomain || domain.test(first)) && path.every((part) => component.test(part))
}

/** NAME[:TAG], where a colon before a slash belongs to a port. */
const splitTag = (reference: string): readonly [name: string, tag: string | undefined] => {
  const colon = reference.lastIndexOf(':')
  return colon > reference.lastIndexOf('/')
    ? [reference.slice(0, colon), reference.slice(colon + 1)]
    : [reference, undefined]
}

export interface ReferenceOptions {
  /** Whether LinuxKit's hash of a package's source may stand for a digest. @default false */
  readonly acceptSourceHashes?: boolean
}

/** Whether a reference names one image for ever: undefined, or what is wrong with it. */
export const referenceProblem = (
  reference: string,
  { acceptSourceHashes = false }: ReferenceOptions = {},
): InputProblem | undefined => {
  const problem = (what: string): InputProblem => ({ expected, found: `${shown(reference)}, ${what}` })
  if (reference === '') return { expected, found: 'nothing' }
  if (reference.length > mostCharacters) return problem(`a reference of ${reference.length} characters`)
  const at = reference.indexOf('@')
  const [name, tag] = splitTag(at < 0 ? reference : reference.slice(0, at))
  if (!isName(name) || (tag !== undefined && !tagForm.test(tag)))
    return problem('which is no image reference')
  if (at >= 0) {
    return digestForm.test(reference.slice(at + 1))
      ? undefined
      : problem('whose digest is not sha256: and 64 digits of 0-9 and a-f')
  }
  if (tag === undefined) return problem('without a tag or digest, which is whatever is latest')
  if (!sourceHashTag.test(tag)) return problem('a tag, which can be moved to another image')
  return acceptSourceHashes
    ? undefined
    : problem("a tag that is LinuxKit's hash of the source, not the digest of what was built from it")
}

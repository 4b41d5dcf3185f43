import { z } from 'zod'
import { DrydockError } from '../../common/errors.ts'
import { parseYaml } from '../../common/yaml-file.ts'
import { type BuildInput, complainAbout } from './build-input.ts'
import { dockerfileInputs } from './dockerfile-inputs.ts'
import { keywords } from './dockerfile-lines.ts'
import { linuxkitInputs, linuxkitKeys } from './linuxkit-inputs.ts'
import type { ReferenceOptions } from './reference.ts'

/** The inputs of one build description. */
export interface BuildDescription {
  readonly path: string
  readonly kind: 'dockerfile' | 'linuxkit'
  /** In the order in which they stand. */
  readonly inputs: readonly BuildInput[]
}

/** Bytes of a description at most. */
export const mostBytes = 1024 * 1024

/** Places at which YAML may have a value; the parser takes quadratic time for the keys of one mapping. */
const mostYamlPlaces = 10_000

const either = 'a LinuxKit YAML file or a Dockerfile'

/** The word that the first line which is neither blank nor a comment begins with, where it may be an instruction. */
const firstKeyword = (text: string): string | undefined => {
  const line = text
    .replace(/^\ufeff/, '')
    .split('\n', 10_000)
    .map((candidate) => candidate.trim())
    .find((candidate) => candidate !== '' && !candidate.startsWith('#'))
  const [, word] = /^([a-z]+)(?:[ \t\\`]|$)/i.exec(line ?? '') ?? []
  return word?.toUpperCase()
}

const isDockerfile = (text: string): boolean => {
  const word = firstKeyword(text)
  return word !== undefined && keywords.some((keyword) => keyword === word)
}

const readLinuxkit = (text: string, path: string, options: ReferenceOptions): readonly BuildInput[] => {
  const complain = complainAbout(path)
  const places = text.match(/[:,\n]/g)?.length ?? 0
  if (places > mostYamlPlaces) throw complain(1, `${either} of at most ${mostYamlPlaces} values`, `${places}`)
  const file = parseYaml(text, path, z.unknown())
  const { value } = file
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isMapping || !Object.keys(value).some((key) => linuxkitKeys.includes(key))) {
    const keys = isMapping ? Object.keys(value).slice(0, 3).join(', ') : ''
    throw complain(1, either, keys === '' ? 'something else' : `a mapping of ${keys}`)
  }
  return linuxkitInputs(file, options)
}

/**
 * What a build takes from outside, by a file of either kind, which its content decides.
 * @param path only names it in errors
 * @throws DrydockError of blame `usage`, `FILE:LINE: expected ..., found ...`, where it is neither or malformed
 */
export const readInputs = (
  bytes: Uint8Array,
  path: string,
  options: ReferenceOptions = {},
): BuildDescription => {
  const complain = complainAbout(path)
  if (bytes.length > mostBytes) throw complain(1, `${either} of at most 1 MiB`, `${bytes.length} bytes`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw complain(1, `${either} in UTF-8`, 'bytes that are not UTF-8')
  }
  if (isDockerfile(text)) {
    return { path, kind: 'dockerfile', inputs: dockerfileInputs(text, complain, options) }
  }
  try {
    return { path, kind: 'linuxkit', inputs: readLinuxkit(text, path, options) }
  } catch (error) {
    if (error instanceof DrydockError && error.code === 'BAD_YAML' && !/^\s*[\w"']+\s*:/m.test(text)) {
      throw complain(1, either, 'something else')
    }
    throw error
  }
}

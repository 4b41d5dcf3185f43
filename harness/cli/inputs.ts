import pc from 'picocolors'
import { exitCodeOf } from '../common/errors.ts'
import { readSmallFile } from '../common/small-file.ts'
import { neutraliseLine } from '../common/text.ts'
import type { BuildInput } from '../rules/inputs/build-input.ts'
import { type BuildDescription, mostBytes, readInputs } from '../rules/inputs/read-inputs.ts'
import { errorText } from './error-text.ts'
import { printOut } from './print-out.ts'

export interface InputsFlags {
  readonly json?: boolean
  readonly acceptSourceHashes?: boolean
}

const words: Readonly<Record<BuildInput['kind'], readonly [one: string, more: string]>> = {
  image: ['image', 'images'],
  file: ['remote file', 'remote files'],
  repository: ['repository', 'repositories'],
}

const count = (number: number, [one, more]: readonly [string, string]): string =>
  `${number} ${number === 1 ? one : more}`

const summary = (descriptions: readonly BuildDescription[]): string => {
  const all = descriptions.flatMap(({ inputs }) => inputs)
  const kinds = (['image', 'file', 'repository'] as const).flatMap((kind) => {
    const number = all.filter((input) => input.kind === kind).length
    return number > 0 || kind === 'image' ? [count(number, words[kind])] : []
  })
  const bad = all.filter(({ problem }) => problem !== undefined).length
  const verdict = bad === 0 ? 'all by digest' : `${bad} not by digest`
  return `${count(descriptions.length, ['file', 'files'])}: ${kinds.join(', ')}; ${verdict}`
}

const asText = (descriptions: readonly BuildDescription[]): string =>
  [
    ...descriptions.flatMap(({ path, inputs }) =>
      inputs.flatMap(({ line, place, problem }) =>
        problem === undefined
          ? []
          : [
              pc.red(
                `${neutraliseLine(path)}:${line}: expected ${problem.expected}, found ${problem.found} (${place})`,
              ),
            ],
      ),
    ),
    summary(descriptions),
  ].join('\n')

/**
 * `drydock inputs`: judges what builds take from outside (promise P7); gives the exit code, 1 where something is not
 * named by digest, 2 where a file is no build description.
 */
export const inputs = async (paths: readonly string[], flags: InputsFlags): Promise<number> => {
  const descriptions: BuildDescription[] = []
  let exitCode = 0
  for (const path of paths) {
    try {
      const bytes = await readSmallFile(path, 'a LinuxKit YAML file or a Dockerfile', mostBytes)
      const { acceptSourceHashes = false } = flags
      descriptions.push(readInputs(bytes, path, { acceptSourceHashes }))
    } catch (error) {
      exitCode = Math.max(exitCode, exitCodeOf(error))
      process.stderr.write(`${errorText(error)}\n`)
    }
  }
  if (flags.json === true) printOut(`${JSON.stringify(descriptions, undefined, 2)}\n`)
  else if (descriptions.length > 0) printOut(`${asText(descriptions)}\n`)
  const isBad = descriptions.some((one) => one.inputs.some(({ problem }) => problem !== undefined))
  return Math.max(exitCode, isBad ? 1 : 0)
}

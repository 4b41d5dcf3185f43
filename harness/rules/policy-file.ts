import { readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { didYouMean } from '../common/closest.ts'
import { DrydockError } from '../common/errors.ts'
import { readYamlFile, type YamlFile } from '../common/yaml-file.ts'
import type { Policy } from './policy.ts'
import { mergeLayers, type ReadLayer } from './policy-merge.ts'
import { type PolicyLayer, policyLayer } from './policy-schema.ts'

const shippedDirectory = fileURLToPath(new URL('./policies/', import.meta.url))

/** The policy of an image that brings none. */
const defaultName = 'moby'

const shippedPath = (name: string): string => join(shippedDirectory, `${name}.yml`)

/** Names of the policies that come with Drydock. */
export const shippedPolicies = async (): Promise<readonly string[]> =>
  (await readdir(shippedDirectory)).filter((name) => name.endsWith('.yml')).map((name) => name.slice(0, -4))

/** The file that a layer stands on, or undefined where it stands on nothing. */
const baseOf = async (file: YamlFile<PolicyLayer>): Promise<string | undefined> => {
  const name = file.value.extends ?? defaultName
  if (name === 'none') return undefined
  if (name.includes('/') || /\.ya?ml$/.test(name)) return resolve(dirname(file.path), name)
  const shipped = await shippedPolicies()
  if (shipped.includes(name)) return shippedPath(name)
  throw file.problem(
    ['extends'],
    `a shipped policy (${shipped.join(', ')}), the path of a file, or none`,
    `${JSON.stringify(name)}${didYouMean(name, shipped)}`,
  )
}

const readChain = async (path: string, above: readonly string[]): Promise<readonly ReadLayer[]> => {
  const file = await readYamlFile(path, policyLayer)
  const read: ReadLayer = {
    file: path,
    layer: file.value,
    waiverLines: (file.value.waivers ?? []).map((_, index) => file.lineOf(['waivers', index])),
  }
  const base = await baseOf(file)
  if (base === undefined) return [read]
  if ([...above, path].includes(base)) {
    throw file.problem(
      ['extends'],
      'a chain of policies that ends',
      `${base}, which stands on this file itself`,
    )
  }
  try {
    return [...(await readChain(base, [...above, path])), read]
  } catch (error) {
    if (error instanceof DrydockError && error.shortMessage.startsWith(`${base}: `)) {
      throw file.problem(['extends'], 'a policy file', error.shortMessage)
    }
    throw error
  }
}

/**
 * Reads a policy and all that it stands on; without a path, the shipped `moby`.
 * All errors are of blame `usage`, `FILE:LINE: expected ..., found ...`.
 */
export const loadPolicy = async (path?: string): Promise<Policy> =>
  mergeLayers(await readChain(path === undefined ? shippedPath(defaultName) : resolve(path), []))

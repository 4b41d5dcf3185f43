import { readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { z } from 'zod'
import { didYouMean } from '../common/closest.ts'
import { DrydockError } from '../common/errors.ts'
import { readYamlFile, type YamlFile } from '../common/yaml-file.ts'

/** One kind of layered policy. */
export interface PolicyKind<Layer extends { readonly extends?: string | undefined }> {
  /** Absolute; where the policies that come with Drydock are, `NAME.yml` each. */
  readonly shipped: string
  readonly schema: z.ZodType<Layer>
  /** What a layer stands on that does not say. */
  readonly defaultBase: string
}

type AnyLayer = { readonly extends?: string | undefined }

/** Names of the policies of a kind that come with Drydock. */
export const shippedNames = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.yml')).map((name) => name.slice(0, -4))

export const isPolicyPath = (name: string): boolean => name.includes('/') || /\.ya?ml$/.test(name)

/** The file that a layer stands on, or undefined where it stands on nothing. */
const baseOf = async <Layer extends AnyLayer>(
  file: YamlFile<Layer>,
  kind: PolicyKind<Layer>,
): Promise<string | undefined> => {
  const name = file.value.extends ?? kind.defaultBase
  if (name === 'none') return undefined
  if (isPolicyPath(name)) return resolve(dirname(file.path), name)
  const shipped = await shippedNames(kind.shipped)
  if (shipped.includes(name)) return join(kind.shipped, `${name}.yml`)
  throw file.problem(
    ['extends'],
    `a shipped policy (${shipped.join(', ')}), the path of a file, or none`,
    `${JSON.stringify(name)}${didYouMean(name, shipped)}`,
  )
}

/**
 * A policy's file and all that it stands on, the base first.
 * All errors are of blame `usage`, `FILE:LINE: expected ..., found ...`.
 */
export const readPolicyChain = async <Layer extends AnyLayer>(
  path: string,
  kind: PolicyKind<Layer>,
  above: readonly string[] = [],
): Promise<readonly YamlFile<Layer>[]> => {
  const file = await readYamlFile(path, kind.schema)
  const base = await baseOf(file, kind)
  if (base === undefined) return [file]
  if ([...above, path].includes(base)) {
    throw file.problem(
      ['extends'],
      'a chain of policies that ends',
      `${base}, which stands on this file itself`,
    )
  }
  try {
    return [...(await readPolicyChain(base, kind, [...above, path])), file]
  } catch (error) {
    if (error instanceof DrydockError && error.shortMessage.startsWith(`${base}: `)) {
      throw file.problem(['extends'], 'a policy file', error.shortMessage)
    }
    throw error
  }
}

import { stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { exitCodeOf } from '../common/errors.ts'
import { readSmallFile } from '../common/small-file.ts'
import { mostSpecBytes, readLinuxkitRuntime, readOciSpec } from '../image/oci-spec.ts'
import type { Bundle } from '../rules/bundle/bundle.ts'
import { type JudgedBundle, judgeBundle } from '../rules/bundle/judge-bundle.ts'
import { properties } from '../rules/bundle/properties.ts'
import type { Policy } from '../rules/policy.ts'
import { loadPolicy } from '../rules/policy-file.ts'
import { dayOf } from '../rules/waivers.ts'
import { bundleText, unseenText } from './bundle-text.ts'
import { errorText } from './error-text.ts'
import { printOut } from './print-out.ts'

export interface BundleFlags {
  readonly json?: boolean
  readonly policy?: string
}

const kindAt = async (path: string): Promise<'folder' | 'file' | undefined> =>
  await stat(path).then(
    (found) => (found.isDirectory() ? 'folder' : 'file'),
    () => undefined,
  )

/** By which the policy knows a container: its bundle's folder, or the file where that is not a config.json. */
const nameOf = (path: string, { containers }: Policy): string => {
  const file = basename(path)
  if (file !== 'config.json') return file.replace(/\.json$/, '')
  const folder = basename(dirname(resolve(path)))
  // LinuxKit numbers what runs while booting.
  return Object.hasOwn(containers.named, folder) ? folder : folder.replace(/^\d{3}-/, '')
}

const readBundle = async (path: string, policy: Policy): Promise<Bundle> => {
  const bytes = await readSmallFile(path, "a container's config.json", mostSpecBytes)
  const spec = readOciSpec(bytes, path)
  const beside = join(dirname(path), 'runtime.json')
  const isBundle = basename(path) === 'config.json' && (await kindAt(beside)) === 'file'
  const runtime = isBundle
    ? readLinuxkitRuntime(await readSmallFile(beside, "LinuxKit's runtime.json", mostSpecBytes), beside)
    : undefined
  return { name: nameOf(path, policy), spec, runtime }
}

/**
 * `drydock bundle`: judges containers at rest by their config.json; gives the exit code, 1 where one breaks the policy,
 * 2 where a file is no OCI runtime spec.
 * @throws errors of blame `usage` for a policy that cannot be read
 */
export const bundle = async (paths: readonly string[], flags: BundleFlags): Promise<number> => {
  const policy = await loadPolicy(flags.policy)
  const today = dayOf(new Date())
  const judged: { readonly path: string; readonly bundle: JudgedBundle }[] = []
  let exitCode = 0
  for (const argument of paths) {
    try {
      const path = (await kindAt(argument)) === 'folder' ? join(argument, 'config.json') : argument
      judged.push({ path, bundle: judgeBundle(await readBundle(path, policy), policy, today) })
    } catch (error) {
      exitCode = Math.max(exitCode, exitCodeOf(error))
      process.stderr.write(`${errorText(error)}\n`)
    }
  }
  if (flags.json === true) {
    const bundles = judged.map(({ path, bundle: one }) => ({ path, ...one }))
    printOut(`${JSON.stringify({ bundles, properties }, undefined, 2)}\n`)
  } else if (judged.length > 0) {
    const texts = judged.map(({ path, bundle: one }) => bundleText(path, one))
    printOut(`${[...texts, unseenText()].join('\n\n')}\n`)
  }
  const isBad = judged.some(({ bundle: { results } }) => results.some(({ verdict }) => verdict === 'fail'))
  return Math.max(exitCode, isBad ? 1 : 0)
}

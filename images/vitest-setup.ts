import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { architectures } from '../harness/common/architecture.ts'
import type { ProgressListener } from '../harness/common/progress.ts'
import { loadTarget } from '../harness/target/target.ts'
import '../harness/vitest/run-context.ts'
import { buildReference, buildTwin, twins } from './build.ts'

const say: ProgressListener = ({ architecture, step, detail }) =>
  process.stderr.write(`${[architecture, step, detail].filter((part) => part !== undefined).join('  ')}\n`)

/** vitest loads this file once per project; what is built is built once per process all the same. */
const shared = globalThis as { drydockImages?: Map<string, Promise<string>> }

const once = (name: string, build: () => Promise<string>): Promise<string> => {
  shared.drydockImages ??= new Map()
  const built = shared.drydockImages.get(name) ?? build()
  shared.drydockImages.set(name, built)
  return built
}

const reference = (variant: 'release' | 'debug'): Promise<string> =>
  once(variant, () => buildReference({ variant, architectures, progress: say }))

const provideTwins = async (project: TestProject): Promise<void> => {
  const built: Record<string, { flaw: string; target: string }> = {}
  for (const [name, { flaw }] of Object.entries(twins))
    built[name] = { flaw, target: await once(name, () => buildTwin(name, { architectures, progress: say })) }
  project.provide('twins', built)
}

const needsReference = async (project: TestProject): Promise<boolean> =>
  !project.name.startsWith('cases-') || project.getProvidedContext().run === undefined

/** Builds the images that the project's tests boot, and tells the tests where they are. */
export default async (project: TestProject): Promise<void> => {
  if (await needsReference(project)) {
    const release = await reference('release')
    project.provide('reference', { release, debug: await reference('debug') })
    if (project.getProvidedContext().run === undefined) {
      project.provide('run', {
        target: await loadTarget(process.env.DRYDOCK_TARGET ?? release),
        accelerator: 'prefer',
        reports: join(import.meta.dirname, '..', 'reports'),
        patterns: [],
        command: ['check', process.env.DRYDOCK_TARGET ?? release],
      })
    }
  }
  if (project.name.startsWith('twins-')) await provideTwins(project)
}

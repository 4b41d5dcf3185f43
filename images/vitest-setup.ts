import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { architectures } from '../harness/common/architecture.ts'
import type { ProgressListener } from '../harness/common/progress.ts'
import { loadTarget } from '../harness/target/target.ts'
import type { RunRequest, TwinImage } from '../harness/vitest/run-context.ts'

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

/** Loaded where it is needed: judging somebody's own image does not take the builder. */
const builder = () => import('./build.ts')

const reference = (variant: 'release' | 'debug'): Promise<string> =>
  once(`reference-${variant}`, async () =>
    (await builder()).buildReference({ variant, architectures, progress: say }),
  )

const builtTwins = async (): Promise<Readonly<Record<string, TwinImage>>> => {
  const { buildTwin, twins } = await builder()
  const built: Record<string, TwinImage> = {}
  for (const [name, { flaw }] of Object.entries(twins)) {
    const target = await once(`twin-${name}`, () => buildTwin(name, { architectures, progress: say }))
    built[name] = { flaw, target }
  }
  return built
}

/** What a run without a request of its own judges: DRYDOCK_TARGET, or the reference image. */
const defaultRequest = async (): Promise<RunRequest> => {
  const path = process.env.DRYDOCK_TARGET ?? (await reference('release'))
  return {
    target: await loadTarget(path),
    accelerator: 'prefer',
    fresh: false,
    reports: join(import.meta.dirname, '..', 'reports'),
    patterns: [],
    command: ['check', path],
  }
}

/** Builds the images that the project's tests boot, and tells the tests where they are. */
export default async (project: TestProject): Promise<void> => {
  if (project.getProvidedContext().run === undefined) project.provide('run', await defaultRequest())
  if (project.name.startsWith('cases-')) return
  project.provide('reference', { release: await reference('release'), debug: await reference('debug') })
  if (project.name.startsWith('twins-')) project.provide('twins', await builtTwins())
}

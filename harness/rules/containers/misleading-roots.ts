import type { OwnContainer } from '../../guest/probe.ts'

type Root = OwnContainer['root']
type Spec = Readonly<Record<string, unknown>>

/** A container that has misled runtimes: its root, and what else of its config.json differs from that of a good one. */
export interface MisleadingRoot {
  /** Part of the container's name. */
  readonly name: string
  readonly what: string
  readonly root: Root
  readonly change?: (spec: Spec) => Spec
}

const withDirectory =
  (cwd: string) =>
  (spec: Spec): Spec => ({ ...spec, process: { ...(spec.process as object), cwd } })

export const misleadingRoots: readonly MisleadingRoot[] = [
  {
    name: 'proc-link',
    what: '/proc is a link (CVE-2019-19921)',
    root: [{ path: 'elsewhere' }, { path: 'proc', link: '/elsewhere' }],
  },
  {
    name: 'dev-link',
    what: '/dev is a link (CVE-2026-41579)',
    root: [{ path: 'elsewhere' }, { path: 'dev', link: '/elsewhere' }],
  },
  ...[7, 8].map((descriptor) => ({
    name: `directory-${descriptor}`,
    what: `the working directory is descriptor ${descriptor} of the runtime (CVE-2024-21626)`,
    root: [],
    change: withDirectory(`/proc/self/fd/${descriptor}`),
  })),
]

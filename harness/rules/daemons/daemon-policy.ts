import { z } from 'zod'
import type { Language } from '../../image/elf.ts'
import { type Namespace, namespaces } from '../policy.ts'

/** Languages whose programs cannot read or write past what they were given. A C program is in none of them. */
export const typeSafeLanguages = [
  'go',
  'rust',
  'ocaml',
  'haskell',
  'swift',
  'd',
  'ada',
] as const satisfies readonly Language[]
export type TypeSafeLanguage = (typeof typeSafeLanguages)[number]

/** Daemons in other languages that a container holds, and what holds them. */
export interface ContainedDaemons {
  /** Paths in the container of all that may run there for long. */
  readonly programs: readonly string[]
  /** Those that it must not share with the host, `mnt` at the least. */
  readonly namespaces: readonly Namespace[]
  /** All that its processes may have in any set. */
  readonly capabilities: 'all' | readonly string[]
  readonly reason: string
}

/** What is expected of long-running processes. */
export interface DaemonPolicy {
  readonly typeSafe: readonly TypeSafeLanguage[]
  /** By the name of the container. */
  readonly contained: Readonly<Record<string, ContainedDaemons>>
}

const contained = z.strictObject({
  programs: z.array(z.string().regex(/^\/\S*$/, 'an absolute path')).min(1),
  namespaces: z
    .array(z.enum(namespaces))
    .refine((list) => list.includes('mnt'), 'a list with mnt, without which there is no container'),
  capabilities: z.union([
    z.literal('all'),
    z.array(z.string().regex(/^CAP_[A-Z_]+$/, 'a capability such as CAP_NET_RAW')),
  ]),
  reason: z.string().trim().min(1),
})

/** A layer's part of it. `typeSafe` replaces the list of a layer below; null takes a container out. */
export const daemonLayer = z.strictObject({
  typeSafe: z.array(z.enum(typeSafeLanguages)).optional(),
  contained: z.record(z.string().min(1), contained.nullable()).optional(),
})
export type DaemonLayer = z.output<typeof daemonLayer>

/** Lays the layers over each other, the base first. */
export const mergeDaemons = (layers: readonly (DaemonLayer | undefined)[]): DaemonPolicy => {
  const merged = new Map<string, ContainedDaemons>()
  for (const layer of layers) {
    for (const [container, daemons] of Object.entries(layer?.contained ?? {})) {
      if (daemons === null) merged.delete(container)
      else merged.set(container, daemons)
    }
  }
  const languages = layers.findLast((layer) => layer?.typeSafe !== undefined)?.typeSafe
  return { typeSafe: languages ?? typeSafeLanguages, contained: Object.fromEntries(merged) }
}

import { z } from 'zod'

/** What a record lists of an image beside its verdicts. An id is stable for ever, as those of checks are. */
export const sectionIds = [
  'image-parts',
  'kernel-options',
  'kernel-parameters',
  'sysctls',
  'loaded-modules',
  'vulnerabilities',
  'binaries',
  'daemons',
  'containers',
  'container-properties',
  'container-attacks',
  'mounts',
  'listeners',
  'devices',
  'module-files',
  'running-containers',
  'kernel-warnings',
  'system-calls',
] as const
export type SectionId = (typeof sectionIds)[number]

/** What people call them. */
export const sectionTitles: Readonly<Record<SectionId, string>> = {
  'image-parts': 'Parts of the image',
  'kernel-options': 'Kernel options',
  'kernel-parameters': 'Kernel parameters',
  'kernel-warnings': 'Kernel warnings',
  'module-files': 'Modules in the image',
  'loaded-modules': 'Loaded modules',
  'running-containers': 'Running containers',
  'system-calls': 'System calls',
  sysctls: 'Kernel settings (sysctl)',
  vulnerabilities: 'CPU vulnerabilities',
  binaries: 'Binaries',
  daemons: 'Daemons',
  containers: 'Containers',
  'container-properties': 'What containers are',
  'container-attacks': 'What containers tried',
  mounts: 'Mounts',
  listeners: 'Sockets that listen',
  devices: 'Device nodes',
}

/** A thing's properties by name, all as text, so that any two records compare value by value. */
const properties = z.record(z.string(), z.string())

/** One list: what was found, by name. */
export const sectionSchema = z.object({
  /** Where it was read, such as `/proc/PID/mountinfo`. */
  source: z.string(),
  /** Why nothing, or not all, came to be known; null where the list is whole. */
  problem: z.string().nullable(),
  rows: z.record(z.string(), properties),
})

/** Lists by id. One that a run did not make, since it judged some checks only or had no guest, is absent. */
export const sectionsSchema = z.partialRecord(z.enum(sectionIds), sectionSchema)

export type Section = z.output<typeof sectionSchema>
export type Sections = z.output<typeof sectionsSchema>

/** Milliseconds by phase of each boot up to the login: the one that guests were forked from, then others. */
export const bootsSchema = z.array(z.record(z.string(), z.number().nonnegative())).max(1000)

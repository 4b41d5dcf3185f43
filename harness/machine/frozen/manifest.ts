import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { sha256 } from '../../common/digest.ts'
import type { GuestSpec } from '../../target/target.ts'
import { acceleratorPolicies } from '../accelerator.ts'
import type { Making } from '../making.ts'
import type { FilesOf, GuestFiles } from '../process/guest-files.ts'
import { argvOf } from '../start-machine.ts'

/** Names in a folder that keeps a frozen machine. */
export const keptNames = { memory: 'memory', state: 'state', manifest: 'frozen.json' } as const
export const keptFileName = (index: number): string => `file${index}`

/** To be raised where the folder's layout changes. */
const format = 1

const file = z.object({
  /** What the frozen machine's file was opened from. */
  path: z.string(),
  /** Whether it is in the folder, since nothing else has it, instead of where `path` says. */
  ours: z.boolean(),
  checksum: z.string(),
})

export type KeptFile = z.output<typeof file>

// What is cast here is vouched for by the checksum of the whole; another release of Drydock shows in `shape`.
const isObject = (value: unknown) => typeof value === 'object' && value !== null

const content = z.object({
  format: z.literal(format),
  making: z.object({
    spec: z.custom<GuestSpec>(isObject),
    qemu: z.object({
      architecture: z.enum(['x86_64', 'arm64']),
      path: z.string(),
      version: z.string(),
      text: z.string(),
    }),
    accelerator: z.object({
      used: z.enum(['kvm', 'tcg']),
      policy: z.enum(acceleratorPolicies),
      reason: z.string(),
    }),
    cpu: z.string(),
    firmware: z.string().optional(),
    forwardSsh: z.boolean(),
  }),
  files: z.custom<FilesOf<KeptFile>>(isObject),
  memory: z.string(),
  state: z.string(),
  /** Of all arguments that make the machine what it is. */
  shape: z.string(),
})

export type Manifest = z.output<typeof content>

/** One machine's arguments as a checksum: the state of one fits another only where they are the same. */
export const shapeOf = (making: Making, files: GuestFiles): string =>
  sha256(
    JSON.stringify(
      argvOf(making, files, {
        memory: { file: '', shared: true, readOnly: false },
        gdbSocket: '',
        consolePipe: '',
      }),
    ),
  )

export const writeManifest = async (folder: string, values: Omit<Manifest, 'format'>): Promise<Manifest> => {
  const manifest: Manifest = { format, ...values }
  const text = JSON.stringify(manifest)
  await writeFile(join(folder, keptNames.manifest), `${sha256(text)}\n${text}\n`, { mode: 0o600 })
  return manifest
}

/** Undefined where there is none, or it is damaged or of another format. */
export const readManifest = async (folder: string): Promise<Manifest | undefined> => {
  const whole = await readFile(join(folder, keptNames.manifest), 'utf8').catch(() => '')
  const [checksum, text = ''] = whole.split('\n')
  if (checksum !== sha256(text)) return undefined
  return content.safeParse(JSON.parse(text)).data
}

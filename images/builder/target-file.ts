import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Architecture } from '../../harness/common/architecture.ts'
import { cachePath } from '../../harness/common/cache.ts'
import { sha256 } from '../../harness/common/digest.ts'
import type { KernelName } from './debian-kernels.ts'

/** Root's password on the console of the debug variant; the hash is in images/reference.yml. */
const consolePassword = 'drydock'

const logins = {
  release: { ssh: { user: 'root' } },
  debug: { ssh: { user: 'root' }, serial: { user: 'root', password: consolePassword, line: 'console' } },
}

/** One architecture of a target file. */
export interface GuestFiles {
  /** Absent where firmware starts the disks. */
  readonly kernel?: string
  readonly initrd?: string
  readonly cmdlineFile?: string
  readonly cmdline?: string
  readonly kernelConfig: string
  /** @default none */
  readonly firmware?: 'uefi' | 'bios'
  readonly disks?: readonly { readonly path: string; readonly medium?: 'cdrom' }[]
  /** A CPU model of QEMU. @default the one that Drydock takes */
  readonly cpu?: string
  /** Arm64 only. @default true */
  readonly deviceTreeSeed?: boolean
}

/** Those of an image that is kernel and initrd. */
export type KernelFiles = GuestFiles &
  Readonly<Required<Pick<GuestFiles, 'kernel' | 'initrd' | 'cmdlineFile'>>>

/** The files of a built folder. */
export const guestFiles = (folder: string): KernelFiles => ({
  kernel: join(folder, 'kernel'),
  initrd: join(folder, 'initrd.img'),
  cmdlineFile: join(folder, 'cmdline'),
  kernelConfig: join(folder, 'config'),
})

/** What the image is held to; a kernel that cannot keep all of it has a policy of its own beside its lock file. */
const policyFor = (kernel: KernelName | undefined): string => {
  const images = join(import.meta.dirname, '..')
  const own = join(images, 'kernels', `${kernel?.replace(':', '-')}.policy.yml`)
  return kernel !== undefined && existsSync(own) ? own : join(images, 'policy.yml')
}

/** Writes a target file that points at built files; gives its path, which is the same for the same content. */
export const writeTarget = async (
  name: string,
  variant: keyof typeof logins,
  guests: Readonly<Partial<Record<Architecture, GuestFiles>>>,
  kernel: KernelName | undefined,
): Promise<string> => {
  const text = stringify({
    name,
    policy: policyFor(kernel),
    metadata: 'iso',
    memory: 512,
    login: logins[variant],
    architectures: guests,
  })
  const folder = cachePath('images', 'targets', `${name}-${sha256(text).slice(0, 16)}`)
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'target.yml')
  const draft = join(folder, `.target-${process.pid}`)
  await writeFile(draft, text)
  await rename(draft, path)
  return path
}

import { mkdir, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { stringify } from 'yaml'
import type { Architecture } from '../harness/common/architecture.ts'
import { cachePath } from '../harness/common/cache.ts'
import { sha256 } from '../harness/common/digest.ts'

/** The password of root on the console of the debug variant. */
const consolePassword = 'drydock'

const logins = {
  release: { ssh: { user: 'root' } },
  debug: { ssh: { user: 'root' }, serial: { user: 'root', password: consolePassword, line: 'console' } },
}

/** What a target file says beyond where the built files are. */
export interface TargetExtras {
  readonly cpu?: Partial<Record<Architecture, string>>
}

/** Writes a target file that points at built folders; gives its path, which is the same for the same content. */
export const writeTarget = async (
  name: string,
  variant: keyof typeof logins,
  folders: Readonly<Partial<Record<Architecture, string>>>,
  extras: TargetExtras = {},
): Promise<string> => {
  const guests = Object.entries(folders).map(([architecture, folder]) => [
    architecture,
    {
      kernel: join(folder, 'kernel'),
      initrd: join(folder, 'initrd.img'),
      cmdlineFile: join(folder, 'cmdline'),
      kernelConfig: join(folder, 'config'),
      ...(extras.cpu?.[architecture as Architecture] === undefined
        ? {}
        : { cpu: extras.cpu[architecture as Architecture] }),
    },
  ])
  const text = stringify({
    name,
    policy: join(import.meta.dirname, 'policy.yml'),
    metadata: 'iso',
    memory: 512,
    login: logins[variant],
    architectures: Object.fromEntries(guests),
  })
  const folder = cachePath('images', 'targets', `${name}-${sha256(text).slice(0, 16)}`)
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'target.yml')
  const draft = join(folder, `.${basename(path)}-${process.pid}`)
  await writeFile(draft, text)
  await rename(draft, path)
  return path
}

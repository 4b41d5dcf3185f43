import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { dir } from 'tmp-promise'
import type { Architecture } from '../../../common/architecture.ts'
import { cachePath } from '../../../common/cache.ts'
import { cachedFolder } from '../../../common/cache-entry.ts'
import { debianArchitectureOf } from '../../../common/debian-lock.ts'
import { fetchPackages } from '../../../common/debian-packages.ts'
import { machineArchitectures } from '../../architectures.ts'
import { type CreatedMachine, createMachine } from '../../machine.ts'
import { type InitBehaviour, tinyInitrd } from './tiny-initrd.ts'

const lockPath = join(import.meta.dirname, '..', '..', '..', '..', 'images', 'lock.json')

/** For tests: Debian's kernel as it is in the package. */
const debianKernel = async (architecture: Architecture): Promise<string> => {
  const debian = debianArchitectureOf(architecture)
  const name = `linux-image-cloud-${debian}`
  const deb = (await fetchPackages({ lockPath, architecture: debian, names: [name] })).get(name)
  if (deb === undefined) throw new Error(`${lockPath} has no ${name}`)
  const folder = await cachedFolder(cachePath('kernels', deb.sha256), async (empty) => {
    const archive = execa('dpkg-deb', ['--fsys-tarfile', deb.path], { buffer: false })
    await archive.pipe('tar', ['-x', '-C', empty, '--wildcards', './boot/vmlinuz-*'])
  })
  const [kernel] = await readdir(join(folder, 'boot'))
  if (kernel === undefined) throw new Error(`${deb.path} has no kernel`)
  return join(folder, 'boot', kernel)
}

export interface TestingGuestOptions {
  readonly architecture: Architecture
  /** Appended to a command line that only names the console. */
  readonly cmdline?: string
  readonly init?: InitBehaviour
  readonly cpus?: number
  /** @default 512 */
  readonly memoryMiB?: number
}

/** For tests: a machine with Debian's kernel, one program and a disk, not running yet. */
export interface TestingGuest extends AsyncDisposable {
  readonly machine: CreatedMachine
  /** Resolves when the kernel has started the first program. */
  boot(): Promise<void>
}

export const createTestingGuest = async (options: TestingGuestOptions): Promise<TestingGuest> => {
  const { architecture } = options
  await using held = new AsyncDisposableStack()
  const folder = await dir({ unsafeCleanup: true, prefix: 'drydock-outside-' })
  held.defer(() => folder.cleanup())
  const initrd = join(folder.path, 'initrd')
  await writeFile(initrd, tinyInitrd(architecture, options.init ?? 'sleeps'))
  const disk = join(folder.path, 'disk')
  await writeFile(disk, Buffer.alloc(1024 * 1024))
  const machine = held.use(
    await createMachine({
      spec: {
        ...{ architecture, initrd, kernel: await debianKernel(architecture), kernelConfig: undefined },
        cmdline: `console=${machineArchitectures[architecture].consoleDevice} ${options.cmdline ?? ''}`,
        ...{ firmware: 'none', disks: [] },
        ...{ memoryMiB: options.memoryMiB ?? 512, cpus: options.cpus ?? 1, cpu: undefined },
        ...{ metadata: 'none', login: {} },
      },
      accelerator: 'never',
      disks: [{ path: disk, readOnly: false, format: 'raw' }],
      forwardSsh: false,
    }),
  )
  const resources = held.move()
  return {
    machine,
    boot: () => boot(machine),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

const boot = async (machine: CreatedMachine): Promise<void> => {
  let log = ''
  const started = new Promise<void>((resolve) => {
    machine.console.on('data', (bytes: Buffer) => {
      log += bytes.toString('latin1')
      if (log.includes('Run /init as init process')) resolve()
    })
  })
  const ended = machine.exited.then(() => {
    throw new Error(`the guest ended before its first program ran:\n${log.slice(-2000)}`)
  })
  machine.port.resume()
  await machine.run()
  await Promise.race([started, ended])
}
